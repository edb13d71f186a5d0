"""Armoured payloads as columns of six-bit values, and numbers and texts cut out of them.

Source: IEC 61162-1 annex (six-bit field conversion); ITU-R M.1371-5 Annex 8, table of 6-bit ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mda.decode.framing import ARMOUR_LEGAL
from mda.model.reports import I64, U8, Bytes

Mask = NDArray[np.bool_]

SIX_OF: U8 = np.zeros(256, np.uint8)
"""Six-bit value of each armour character."""
SIX_OF[list(ARMOUR_LEGAL)] = np.arange(64)
ASCII_OF: U8 = np.array([c + 64 if c < 32 else c for c in range(64)], np.uint8)
"""ASCII code of each six-bit character; 0 is `@`, which ends a text."""


def leading(payload: bytes, start: int, width: int) -> int:
    """One unsigned number from one payload (for the few that are asked one at a time)."""
    first, last = start // 6, (start + width - 1) // 6
    value = 0
    for char in payload[first : last + 1].ljust(last - first + 1, b"0"):
        value = value << 6 | int(SIX_OF[char])
    return value >> ((last + 1) * 6 - start - width) & ((1 << width) - 1)


def joined(parts: Sequence[tuple[bytes, int]]) -> tuple[bytes, int]:
    """One payload and its fill bits from the parts of a message, in order.

    Parts but the last normally have no fill bits; where one has, the bits are packed anew.
    """
    if all(fill == 0 for _, fill in parts[:-1]):
        return b"".join(payload for payload, _ in parts), parts[-1][1]
    bits = "".join(
        "".join(f"{SIX_OF[char]:06b}" for char in payload)[: len(payload) * 6 - fill]
        for payload, fill in parts
    )
    fill = -len(bits) % 6
    bits += "0" * fill
    return bytes(ARMOUR_LEGAL[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6)), fill


class Payloads:
    """n payloads side by side: `six[k]` is the k-th six-bit value of every one of them.

    Bits that a payload does not have read as zero; `has` tells.
    """

    def __init__(self, octets: U8, start: I64, size: I64, fill: I64, least_bits: int) -> None:
        """Payload i is `octets[start[i] : start[i] + size[i]]` without its last `fill[i]` bits."""
        n, chars = start.shape[0], max(int(size.max()), -(-least_bits // 6))
        place = np.arange(chars)[:, None]
        inside = place < size
        six = SIX_OF[octets[np.where(inside, start + place, 0)]]
        six[~inside] = 0
        six[size - 1, np.arange(n)] &= ((63 << fill) & 63).astype(np.uint8)
        self.six: U8 = six
        self.bits: I64 = size * 6 - fill
        """Length of each payload in bits."""

    def has(self, start: int, width: int) -> Mask:
        """Whether each payload reaches to the end of a field."""
        found: Mask = self.bits >= start + width
        return found

    def unsigned(self, start: int, width: int) -> I64:
        """The unsigned number in bits `start` to `start + width`, shape (n,)."""
        first, last = start // 6, (start + width - 1) // 6
        value: I64 = self.six[first].astype(np.int64)
        for k in range(first + 1, last + 1):
            value = (value << 6) | self.six[k]
        return (value >> ((last + 1) * 6 - start - width)) & ((1 << width) - 1)

    def signed(self, start: int, width: int) -> I64:
        """The same in two's complement."""
        value, sign = self.unsigned(start, width), 1 << (width - 1)
        return (value ^ sign) - sign

    def text(self, *spans: tuple[int, int]) -> Bytes:
        """A text of six-bit characters in spans of (first bit, characters).

        It ends at the first `@` or at the payload's end; blanks at its end are not part of it.
        """
        codes = np.concatenate([self._codes(start, chars) for start, chars in spans]).T
        ended = np.logical_or.accumulate(codes == 0, axis=1)
        solid = ~ended & (codes != 32)
        kept = np.logical_or.accumulate(solid[:, ::-1], axis=1)[:, ::-1]
        shown = np.ascontiguousarray(np.where(kept, ASCII_OF[codes], 0).astype(np.uint8))
        found: Bytes = shown.view(f"S{codes.shape[1]}").reshape(-1)
        return found

    def _codes(self, start: int, chars: int) -> U8:
        """Six-bit characters from bit `start` on, shape (chars, n); zero beyond a payload's end."""
        first, shift = divmod(start, 6)
        six = np.zeros((chars + 1, self.bits.shape[0]), np.uint8)
        there = self.six[first : first + chars + 1]
        six[: there.shape[0]] = there
        codes = ((six[:-1] << shift) | (six[1:] >> (6 - shift))) & 63
        ends = start + 6 * np.arange(1, chars + 1)[:, None]
        found: U8 = np.where(ends <= self.bits, codes, 0).astype(np.uint8)
        return found

    def octets(self) -> tuple[U8, I64]:
        """The bits as bytes, padded with zeros: shape (k, n), and how many of the k each fills."""
        chars, n = self.six.shape
        six = np.zeros((-(-chars // 4) * 4, n), np.uint8)
        six[:chars] = self.six
        a, b, c, d = six[0::4], six[1::4], six[2::4], six[3::4]
        octets = np.empty((six.shape[0] // 4 * 3, n), np.uint8)
        octets[0::3] = (a << 2) | (b >> 4)
        octets[1::3] = (b << 4) | (c >> 2)
        octets[2::3] = (c << 6) | d
        return octets, (self.bits + 7) // 8
