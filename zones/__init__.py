"""Which waters matter: the zone library (geometry, and who claims it on which basis) and its index."""

from zones.drawing import drawing_geojson
from zones.index import ZoneLibrary
from zones.membership import Membership
from zones.places import PlaceLibrary
from zones.words import describe

__all__ = ["Membership", "PlaceLibrary", "ZoneLibrary", "describe", "drawing_geojson"]
