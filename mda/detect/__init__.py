"""One detector a file: folds that find, say why, and say what they cannot see."""

from mda.detect.loitering import LoiteringDetector
from mda.detect.silence import SilenceDetector
from mda.detect.zone_visits import ZoneVisitDetector

__all__ = ["LoiteringDetector", "SilenceDetector", "ZoneVisitDetector"]
