"""Armoured payloads: six-bit values, and several parts joined into one.

Source: IEC 61162-1 annex (six-bit field conversion); ITU-R M.1371-5 Annex 8, table of 6-bit ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from mda.decode.framing import ARMOUR_LEGAL
from mda.decode.kernel_scan import SPARE_WORDS
from mda.model.reports import I32, I64, U8, U64

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


def packed(payloads: Sequence[bytes], bits: I64) -> tuple[U64, I32]:
    """The words of armoured payloads of so many bits, and each one's first word.

    Behind its last bit stand zeros up to the end of the next word (as `kernel_scan.pack` has it).
    """
    spans = [len(payload) // 32 * 32 + 64 for payload in payloads]  # 32 characters are three words
    text = b"".join(map(bytes.ljust, payloads, spans, repeat(b"0")))
    sixes = SIX_OF[np.frombuffer(text + b"0" * 32 * SPARE_WORDS, np.uint8)].reshape(-1, 4)
    octets = np.empty((sixes.shape[0], 3), np.uint8)
    octets[:, 0] = sixes[:, 0] << 2 | sixes[:, 1] >> 4
    octets[:, 1] = sixes[:, 1] << 4 | sixes[:, 2] >> 2
    octets[:, 2] = sixes[:, 2] << 6 | sixes[:, 3]
    words = octets.reshape(-1).view(">u8").astype(np.uint64)
    ends = np.cumsum(np.array(spans, np.int64) // 32 * 3)
    at = ends - np.array(spans, np.int64) // 32 * 3
    last, own = at + (bits >> 6), (bits & 63).astype(np.uint64)
    words[last] &= ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> own)
    words[last + 1] = 0
    return words, at.astype(np.int32)
