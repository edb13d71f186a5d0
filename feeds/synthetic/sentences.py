"""AIVDM sentences in TAG blocks, as stations write them: `\\s:NAME,c:1711965600*5B\\!AIVDM,…`.

*Source.* NMEA 0183 4.10 (TAG blocks s, c and g; the checksum is the exclusive or of what stands
between), IEC 61162-1 (AIVDM). A payload beyond one sentence is cut into two.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from mda.geo.kernel import kernel
from mda.model.reports import I32, I64, U8

FIRST_PART: Final = 56
"""Characters in the first of two sentences, as most receivers cut them."""
_HEX: Final = np.frombuffer(b"0123456789ABCDEF", np.uint8)


class Texts(NamedTuple):
    """Many payloads one behind another."""

    characters: U8
    start: I64
    length: I32
    fill_bits: U8


@kernel
def _put(out: U8, at: int, source: U8, first: int, last: int) -> int:
    """Copies characters; the place behind them."""
    for k in range(first, last):
        out[at] = source[k]
        at += 1
    return at


@kernel
def _put_number(out: U8, at: int, number: int) -> int:
    """Writes a number in decimal digits."""
    digits, rest = 1, number // 10
    while rest:
        digits += 1
        rest //= 10
    for k in range(digits):
        out[at + digits - 1 - k] = 48 + number % 10
        number //= 10
    return at + digits


@kernel
def _put_sum(out: U8, since: int, at: int, hexes: U8) -> int:
    """Writes `*` and the checksum of what stands since a place."""
    total = 0
    for k in range(since, at):
        total ^= out[k]
    out[at] = 42
    out[at + 1] = hexes[total >> 4]
    out[at + 2] = hexes[total & 15]
    return at + 3


@kernel
def _put_tag(
    out: U8, at: int, name: U8, stamp_s: int, part: int, parts: int, group: int, hexes: U8
) -> int:
    """Writes a TAG block."""
    out[at] = 92
    since = at + 1
    at = since
    if parts > 1:
        out[at], out[at + 1], out[at + 2] = 103, 58, 48 + part  # g:1-2-77,
        out[at + 3], out[at + 4], out[at + 5] = 45, 48 + parts, 45
        at = _put_number(out, at + 6, group)
        out[at] = 44
        at += 1
    out[at], out[at + 1] = 115, 58
    at = _put(out, at + 2, name, 0, name.size)
    out[at], out[at + 1], out[at + 2] = 44, 99, 58
    at = _put_number(out, at + 3, stamp_s)
    at = _put_sum(out, since, at, hexes)
    out[at] = 92
    return at + 1


@kernel
def _put_vdm(
    out: U8, at: int, part: int, parts: int, group: int, channel: int, text: U8, fill: int,
    hexes: U8,
) -> int:  # fmt: skip
    """Writes one AIVDM sentence with its line end."""
    since = at + 1
    for character in (33, 65, 73, 86, 68, 77, 44, 48 + parts, 44, 48 + part, 44):
        out[at] = character
        at += 1
    if parts > 1:
        out[at] = 48 + group % 10
        at += 1
    out[at], out[at + 1], out[at + 2] = 44, 65 + channel, 44
    at = _put(out, at + 3, text, 0, text.size)
    out[at], out[at + 1] = 44, 48 + fill
    at = _put_sum(out, since, at + 2, hexes)
    out[at], out[at + 1] = 13, 10
    return at + 2


@kernel
def write_into(
    out: U8, message: I32, station: I32, stamp_s: I64, group: I64, channel: U8, texts: Texts,
    name: U8, name_start: I64, hexes: U8,
) -> int:  # fmt: skip
    """Writes the hearings (message, station, time of the station's clock); bytes written."""
    at = 0
    for i in range(message.size):
        which, where = message[i], station[i]
        source = name[name_start[where] : name_start[where + 1]]
        first = texts.start[which]
        last = first + texts.length[which]
        fill = texts.fill_bits[which] * 1
        parts = 1 if texts.length[which] <= 60 else 2
        middle = last if parts == 1 else first + FIRST_PART
        at = _put_tag(out, at, source, stamp_s[i], 1, parts, group[i], hexes)
        head = texts.characters[first:middle]
        at = _put_vdm(
            out, at, 1, parts, group[i], channel[which], head, fill if parts == 1 else 0, hexes
        )
        if parts > 1:
            tail = texts.characters[middle:last]
            at = _put_tag(out, at, source, stamp_s[i], 2, parts, group[i], hexes)
            at = _put_vdm(out, at, 2, parts, group[i], channel[which], tail, fill, hexes)
    return at


def written(
    message: I32,
    station: I32,
    stamp_s: I64,
    group: I64,
    channel: U8,
    texts: Texts,
    names: list[str],
) -> bytes:
    """The sentences of hearings in their order: message `message[i]` heard by station `station[i]`.

    `stamp_s`: whole seconds since 1970 by that station's clock. `group`: a number that the parts of
    a message share.
    """
    raw = [name.encode("ascii") for name in names]
    start = np.cumsum([0, *map(len, raw)]).astype(np.int64)
    longest = int(texts.length[message].max(initial=0)) + max(map(len, raw), default=0)
    out = np.empty(message.size * 2 * (90 + longest) + 64, np.uint8)
    flat = np.frombuffer(b"".join(raw), np.uint8)
    size = write_into(out, message, station, stamp_s, group, channel, texts, flat, start, _HEX)
    return out[:size].tobytes()
