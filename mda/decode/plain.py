"""Plain rows in bulk: one whole, faultless sentence of a column type, found without a Python loop.

Nearly every row of a real feed is plain. This module recognises such rows by array operations over
the batch's bytes and leaves every other row to the careful road in `decoder`, which alone knows the
reasons for refusing. What both roads make of a plain row is the same (a law tests it).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode.columns import FORM_OF
from mda.decode.fields import HEADER_BITS, MAX_BITS
from mda.decode.framing import ARMOUR_LEGAL, HEX_OF, LINE_MAX
from mda.decode.messages import Messages
from mda.decode.payload import SIX_OF
from mda.decode.stamps import around, origin
from mda.decode.tagblock import EARLIEST_US, LATEST_US
from mda.model.lines import Lines, RowKind
from mda.model.reports import I64, U8, Flag
from mda.units import US_PER_S

Mask = NDArray[np.bool_]

LEAST_ROWS: Final = 32
"""Below this many rows the arrays cost more than the loop (measured: even at about 30)."""
_COMMAS: Final = 6
_LEGAL: Final = np.zeros(256, np.bool_)
_LEGAL[list(ARMOUR_LEGAL)] = True
_FORM: Final = np.full((64, 4), -1, np.int64)
for (_type, _part), _form in FORM_OF.items():
    _FORM[_type, _part if _type == 24 else slice(None)] = _form


def plain_rows(lines: Lines) -> tuple[I64, Messages]:
    """The plain rows among the LINE rows of a batch, and their messages."""
    lines = _narrowed(lines)
    octets = np.frombuffer(lines.data, np.uint8)
    length = lines.stop - lines.start
    line = (lines.kind == RowKind.LINE) & (length >= 14) & (length <= LINE_MAX)
    row = np.flatnonzero(line)
    row = row[octets[lines.start[row]] != ord("#")]
    bang = _only(octets, ord("!"), lines.start[row], lines.stop[row])
    row, bang = row[bang >= 0], bang[bang >= 0]
    row, bang, comma, star = _delimited(octets, lines, row, bang)
    sound = _well_formed(octets, bang, comma, star) & _summed(octets, bang, star)
    row, bang, comma, star = row[sound], bang[sound], comma[:, sound], star[sound]
    start, size, fill = comma[4] + 1, comma[5] - comma[4] - 1, octets[comma[5] + 1] - 48
    fits, form = _form_of(octets, start, size, fill)
    row, form, start, size, fill = row[fits], form[fits], start[fits], size[fits], fill[fits]
    stamp_us, flags, station = _origins(octets, lines, row, bang[fits], star[fits] + 3)
    columns = {
        "seq": lines.seq[row],
        "feed": lines.feed[row].astype(np.int64),
        "stored_at_us": lines.stored_at_us[row],
        "stamp_us": stamp_us,
        "flags": flags,
        "form": form,
        "start": start,
        "size": size,
        "fill": fill.astype(np.int64),
    }
    return row, Messages(columns, octets, station)


def _narrowed(lines: Lines) -> Lines:
    """The same rows over no more bytes than they need (a batch may share those of a larger one)."""
    first, last = int(lines.start.min()), int(lines.stop.max())
    if last - first == len(lines.data):
        return lines
    data = lines.data[first:last]
    return replace(lines, start=lines.start - first, stop=lines.stop - first, data=data)


def _only(octets: U8, char: int, start: I64, stop: I64) -> I64:
    """Place of a character that stands exactly once in each span, -1 where it does not."""
    places = np.append(np.flatnonzero(octets == char), -1)
    first = np.searchsorted(places[:-1], start)
    beyond = np.searchsorted(places[:-1], stop)
    return np.where(beyond - first == 1, places[first], -1)


def _delimited(
    octets: U8, lines: Lines, row: I64, bang: I64
) -> tuple[I64, I64, NDArray[np.int64], I64]:
    """Rows whose sentence has exactly six commas and then `*hh`: where these stand."""
    end = octets.size
    commas = np.append(np.flatnonzero(octets == ord(",")), [end] * (_COMMAS + 1))
    stars = np.append(np.flatnonzero(octets == ord("*")), end)
    star = stars[np.searchsorted(stars[:-1], bang)]
    first = np.searchsorted(commas[: -_COMMAS - 1], bang)
    comma = np.stack([commas[first + k] for k in range(_COMMAS + 1)])
    whole = (star + 3 <= lines.stop[row]) & (comma[5] < star) & (comma[6] > star)
    return row[whole], bang[whole], comma[:_COMMAS, whole], star[whole]


def _well_formed(octets: U8, bang: I64, comma: NDArray[np.int64], star: I64) -> Mask:
    """`!ttVDM,1,1,s,c,payload,f*`: every field of the width and characters it may have."""
    upper = np.zeros(256, np.bool_)
    upper[65:91] = True
    upper_or_digit = upper.copy()
    upper_or_digit[48:58] = True
    good = upper[octets[bang + 1]] & upper_or_digit[octets[bang + 2]]
    good &= (octets[bang + 3] == ord("V")) & (octets[bang + 4] == ord("D"))
    good &= (octets[bang + 5] == ord("M")) | (octets[bang + 5] == ord("O"))
    good &= (comma[0] == bang + 6) & (comma[1] == bang + 8) & (comma[2] == bang + 10)
    good &= (octets[bang + 7] == ord("1")) & (octets[bang + 9] == ord("1"))
    good &= (comma[3] - comma[2] <= 2) & (comma[4] - comma[3] <= 2)
    good &= (octets[comma[3] - 1] > 32) & (octets[comma[4] - 1] > 32)
    good &= (comma[5] - comma[4] > 1) & (star == comma[5] + 2)
    fill = octets[star - 1]
    good &= (fill >= ord("0")) & (fill <= ord("5"))
    illegal = np.flatnonzero(~_LEGAL[octets])
    in_payload = np.searchsorted(illegal, comma[5]) - np.searchsorted(illegal, comma[4] + 1)
    good &= in_payload == 0
    return good


def _summed(octets: U8, bang: I64, star: I64) -> Mask:
    """Whether the checksum is there and right."""
    if bang.size == 0:
        return np.zeros(0, np.bool_)
    ours = np.bitwise_xor.reduceat(octets, np.column_stack((bang + 1, star)).ravel())[::2]
    high, low = HEX_OF[octets[star + 1]], HEX_OF[octets[star + 2]]
    right: Mask = (high < 16) & (low < 16) & (ours == ((high << 4) | low))
    return right


def _form_of(octets: U8, start: I64, size: I64, fill: U8) -> tuple[Mask, I64]:
    """Which payloads are of a column type and of a possible length; their layouts."""
    bits = size * 6 - fill
    msg_type = SIX_OF[octets[start]]
    fits = (bits >= HEADER_BITS + 2 * (msg_type == 24)) & (bits <= MAX_BITS)
    sixth = octets[np.minimum(start + 6, octets.size - 1)]
    form = _FORM[msg_type, (SIX_OF[sixth] >> 2) & 3]
    return fits & (form >= 0), form


def _origins(
    octets: U8, lines: Lines, row: I64, begin: I64, end: I64
) -> tuple[I64, I64, list[str]]:
    """Stamp, flags and station of each row: ten digits and a comma at once, the rest one by one."""
    start, stop = lines.start[row], lines.stop[row]
    stamp_us = np.full(row.shape, NO_TIME_US, np.int64)
    flags = np.zeros(row.shape, np.int64)
    station = [""] * row.size
    prefixed = np.flatnonzero(begin - start == 11)
    if prefixed.size:
        digits = octets[start[prefixed, None] + np.arange(10)].astype(np.int64) - 48
        epoch_s = digits @ (10 ** np.arange(9, -1, -1))
        simple = ((digits >= 0) & (digits <= 9)).all(axis=1) & (end == stop)[prefixed]
        simple &= octets[start[prefixed] + 10] == ord(",")
        simple &= (epoch_s * US_PER_S >= EARLIEST_US) & (epoch_s * US_PER_S < LATEST_US)
        prefixed = prefixed[simple]
        stamp_us[prefixed] = epoch_s[simple] * US_PER_S
    odd = (begin > start) | (end < stop)
    odd[prefixed] = False
    for i in np.flatnonzero(odd).tolist():
        head, tail = lines.data[start[i] : begin[i]], lines.data[end[i] : stop[i]]
        tag = origin(*around(head, tail, 0))
        stamp_us[i], station[i] = tag.stamp_us, tag.station
        flags[i] = 0 if tag.sound else Flag.CHECKSUM
    return stamp_us, flags, station
