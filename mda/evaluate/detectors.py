"""What is scored: the detectors, the findings that are theirs, and the events that they should see.

Names D1 to D11 are those of the design; a truth file may use either.
"""

from __future__ import annotations

from typing import Final

FINDS: Final[dict[str, frozenset[str]]] = {
    "dark": frozenset({"dark", "silence"}),
    "loitering": frozenset({"loitering", "drifting"}),
    "encounter": frozenset({"encounter"}),
    "dark_rendezvous": frozenset({"dark_rendezvous"}),
    "zone_visit": frozenset({"zone_visit"}),
    "distress": frozenset({"safety"}),
    "receiver": frozenset({"receiver", "receiver_outage"}),
}
"""By detector: kinds of findings that are its claims."""
DESIGN: Final[dict[str, str]] = {
    "D1": "dark",
    "D3": "loitering",
    "D4": "encounter",
    "D5": "dark_rendezvous",
    "D8": "zone_visit",
    "D11": "distress",
}
"""Detectors by their names in the design."""
PLAIN_KINDS: Final[dict[str, str]] = {
    "dark": "dark",
    "loitering": "loitering",
    "drifting": "loitering",
    "encounter": "encounter",
    "dark_rendezvous": "dark_rendezvous",
    "entry": "zone_visit",
    "exit": "zone_visit",
    "distress": "distress",
    "receiver_outage": "receiver",
}
"""The detector of an event that names none, by the event's kind."""
CROSSINGS: Final = ("entry", "exit")
"""Kinds of events that zone visits are scored by: a visit is its two ends."""
AT_ONCE: Final = frozenset({"zone_visit", "distress"})
"""Detectors whose events are instants: matched by onset, without a span."""


def detector_of(kind: str) -> str | None:
    """The detector whose claims findings of this kind are; None: scored nowhere.

    >>> detector_of("silence"), detector_of("weather")
    ('dark', None)
    """
    return next((name for name, finds in FINDS.items() if kind in finds), None)
