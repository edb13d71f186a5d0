"""Times in tables of decoded AIS: ISO 8601, epoch seconds, or any order of day, month and year."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mda.clock import EPOCH, NO_TIME_US
from mda.decode.tagblock import EARLIEST_US, LATEST_US, epoch_us
from mda.errors import DecodeError

EPOCH_FORMAT: Final = "epoch"
_US: Final = timedelta(microseconds=1)
_ISO_LEAST: Final = 15
"""Characters of a date and hours and minutes: `20170321T055119`, `2017-03-21 05:51`."""
_DIGITS: Final = {
    "Y": r"(?P<year>\d{4})",
    "m": r"(?P<month>\d{1,2})",
    "d": r"(?P<day>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "M": r"(?P<minute>\d{1,2})",
    "S": r"(?P<second>\d{1,2})",
    "f": r"(?P<microsecond>\d{1,6})",
}

TimeReader = Callable[[str], int]
"""Microseconds of a time's text, `NO_TIME_US` where it is none between 2000 and 2100."""


def time_reader(time_format: str, time_zone: str) -> TimeReader:
    """How to read the times of a table. DecodeError: no such format or zone.

    A local time that occurs twice when summer time ends is read as the first of the two.

    >>> time_reader("%d/%m/%Y %H:%M", "UTC")("21/03/2017 05:51")
    1490075460000000
    """
    if time_format == EPOCH_FORMAT:
        return _epoch
    zone = _zone(time_zone)
    if not time_format:
        return lambda text: _iso(text, zone)
    form = _form(time_format)
    return lambda text: _formed(text, form, zone)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        do = "Write UTC or a name such as Europe/Copenhagen"
        raise DecodeError(f"no such time zone: {name!r}", do=do) from error


def _form(time_format: str) -> re.Pattern[str]:
    parts = re.split(r"%(.)", time_format)
    known, pattern = parts[1::2], re.escape(parts[0])
    for directive, between in zip(known, parts[2::2], strict=True):
        if directive not in _DIGITS:
            do = "Known are %Y %m %d %H %M %S %f, `epoch`, and nothing for ISO 8601"
            raise DecodeError(f"%{directive} in time_format {time_format!r}", do=do)
        pattern += _DIGITS[directive] + re.escape(between)
    if not {"Y", "m", "d"} <= set(known) or len(set(known)) < len(known):
        raise DecodeError(
            f"time_format {time_format!r} says no day", do="It needs %Y, %m and %d, each once"
        )
    return re.compile(pattern)


def _plausible(at: datetime, zone: tzinfo) -> int:
    try:
        at_us = ((at if at.tzinfo else at.replace(tzinfo=zone)) - EPOCH) // _US
    except OverflowError:
        return NO_TIME_US
    return at_us if EARLIEST_US <= at_us < LATEST_US else NO_TIME_US


def _iso(text: str, zone: tzinfo) -> int:
    if len(text) < _ISO_LEAST:
        return NO_TIME_US
    try:
        return _plausible(datetime.fromisoformat(text), zone)
    except ValueError:
        return NO_TIME_US


def _formed(text: str, form: re.Pattern[str], zone: tzinfo) -> int:
    found = form.fullmatch(text)
    if found is None or not text.isascii():
        return NO_TIME_US
    numbers = {name: int(digits) for name, digits in found.groupdict().items()}
    if "microsecond" in numbers:
        numbers["microsecond"] = int(found["microsecond"].ljust(6, "0"))
    try:
        return _plausible(datetime(**numbers), zone)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return NO_TIME_US


def _epoch(text: str) -> int:
    return epoch_us(text)
