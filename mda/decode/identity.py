"""The content identity of a message: a 64-bit hash of its bits and its event time.

*Definition.* The payload's bits are padded with zeros to whole bytes and cut into words of 64 bits,
big-endian, the last one padded with zeros. The hash begins as the golden ratio's 64 bits with the
number of bytes in it (exclusive or). Each word is put in by exclusive or, a multiplication and the
exclusive or of the upper half into the lower; last comes the event time, and the SplitMix64
finaliser. Every step can be undone, so two messages of one length that differ in one word, or in
their time only, never meet; a few operations a word, so that a scalar and a compiled version give
the same number (`kernel_bits.identity_of`).
*Source.* SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators (OOPSLA
2014), finaliser "Mix13" of Stafford, whose first factor is the one of the words too.
"""

from __future__ import annotations

from typing import Final

BASIS: Final = 0x9E3779B97F4A7C15
MIX_1: Final = 0xBF58476D1CE4E5B9
MIX_2: Final = 0x94D049BB133111EB
_MASK: Final = 0xFFFFFFFFFFFFFFFF


def report_id(octets: bytes, at_us: int) -> int:
    """Identity of one message, given its byte-padded bits.

    >>> f"{report_id(b'', 0):016x}"
    'e220a8397b1dcdaf'
    """
    h = BASIS ^ len(octets)
    for start in range(0, len(octets), 8):
        word = int.from_bytes(octets[start : start + 8].ljust(8, b"\0"), "big")
        h = ((h ^ word) * MIX_1) & _MASK
        h ^= h >> 32
    h ^= at_us & _MASK
    h = ((h ^ (h >> 30)) * MIX_1) & _MASK
    h = ((h ^ (h >> 27)) * MIX_2) & _MASK
    return h ^ (h >> 31)
