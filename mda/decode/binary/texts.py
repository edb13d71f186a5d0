"""Texts: DAC 1, FI 0 (ITU-R M.1371-5 Annex 5, 6.1: text telegram); DAC 1, FI 29 (broadcast) and
FI 30 (addressed), a description of another message with the same linkage (IMO SN.1/Circ.289)."""

from __future__ import annotations

from typing import Final

from mda.decode.binary.rows import FLAG, LINKAGE, Bits, Fields, Number, Words, read, width

TELEGRAM: Final = (Words("acknowledge", 1, FLAG), Number("sequence", 11, 1, 2047))
DESCRIPTION: Final = (LINKAGE,)
MOST_CHARS: Final = 161
"""Of a description; a telegram holds fewer."""
MOST_BITS: Final = width(TELEGRAM) + 6 * MOST_CHARS


def telegram(bits: Bits) -> Fields:
    """FI 0."""
    return {**read(bits, TELEGRAM), "text": bits.words(width(TELEGRAM), MOST_CHARS)}


def description(bits: Bits) -> Fields:
    """FI 29 and 30."""
    return {**read(bits, DESCRIPTION), "text": bits.words(width(DESCRIPTION), MOST_CHARS)}
