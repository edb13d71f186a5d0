"""Order, split and predict: which hull a report belongs to, who it says it is, where it is now."""

from mda.track.hulls import Tracker
from mda.track.identity import Claims
from mda.track.predict import predict

__all__ = ["Claims", "Tracker", "predict"]
