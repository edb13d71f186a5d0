"""Safety text (types 12 and 14) for the watch log: what a station said, to whom, and who heard it.

*Definition.* Every safety related message becomes one line of the log: the text as sent, the MMSI
that claims to send it, the MMSI it is for (type 12), the station that heard it and when. The same
words from the same sender to the same addressee again within `vet.duplicate_window_s` (another
station's hearing, a repetition) are the same line.
*What it is not.* No alarm: a text is a claim by radio. A beacon's text (AIS-SART, MOB, EPIRB) is
not told here: its distress is a case already (`safety`).
*Source.* ITU-R M.1371-5 Annex 8, messages 12 (at most 156 characters) and 14 (161).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mda.alert.safety import BEACONS
from mda.config import Config
from mda.errors import DecodeError
from mda.model import Event, Other, State, mmsi_kind
from mda.units import microseconds

TYPES: Final = frozenset({12, 14})
MOST_CHARS: Final = 156
"""Of the words in a log line; `said` holds all that was sent."""
Reader = Callable[[Sequence[bytes]], Mapping[str, Any]]
"""All fields of a message, given its lines; DecodeError where it cannot be read."""


class SafetyTexts:
    """The fold over messages without columns, as they arrive."""

    def __init__(self, config: Config, read: Reader) -> None:
        self._window_us = microseconds(config.number("vet.duplicate_window_s"))
        self._read = read
        self._told: dict[tuple[int, int, str], int] = {}
        self._newest_us = 0

    def take(self, others: Sequence[Other], feeds: Sequence[str]) -> list[Event]:
        """Log events of the texts among these messages; `feeds` are names by feed code."""
        events = [
            event
            for other in others
            if other.msg_type in TYPES
            and int(mmsi_kind(other.mmsi)) not in BEACONS
            and (event := self._event(other, feeds)) is not None
        ]
        if events:
            since_us = self._newest_us - self._window_us
            self._told = {key: at for key, at in self._told.items() if at >= since_us}
        return events

    def save(self) -> State:
        """What was told within the window."""
        told = [[*key, at_us] for key, at_us in self._told.items()]
        return {"told": told, "newest_us": self._newest_us}

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self._told = {(int(a), int(b), str(c)): int(at) for a, b, c, at in state["told"]}
        self._newest_us = int(state["newest_us"])

    def _event(self, other: Other, feeds: Sequence[str]) -> Event | None:
        said, to_mmsi = self._said(other)
        key = (other.mmsi, to_mmsi or 0, said or "")
        before_us = self._told.get(key)
        if before_us is not None and abs(other.at_us - before_us) <= self._window_us:
            return None
        self._told[key] = other.at_us
        self._newest_us = max(self._newest_us, other.at_us)
        station = other.station or (feeds[other.feed] if 0 <= other.feed < len(feeds) else "")
        body = {
            "text": _sentence(other.mmsi, to_mmsi, said),
            "kind": "safety_text",
            "msg_type": other.msg_type,
            "said": said,
            "sender_mmsi": other.mmsi,
            "to_mmsi": to_mmsi,
            "station": station,
            "mmsis": [other.mmsi] if to_mmsi is None else [other.mmsi, to_mmsi],
            "keys": [other.mmsi],
            "at_us": other.at_us,
            "log_seq": other.seq,
        }
        return Event(0, other.at_us, "log", body)

    def _said(self, other: Other) -> tuple[str | None, int | None]:
        """The words and the addressee, as far as they can be read."""
        try:
            found = self._read(other.lines)
        except DecodeError:
            return None, None
        text, to_mmsi = found.get("text"), found.get("dest_mmsi")
        return (str(text) if text else None), (int(to_mmsi) if to_mmsi else None)


def _sentence(mmsi: int, to_mmsi: int | None, said: str | None) -> str:
    """The line as the watch reads it; the sender is what the message claims."""
    to = f" to {to_mmsi:09d}" if to_mmsi is not None else ""
    words = f'"{said[:MOST_CHARS]}"' if said else "no words that can be read"
    return f"Safety text from {mmsi:09d}{to}: {words}"
