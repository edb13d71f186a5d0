r"""Sentences in a row of the log, their checksums, and why a row holds none.

A row is one line as a feed cut it, but what stands in it is anybody's guess: a stamp or TAG block
before the sentence, a suffix behind it, garbage, two sentences that lost the line end between
them. Whatever lies before `!` is handed on as the sentence's head, whatever follows its checksum
as its tail (see `stamps`).

Source of the form: IEC 61162-1, `!ttVDM,total,number,sequence,channel,payload,fill*hh`.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from mda.model.lines import Lines
from mda.model.reports import I64, U8

LINE_MAX: Final = 4096
"""Longest row that is read, bytes (feeds cut there)."""
FIELD: Final = rb"([^,*!\r\n\0]*)"
SENTENCE: Final = re.compile(
    rb"!([A-Z][A-Z0-9])VD[MO]," + rb",".join([FIELD] * 5) + rb",([0-9]?)(?:\*([0-9A-Fa-f]{2}))?"
)
_BROKEN = re.compile(rb"![A-Z][A-Z0-9]VD[MO]")
_NMEA = re.compile(rb"[$!][A-Z][A-Z0-9]{2,9},")
DATAGRAM: Final = b"UdPbC"
"""Head of an IEC 61162-450 datagram; its NUL is a line end to a feed, so it stands alone."""
_FEW: Final = 24
"""Up to this many checksums are faster one by one."""
_STAR: Final = ord("*")
ARMOUR_LEGAL: Final = bytes(range(48, 88)) + bytes(range(96, 120))
"""The 64 characters of six-bit armour."""


WRONG_SUM: Final = "checksum"
"""Why a sentence with a wrong checksum is refused."""


class Sum(IntEnum):
    """What a sentence's checksum says."""

    RIGHT = 0
    WRONG = 1
    MISSING = 2


class Found(NamedTuple):
    """The sentences of some rows: `counts[k]` of them in the k-th row, in order."""

    counts: list[int]
    matches: list[re.Match[bytes]]
    sums: list[int]


def find(lines: Lines, rows: I64) -> Found:
    """Every sentence in the given rows, with the verdict on its checksum."""
    data = lines.data
    search = SENTENCE.search
    counts: list[int] = []
    matches: list[re.Match[bytes]] = []
    for start, stop in zip(lines.start[rows].tolist(), lines.stop[rows].tolist(), strict=True):
        if stop - start > LINE_MAX or data[start : start + 1] == b"#":
            counts.append(0)
            continue
        before = len(matches)
        match = search(data, start, stop)
        while match is not None:
            matches.append(match)
            match = search(data, match.end(), stop) if match.end() < stop else None
        counts.append(len(matches) - before)
    return Found(counts, matches, _sums(data, matches))


def exclusive_or(body: bytes) -> int:
    """The checksum of what stands between `!` (or `$`) and `*`.

    Folded in half until one byte is left: for one sentence faster than a loop or an array.
    """
    folded = int.from_bytes(body, "little")
    bits = 8 << len(body).bit_length()
    while bits > 8:
        bits >>= 1
        folded ^= folded >> bits
    return folded & 255


HEX_OF: U8 = np.full(256, 255, np.uint8)
for _digit in range(16):
    HEX_OF[ord(f"{_digit:x}")] = HEX_OF[ord(f"{_digit:X}")] = _digit


def _sums(data: bytes, matches: list[re.Match[bytes]]) -> list[int]:
    """Checksum verdicts of all sentences at once (exclusive or of the bytes between ! and *)."""
    if len(matches) <= _FEW:
        return [_sum(data, *match.span()) for match in matches]
    octets = np.frombuffer(data, np.uint8)
    spans = np.array([match.span() for match in matches], np.int64)
    stars = spans[:, 1] - 3
    has = octets[stars] == ord("*")
    verdict = np.full(len(matches), int(Sum.MISSING), np.uint8)
    cuts = np.column_stack((spans[has, 0] + 1, stars[has])).ravel()
    if cuts.size:
        ours = np.bitwise_xor.reduceat(octets, cuts)[::2]
        ends = spans[has, 1]
        theirs = (HEX_OF[octets[ends - 2]] << 4) | HEX_OF[octets[ends - 1]]
        verdict[has] = np.where(ours == theirs, int(Sum.RIGHT), int(Sum.WRONG))
    found: list[int] = verdict.tolist()
    return found


def _sum(data: bytes, begin: int, end: int) -> int:
    star = end - 3
    if data[star] != _STAR:
        return int(Sum.MISSING)
    right = exclusive_or(data[begin + 1 : star]) == int(data[star + 1 : end], 16)
    return int(Sum.RIGHT if right else Sum.WRONG)


def unsound(match: re.Match[bytes], verdict: int) -> str | None:
    """Why a sentence is refused for its form, None where it is sound."""
    if verdict:
        return WRONG_SUM if verdict == Sum.WRONG else "no_checksum"
    _, total, number, _, _, payload, fill, _ = match.groups()
    digits = len(total) == len(number) == 1 and total.isdigit() and number.isdigit()
    if not digits or not b"1" <= number <= total:
        return "bad_fragment"
    if not payload:
        return "empty_payload"
    if payload.translate(None, ARMOUR_LEGAL):
        return "bad_armour"
    return "bad_fill" if fill > b"5" else None


def refusal(row: bytes) -> str:
    """Why a row holds no sentence that could be read: the reason it is rejected with."""
    if len(row) > LINE_MAX:
        return "too_long"
    if row[:1] == b"#":
        return "comment"
    if _BROKEN.search(row):
        return "bad_fragment"
    if _NMEA.search(row):
        return "not_ais"
    return "not_a_sentence"
