"""From a case to an aircraft: assets, intercept, and a first look at what can be reached."""

from mda.patrol.assets import load_assets
from mda.patrol.first_look import first_look
from mda.patrol.intercept import Intercept, intercept

__all__ = ["Intercept", "first_look", "intercept", "load_assets"]
