"""Which waters matter: the zone library (shapes, and who claims them on which basis), its index."""

from zones.drawing import drawing_geojson
from zones.index import ZoneLibrary
from zones.membership import Membership
from zones.places import PlaceLibrary
from zones.words import describe

__all__ = ["Membership", "PlaceLibrary", "ZoneLibrary", "describe", "drawing_geojson"]
