"""The content identity of a message: a 64-bit hash of its bits and its event time.

*Definition.* FNV-1a 64 over the payload's bits, padded with zeros to whole bytes, followed by the
event time as 8 little-endian bytes; then the SplitMix64 finaliser, because FNV alone mixes its
last bytes poorly. Both are chosen for being a few integer operations a byte, so that a scalar, a
NumPy and a compiled version give the same number.
*Source.* FNV: Fowler, Noll, Vo, draft-eastlake-fnv-17 (offset basis and prime of 64 bits).
SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators (OOPSLA 2014),
finaliser "Mix13" of Stafford.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mda.model.reports import I64, U8, U64

FNV_BASIS: Final = 0xCBF29CE484222325
FNV_PRIME: Final = 0x100000001B3
_MIX_1: Final = 0xBF58476D1CE4E5B9
_MIX_2: Final = 0x94D049BB133111EB
_MASK: Final = 0xFFFFFFFFFFFFFFFF


def report_id(octets: bytes, at_us: int) -> int:
    """Identity of one message, given its byte-padded bits: the plain twin of `report_ids`.

    >>> f"{report_id(b'', 0):016x}"
    '813f0174a2367c13'
    """
    h = FNV_BASIS
    for byte in octets + at_us.to_bytes(8, "little", signed=True):
        h = ((h ^ byte) * FNV_PRIME) & _MASK
    h = ((h ^ (h >> 30)) * _MIX_1) & _MASK
    h = ((h ^ (h >> 27)) * _MIX_2) & _MASK
    return h ^ (h >> 31)


def report_ids(octets: U8, sizes: I64, at_us: I64) -> U64:
    """Identities of n messages.

    `octets` has shape (k, n): column i holds message i's bits in its first `sizes[i]` bytes.
    """
    prime = np.uint64(FNV_PRIME)
    h = np.full(sizes.shape, FNV_BASIS, np.uint64)
    shortest = int(sizes.min()) if sizes.size else 0
    for j in range(octets.shape[0]):
        mixed = (h ^ octets[j]) * prime
        h = mixed if j < shortest else np.where(j < sizes, mixed, h)
    times = at_us.astype("<i8").view(np.uint8).reshape(-1, 8)
    for j in range(8):
        h = (h ^ times[:, j]) * prime
    h = (h ^ (h >> np.uint64(30))) * np.uint64(_MIX_1)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(_MIX_2)
    return h ^ (h >> np.uint64(31))
