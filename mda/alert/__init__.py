"""Findings become cases: rules, priorities, life cycle, and what people did to them."""

from mda.alert.cases import Cases
from mda.alert.desk import Desk
from mda.alert.rules import Judgement, Rules, log_events
from mda.alert.safety import SafetyWatch
from mda.alert.states import Condition, Stance, stance_of, state_of

__all__ = [
    "Cases",
    "Condition",
    "Desk",
    "Judgement",
    "Rules",
    "SafetyWatch",
    "Stance",
    "log_events",
    "stance_of",
    "state_of",
]
