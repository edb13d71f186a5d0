"""Armoured payloads: six-bit values, and several parts joined into one.

Source: IEC 61162-1 annex (six-bit field conversion); ITU-R M.1371-5 Annex 8, table of 6-bit ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mda.decode.framing import ARMOUR_LEGAL
from mda.model.reports import U8

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
