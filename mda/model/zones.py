"""Kinds of zones and the families they make: what a detector may say of a zone hangs on these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ZONE_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "waters": ("eez", "joint", "overlap", "disputed"),
    "belts": ("territorial", "contiguous"),
    "seas": ("sea",),
    "rules": ("exclusion",),
    "own": ("season", "security", "cone", "landing", "corridor", "area"),
}
"""Family -> kinds: waters answer whose water it is; belts lie inside them along the coast; seas are
names; rules ask something of a ship; own ones an operator drew for a purpose of his own."""

_FAMILY: Final = {kind: family for family, kinds in ZONE_FAMILIES.items() for kind in kinds}


def family_of(kind: str) -> str:
    """The family of a kind; a kind that is on no list is an operator's own.

    >>> family_of("eez"), family_of("territorial"), family_of("firing range")
    ('waters', 'belts', 'own')
    """
    return _FAMILY.get(kind, "own")
