"""Which waters matter: the zone library (shapes, and who claims them on which basis), its index.

A name is loaded when it is asked for, so that a part of the package starts without the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zones.drawing import drawing_geojson
    from zones.index import ZoneLibrary
    from zones.membership import Membership
    from zones.places import PlaceLibrary
    from zones.words import describe

__all__ = ["Membership", "PlaceLibrary", "ZoneLibrary", "describe", "drawing_geojson"]

_HOMES = {
    "Membership": "zones.membership",
    "PlaceLibrary": "zones.places",
    "ZoneLibrary": "zones.index",
    "describe": "zones.words",
    "drawing_geojson": "zones.drawing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
