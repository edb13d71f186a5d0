"""Messages of several sentences, put together again; never two ships in one.

*Definition.* Parts belong together that share feed, TAG group (`g:`) if any, talker, channel,
sequence number and total, and whose stations do not contradict each other. Where only one of two
parts names a station they belong together only if the same `g:` says so, or if they are the very
next lines of the feed and the very next parts (a TAG block before the first part only, a suffix
behind the last part only).
*When it gives up.* A message waits no longer than `Limits` says: by time, by lines of its feed, by
newer messages of its source (sequence numbers are one digit: the tenth newer message wears the
same). Then its parts are rejected as `incomplete`.
*What it refuses to guess.* A second, different part with the same number means that two messages
wear one key at once: both are refused as `ambiguous`, and so is what follows on that key until the
wait is over. A part that repeats one already used is a `duplicate_part`; a first part that repeats
a finished message begins a new hearing of it.
*What it cannot see.* A late duplicate of a part that falls right between the two parts of another
message on the same key passes for the second. Without `g:` or stations, a first part whose second
was lost and a second part whose first was lost, on the same key within the wait, look like one
message.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import nan
from typing import Any, NamedTuple

from mda.clock import NO_TIME_US
from mda.decode.ledger import Ledger
from mda.decode.limits import Limits
from mda.model.state import State

Key = tuple[str, str, str, str, int]
"""Group, talker, channel, sequence number, total: with the feed, what parts must share."""


class Part(NamedTuple):
    """One sentence of several, with where it stands in the log and what it says of itself."""

    seq: int
    number: int
    stored_at_us: int
    stamp_us: int
    station: str
    sound: bool
    """Whether its TAG block's checksum was right."""
    payload: bytes
    fill: int
    line: bytes
    level_db: float = nan
    offset_ppm: float = nan


@dataclass(slots=True)
class Waiting:
    """A message in the making, or the memory of one that ended (`closed`)."""

    key: Key
    source: tuple[str, str]
    """Talker and station that began it: whose newer messages count."""
    station: str
    line: int
    newer: int
    stored_at_us: int
    parts: list[Part] = field(default_factory=list)
    closed: str = ""
    """Empty while it waits; `complete`, `ambiguous` or `incomplete` after."""

    def part(self, number: int) -> Part | None:
        return next((p for p in self.parts if p.number == number), None)


def packed_key(key: Key) -> int:
    """Talker, sequence number and channel as one number, -1 where these are not single bytes."""
    _, talker, channel, sequence, _ = key
    if len(channel) > 1 or len(sequence) > 1:
        return -1
    packed = ord(talker[0]) << 8 | ord(talker[1])
    return packed << 16 | ord(sequence or "\0") << 8 | ord(channel or "\0")


def unpacked_key(packed: int) -> Key:
    """The key without a group, of a message of two parts, that `packed_key` gives."""
    channel, sequence = (chr(c) if c else "" for c in (packed & 255, packed >> 8 & 255))
    return "", chr(packed >> 24) + chr(packed >> 16 & 255), channel, sequence, 2


class FeedAssembly:
    """The messages in the making of one feed."""

    def __init__(self, feed: int, limits: Limits, ledger: Ledger) -> None:
        self._feed = feed
        self._limits = limits
        self._ledger = ledger
        self._line = 0
        self._order: deque[Waiting] = deque()
        self._by_key: dict[Key, list[Waiting]] = {}
        self._begun: dict[tuple[str, str], int] = {}
        self._last: tuple[int, Waiting] | None = None

    # -- time passes ----------------------------------------------------------------------------
    def reach(self, line: int) -> None:
        """The feed has come to its line number `line`: what is too far behind has to go."""
        self._line = line
        order = self._order
        while order and line - order[0].line > self._limits.wait_lines:
            self._forget(order.popleft())
        if not order and self._begun:
            self._begun.clear()

    def tell(self, stored_at_us: int) -> None:
        """A part or a control row says what time it is: what is too old has to go."""
        order = self._order
        while order and _apart(stored_at_us, order[0].stored_at_us, self._limits.wait_us):
            self._forget(order.popleft())
        if not order and self._begun:
            self._begun.clear()

    def _forget(self, waiting: Waiting) -> None:
        self._give_up(waiting, "incomplete")
        same = self._by_key[waiting.key]
        same.remove(waiting)
        if not same:
            del self._by_key[waiting.key]

    def give_up(self) -> None:
        """Nothing more will come for what waits: the feed ended, or its connection broke."""
        while self._order:
            self._forget(self._order.popleft())
        self._begun.clear()
        self._last = None

    def _give_up(self, waiting: Waiting, reason: str) -> None:
        if not waiting.closed:
            waiting.closed = reason
            for part in waiting.parts:
                self._ledger.rejected(part.seq, self._feed, reason, part.line)

    def busy(self) -> set[int]:
        """Packed keys on which something waits, or was refused as ambiguous."""
        return {packed_key(w.key) for w in self._order if w.closed in ("", "ambiguous")}

    # -- a part comes ---------------------------------------------------------------------------
    def add(self, key: Key, part: Part) -> list[Part] | None:
        """Take a part; all parts in order once its message is whole, else None.

        The ledger hears of every part that is refused; of the parts returned the caller tells it.
        """
        waiting = self._match(key, part)
        if waiting is None:
            waiting = self._begin(key, part)
        elif (reason := self._refused(waiting, part)) is not None:
            self._ledger.rejected(part.seq, self._feed, reason, part.line)
            return None
        waiting.parts.append(part)
        waiting.station = waiting.station or part.station
        self._last = (self._line, waiting)
        if len(waiting.parts) < key[4]:
            return None
        waiting.closed = "complete"
        return sorted(waiting.parts, key=lambda p: p.number)

    def begin(self, key: Key, part: Part) -> Waiting:
        """Take the first part of a message that nothing before has to do with."""
        waiting = self._begin(key, part)
        waiting.parts.append(part)
        self._last = (self._line, waiting)
        return waiting

    def end(self, waiting: Waiting, part: Part) -> None:
        """Take the last part of that message."""
        waiting.parts.append(part)
        waiting.closed = "complete"
        self._last = (self._line, waiting)

    def _begin(self, key: Key, part: Part) -> Waiting:
        source = (key[1], part.station)
        newer = self._begun[source] = self._begun.get(source, 0) + 1
        waiting = Waiting(key, source, part.station, self._line, newer, part.stored_at_us)
        self._order.append(waiting)
        self._by_key.setdefault(key, []).append(waiting)
        return waiting

    def _refused(self, waiting: Waiting, part: Part) -> str | None:
        """Why a part that fits a message by its key may not join it; None if it may."""
        if waiting.closed:
            return "duplicate_part" if waiting.closed == "complete" else "ambiguous"
        own = waiting.part(part.number)
        if own is None:
            return None
        if own.payload == part.payload:
            return "duplicate_part"
        self._give_up(waiting, "ambiguous")
        return "ambiguous"

    def _match(self, key: Key, part: Part) -> Waiting | None:
        """The message, open or ended, that a part has to do with."""
        known = self._by_key.get(key)
        if known is None:
            return self._follows(key, part)
        fits = [w for w in known if self._near(w, part)]
        same = [w for w in fits if w.station == part.station]
        if not same and key[0]:
            same = [w for w in fits if not (w.station and part.station)]
            same = same if len(same) == 1 else []
        own = next((w for w in same if not w.closed), None)
        for waiting in same:
            if waiting.closed == "ambiguous":
                return waiting
            if waiting.closed == "complete" and part.number > 1 and _repeats(waiting, part):
                return own if own is not None and self._goes_on(own, waiting, part) else waiting
        follows = self._follows(key, part)
        if own is not None and follows is not None and own is not follows:
            self._give_up(own, "ambiguous")
            self._give_up(follows, "ambiguous")
        return own or follows

    def _near(self, waiting: Waiting, part: Part) -> bool:
        """Whether a message is near enough in time and newer messages; if not it is given up."""
        wait_us = self._limits.wait_us
        newer = self._begun.get(waiting.source, 0) - waiting.newer
        late = _apart(part.stored_at_us, waiting.stored_at_us, wait_us)
        if late or newer >= self._limits.wait_newer:
            self._give_up(waiting, "incomplete")
            return False
        return not any(_apart(part.stamp_us, p.stamp_us, wait_us) for p in waiting.parts)

    def _goes_on(self, own: Waiting, ended: Waiting, part: Part) -> bool:
        """Whether a part that repeats one of an ended message belongs to an open one all the same:
        that one repeats it too (a new hearing), or the line right before is its last part (many
        messages end alike, in padding)."""
        return self._next_to(own, part) or all(_repeats(ended, p) for p in own.parts)

    def _next_to(self, waiting: Waiting, part: Part) -> bool:
        """Whether the line right before this one was the message's part right before this one."""
        line, last = self._last or (0, None)
        return (
            last is waiting
            and self._line - line <= 1
            and waiting.parts[-1].number == part.number - 1
        )

    def _follows(self, key: Key, part: Part) -> Waiting | None:
        """The message that the line right before this one went on with, if only one of the two
        names a station or group (TAG block on the first part only, suffix on the last only)."""
        waiting = self._last[1] if self._last else None
        if waiting is None or waiting.closed or waiting.key[1:] != key[1:]:
            return None
        if (part.station and waiting.station) or (key[0] and waiting.key[0]):
            return None
        return waiting if self._next_to(waiting, part) else None

    # -- state ----------------------------------------------------------------------------------
    def save(self) -> State:
        """JSON values; bytes as Latin-1 text."""
        last = None
        if self._last is not None:
            place = next((i for i, w in enumerate(self._order) if w is self._last[1]), None)
            last = None if place is None else [self._last[0], place]
        return {
            "line": self._line,
            "begun": [[*source, count] for source, count in sorted(self._begun.items())],
            "last": last,
            "waiting": [
                [
                    list(w.key),
                    list(w.source),
                    w.station,
                    w.line,
                    w.newer,
                    w.stored_at_us,
                    w.closed,
                    [plain_part(p) for p in w.parts],
                ]
                for w in self._order
            ],
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self._line = int(state["line"])
        self._begun = {(talker, name): int(count) for talker, name, count in state["begun"]}
        self._order, self._by_key = deque(), {}
        for key, source, station, line, newer, stored_at_us, closed, parts in state["waiting"]:
            group, talker, channel, sequence, total = key
            waiting = Waiting(
                (group, talker, channel, sequence, total),
                (source[0], source[1]),
                station,
                line,
                newer,
                stored_at_us,
                [part_of(p) for p in parts],
                closed,
            )
            self._order.append(waiting)
            self._by_key.setdefault(waiting.key, []).append(waiting)
        last = state["last"]
        self._last = None if last is None else (int(last[0]), self._order[int(last[1])])


def plain_part(part: Part) -> list[Any]:
    """A part as JSON values; bytes as Latin-1 text."""
    return [value.decode("latin-1") if isinstance(value, bytes) else value for value in part]


def part_of(saved: list[Any]) -> Part:
    """The part that `plain_part` gave."""
    values = list(saved)
    for at in (Part._fields.index("payload"), Part._fields.index("line")):
        values[at] = values[at].encode("latin-1")
    return Part(*values)


def _apart(one_us: int, other_us: int, limit_us: int) -> bool:
    """Whether two instants, both known, lie further apart than the limit."""
    if NO_TIME_US in (one_us, other_us):
        return False
    return abs(one_us - other_us) > limit_us


def _repeats(waiting: Waiting, part: Part) -> bool:
    own = waiting.part(part.number)
    return own is not None and own.payload == part.payload
