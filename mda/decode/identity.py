"""The content identity of a message: a 64-bit hash of its bits and its event time.

*Definition.* FNV-1a 64 over the payload's bits, padded with zeros to whole bytes, followed by the
event time as 8 little-endian bytes; then the SplitMix64 finaliser, because FNV alone mixes its
last bytes poorly. Both are chosen for being a few integer operations a byte, so that a scalar
and a compiled version give the same number (`kernel_bits.identity`).
*Source.* FNV: Fowler, Noll, Vo, draft-eastlake-fnv-17 (offset basis and prime of 64 bits).
SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators (OOPSLA 2014),
finaliser "Mix13" of Stafford.
"""

from __future__ import annotations

from typing import Final

FNV_BASIS: Final = 0xCBF29CE484222325
FNV_PRIME: Final = 0x100000001B3
MIX_1: Final = 0xBF58476D1CE4E5B9
MIX_2: Final = 0x94D049BB133111EB
_MASK: Final = 0xFFFFFFFFFFFFFFFF


def report_id(octets: bytes, at_us: int) -> int:
    """Identity of one message, given its byte-padded bits.

    >>> f"{report_id(b'', 0):016x}"
    '813f0174a2367c13'
    """
    h = FNV_BASIS
    for byte in octets + at_us.to_bytes(8, "little", signed=True):
        h = ((h ^ byte) * FNV_PRIME) & _MASK
    h = ((h ^ (h >> 30)) * MIX_1) & _MASK
    h = ((h ^ (h >> 27)) * MIX_2) & _MASK
    return h ^ (h >> 31)
