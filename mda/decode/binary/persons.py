"""How many people are on board.

DAC 1, FI 16 (IMO SN/Circ.236 and SN.1/Circ.289), DAC 1, FI 40 (ITU-R M.1371-1, the older number of
the same message), DAC 200, FI 55 (Inland AIS: CCNR/UNECE Resolution 63, number of persons on
board). FI 16 once meant targets seen by a traffic service, in steps of 120 bits, and is still sent
so: what is longer than this message is not read as one.
"""

from __future__ import annotations

from typing import Final

from mda.decode.binary.rows import Bits, Fields, Number, Spare, read

PERSONS: Final = Number("persons", 13, 1, 8191)
"""8191: so many or more; 0 is not available."""
MARITIME: Final = (PERSONS, Spare(35))
INLAND: Final = (
    Number("crew", 8, 0, 254),
    Number("passengers", 13, 0, 8190),
    Number("personnel", 8, 0, 254),
    Spare(51),
)


def persons(bits: Bits) -> Fields:
    """FI 16 and 40."""
    return read(bits, MARITIME)


def inland_persons(bits: Bits) -> Fields:
    """DAC 200, FI 55."""
    return read(bits, INLAND)
