"""Sentences wrapped in JSON, one object a row, as AIS-catcher sends them and gpsd answers.

    {"class":"AIS","channel":"B","rxuxtime":1790467197.36,"signalpower":-37.4,"ppm":-0.29,
     "nmea":["!AIVDM,1,1,,B,14eG;u@000o<Ev:L2bEbEQah08QS,0*4A"]}

*What is taken.* The sentences in `nmea`, with the object's time (`toa`, the upstream time of
arrival, before `rxuxtime` and `rxtime`, its own clock), station, `signalpower` (dB) and `ppm`;
never its decoded fields. An object of several messages (`msgs`, as posted over HTTP) lends them its
station. The parts of one message stand in one object, so they are never mixed with others.
*What is refused.* An object without a sentence: `no_sentence` where it holds decoded AIS, `not_ais`
where it is something else (gpsd's VERSION, DEVICES, WATCH …); `bad_json` where it cannot be read.
Sentences in a broken object are read all the same, without what the object would say of them.
*Source.* AIS-catcher's documentation of its JSON; gpsd_json(5).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import nan
from typing import Any, Final

import numpy as np

from mda.clock import NO_TIME_US, from_datetime
from mda.decode.framing import SENTENCE
from mda.decode.tagblock import EARLIEST_US, Tag, epoch_us, printable
from mda.model.lines import Lines
from mda.model.reports import I64

OPENS: Final = b"{"
_STATION: Final = ("station_id", "stationid", "station")
_LEVEL_MOST_DB: Final = 300.0
_OFFSET_MOST_PPM: Final = 1000.0
"""Beyond these a number is not a measurement (AIS itself bears +-3 ppm and more is not heard)."""

Body = dict[str, Any]


def rows_opening(lines: Lines) -> I64:
    """Rows that begin as an object, rising."""
    filled = np.flatnonzero(lines.stop > lines.start)
    octets = np.frombuffer(lines.data, np.uint8)
    found: I64 = filled[octets[lines.start[filled]] == OPENS[0]]
    return found


def opened(row: bytes, name: str) -> dict[bytes, Tag]:
    """What an object says of each of its sentences; nothing where it cannot be read.

    `name` tells the messages of this object from all others, where their parts are put together.
    """
    tags: dict[bytes, Tag] = {}
    for k, (message, station) in enumerate(_messages(_read(row) or {})):
        own = [match[0] for text in _texts(message) for match in SENTENCE.finditer(text)]
        tag = _origin(message, station)
        if len(own) > 1 and own[0].split(b",", 2)[1] == b"%d" % len(own):
            tag = tag._replace(group=f"{name}.{k}")
        tags.update((sentence, tag) for sentence in own)
    return tags


def wrapped_us(row: bytes) -> int:
    """The time of an object's first message that tells one, `NO_TIME_US` where none does."""
    stamps = (_origin(m, "").stamp_us for m, _ in _messages(_read(row) or {}))
    return next((at_us for at_us in stamps if at_us != NO_TIME_US), NO_TIME_US)


def sealed_refusal(row: bytes) -> str:
    """Why an object without a sentence is refused."""
    body = _read(row)
    if body is None:
        return "bad_json"
    return "no_sentence" if body.get("class") == "AIS" or "mmsi" in body else "not_ais"


def _read(row: bytes) -> Body | None:
    try:
        body = json.loads(row)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _messages(body: Body) -> list[tuple[Body, str]]:
    """The objects that hold sentences, each with the station it is said to come from."""
    station = _station(body)
    found = [(body, station)] if "nmea" in body else []
    several = body.get("msgs")
    if isinstance(several, list):
        found += [(m, _station(m) or station) for m in several if isinstance(m, dict)]
    return found


def _texts(message: Body) -> list[bytes]:
    nmea = message.get("nmea")
    texts = nmea if isinstance(nmea, list) else [nmea]
    return [text.encode() for text in texts if isinstance(text, str) and text.isascii()]


def _station(body: Body) -> str:
    name = next((body[key] for key in _STATION if body.get(key)), "")
    return printable(str(name).encode()) if isinstance(name, (str, int)) else ""


def _origin(message: Body, station: str) -> Tag:
    stamps = (_epoch_us(message.get("toa")), _epoch_us(message.get("rxuxtime")))
    stamp_us = next((at_us for at_us in stamps if at_us != NO_TIME_US), NO_TIME_US)
    if stamp_us == NO_TIME_US:
        stamp_us = _calendar_us(message.get("rxtime"))
    level_db = _number(message.get("signalpower"), _LEVEL_MOST_DB)
    offset_ppm = _number(message.get("ppm"), _OFFSET_MOST_PPM)
    return Tag(stamp_us, station, level_db=level_db, offset_ppm=offset_ppm)


def _epoch_us(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return NO_TIME_US
    return epoch_us(f"{value:.6f}" if isinstance(value, float) else str(value))


def _calendar_us(value: object) -> int:
    """The instant of `YYYYMMDDhhmmss`, UTC."""
    if not isinstance(value, str) or len(value) != 14 or not value.isdecimal():
        return NO_TIME_US
    try:
        at = datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return NO_TIME_US
    at_us = from_datetime(at)
    return at_us if at_us >= EARLIEST_US else NO_TIME_US


def _number(value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= most:
        return nan
    return float(value)
