r"""Rows that say something of a sentence in another row: its time, its station, its level.

    $PGHP,1,2008,5,9,0,0,0,10,338,2,,1,09*17       Gatehouse: before the sentence
    \s:station,c:1490075479*hh\                    a TAG block alone: before the sentence
    $ABVSI,station,9,051320.43,1250,-86,24*1E      signal: behind the sentence

*What belongs together.* A row before belongs to the first sentence of the very next row of its feed
(several may stand before one); one of Gatehouse repeats that sentence's checksum, and a TAG block's
group must be the sentence's own if both have one. A VSI belongs to the message of the same TAG
group, or else to the one that the very row before completed; its link must be the sequence number
of that message's sentence, if both have one.
*Waiting.* A VSI comes after its message, so in a feed that has ever sent one every message waits
for the next row of its feed (inside a group that goes on, for `GROUP_ROWS`), or for a control row,
and then has the number (`seq`) of that row. The first VSI of a feed only teaches this.
*Books.* A companion whose sentence took it is decoded; one that found none is `companion_unused`.
*What it cannot see.* Gatehouse gives a message of several parts the exclusive or of their
checksums; it is believed for the first part without that test.
*Source.* IALA wiki, GH_AIS_Message_Format; IEC 61162-1, VSI: `$--VSI,station,link,hhmmss.ss (time
of arrival),slot,level in dBm,signal to noise in dB*hh`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import nan
from typing import Any, Final, NamedTuple

import numpy as np

from mda.clock import NO_TIME_US, from_datetime
from mda.decode.assembly import Part, part_of, plain_part
from mda.decode.framing import exclusive_or
from mda.decode.ledger import Ledger
from mda.decode.tagblock import BLOCK, EARLIEST_US, LATEST_US, Tag, printable, read_tag
from mda.model.lines import Lines
from mda.model.reports import I64
from mda.model.state import State
from mda.units import US_PER_S

BEFORE_MAX: Final = 4
"""Rows that may stand before one sentence."""
GROUP_ROWS: Final = 8
"""How long a message waits for the VSI of its group, rows of its feed."""
HELD_MAX: Final = 16
_DAY_US: Final = 86_400 * US_PER_S
_AGREE_US: Final = 60 * US_PER_S
"""A VSI's time of day further than this from the TAG's time is a clock that was never set."""

_GATEHOUSE = re.compile(rb"\$(PGHP,1,([^*]*))(?:\*([0-9A-Fa-f]{2}))?")
_SIGNAL = re.compile(rb"\$([A-Z][A-Z0-9]VSI,([^*]*))(?:\*([0-9A-Fa-f]{2}))?")
_CLOCK = re.compile(rb"([01]\d|2[0-3])([0-5]\d)([0-5]\d)(?:\.(\d{1,9}))?")
_LEVEL = re.compile(rb"[+-]?\d{1,3}(?:\.\d{1,9})?")
_TAG_END: Final = ord("\\")


class Before(NamedTuple):
    """A row that speaks of the sentence to come."""

    tag: Tag
    checksum: int
    """Of the sentence it stands before, -1 where it does not say."""


class Signal(NamedTuple):
    """What a VSI says of the message before it."""

    station: str
    link: str
    """The sequence number of the message's sentence."""
    clock_us: int
    """Time of day of its arrival, microseconds; -1 where it does not say."""
    level_db: float
    group: str

    def stamp_us(self, stamp_us: int, stored_at_us: int) -> int:
        """When it arrived: its time of day, on the day of the message's own time or, without one,
        of its being stored; that own time where there is no other or the two contradict."""
        near_us = stored_at_us if stamp_us == NO_TIME_US else stamp_us
        if self.clock_us < 0 or near_us == NO_TIME_US:
            return stamp_us
        days = (near_us - self.clock_us + _DAY_US // 2) // _DAY_US
        at_us = days * _DAY_US + self.clock_us
        agrees = stamp_us == NO_TIME_US or abs(at_us - stamp_us) <= _AGREE_US
        return at_us if agrees else stamp_us


def rows_beside(lines: Lines) -> I64:
    """Rows that may be companions (all that are, and hardly any other), rising."""
    found = np.empty(0, np.int64)
    if _TAG_END in lines.data:
        octets = np.frombuffer(lines.data, np.uint8)
        found = np.flatnonzero(lines.stop > lines.start)
        found = found[octets[lines.stop[found] - 1] == _TAG_END]
    named = [int(np.searchsorted(lines.start, at, "right")) - 1 for at in _named(lines)]
    return np.union1d(found, np.array(named, np.int64)).astype(np.int64)


def _named(lines: Lines) -> Iterator[int]:
    """Places of `$PGHP,` and `$..VSI,`: looked for by the `$`, which is rare."""
    if len(lines) == 0:
        return
    data, last = lines.data, int(lines.stop.max())
    at = data.find(b"$", int(lines.start.min()), last)
    while at >= 0:
        if data[at + 1 : at + 6] == b"PGHP," or data[at + 3 : at + 7] == b"VSI,":
            yield at
        at = data.find(b"$", at + 1, last)


def companion(row: bytes) -> Before | Signal | str | None:
    """What a row without a sentence says of another one; the reason why what it says cannot be
    used; None where it says nothing of the sort."""
    if row[:1] == b"#":
        return None
    if found := _GATEHOUSE.search(row):
        return _unsound(found) or _gatehouse(found)
    if found := _SIGNAL.search(row):
        return _unsound(found) or _signal(found, row[: found.start()])
    if row[-1:] == b"\\" and BLOCK.search(row):
        tag = read_tag(row)
        if tag.stamp_us == NO_TIME_US and not tag.station and not tag.group:
            return "checksum" if b"*" in row and not tag.sound else None
        return Before(tag, -1)
    return None


def _unsound(found: re.Match[bytes]) -> str | None:
    if found[3] is None:
        return "no_checksum"
    return None if exclusive_or(found[1]) == int(found[3], 16) else "checksum"


def _gatehouse(found: re.Match[bytes]) -> Before | str:
    """`year,month,day,hour,minute,second,ms,country,region,base station,online,checksum`."""
    fields = found[2].split(b",")
    if len(fields) < 12 or not all(f.isdigit() and len(f) <= 4 for f in fields[:7]):
        return "bad_companion"
    year, month, day, hour, minute, second, ms = (int(f) for f in fields[:7])
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return "bad_companion"
    at_us = from_datetime(at) + ms * 1000
    stamp_us = at_us if EARLIEST_US <= at_us < LATEST_US else NO_TIME_US
    base = printable(fields[9])
    checksum = fields[11]
    says = len(checksum) == 2 and not checksum.strip(b"0123456789abcdefABCDEF")
    tag = Tag(stamp_us, base if base.strip("0") else "")
    return Before(tag, int(checksum, 16) if says else -1)


def _signal(found: re.Match[bytes], head: bytes) -> Signal | str:
    """`station,link,hhmmss.ss,slot,level,noise`."""
    fields = found[2].split(b",")
    if len(fields) < 5:
        return "bad_companion"
    clock_us = -1
    if clock := _CLOCK.fullmatch(fields[2]):
        hour, minute, second = (int(clock[k]) for k in (1, 2, 3))
        fraction = (clock[4] or b"").decode().ljust(6, "0")[:6]
        clock_us = ((hour * 60 + minute) * 60 + second) * US_PER_S + int(fraction)
    level_db = float(fields[4]) if _LEVEL.fullmatch(fields[4]) else nan
    link, group = printable(fields[1]), read_tag(head).group
    return Signal(printable(fields[0]), link, clock_us, level_db, group)


@dataclass(slots=True)
class Held:
    """A whole message that waits for what is said of it behind it."""

    until: int
    """The last row of its feed that it waits for."""
    line: int
    """The row that completed it."""
    feed: int
    group: str
    link: str
    parts: list[Part]
    last: Part
    """The part that came last."""

    def fits(self, signal: Signal, line: int) -> bool:
        """Whether a VSI in the feed's row number `line` speaks of this message."""
        if signal.link and self.link and signal.link != self.link:
            return False
        if signal.group and self.group:
            return signal.group == self.group
        return line == self.line + 1


@dataclass(slots=True)
class FeedCompanions:
    """What waits in one feed that has sent companions."""

    feed: int
    ledger: Ledger
    signals: bool = False
    """Whether it has ever sent a VSI."""
    before: list[tuple[int, bytes, Before]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    def say(self, seq: int, row: bytes, before: Before) -> None:
        """A row that speaks of the sentence to come."""
        self.before.append((seq, row, before))
        if len(self.before) > BEFORE_MAX:
            self._unused(1)

    def taken(self, group: str, total: bytes, checksum: int) -> Tag:
        """A sound sentence came: all that was said before it, the nearest first."""
        said = Tag()
        for k in range(len(self.before) - 1, -1, -1):
            seq, _, before = self.before[k]
            other = group and before.tag.group and group != before.tag.group
            if other or (total == b"1" and before.checksum not in (-1, checksum)):
                continue
            said = said.backed(before.tag)
            self.ledger.decoded(seq, self.feed)
            del self.before[k]
        return said

    def end_before(self) -> None:
        """What was said before found no sentence."""
        self._unused(len(self.before))

    def _unused(self, count: int) -> None:
        for seq, row, _ in self.before[:count]:
            self.ledger.rejected(seq, self.feed, "companion_unused", row)
        del self.before[:count]

    def hold(self, held: Held) -> None:
        """A whole message waits for what may be said behind it."""
        self.held.append(held)
        if len(self.held) > HELD_MAX:
            self.held[0].until = 0

    def matched(self, signal: Signal, line: int) -> Held | None:
        """The message that a VSI speaks of, which then waits no more."""
        self.signals = True
        found = next((held for held in self.held if held.fits(signal, line)), None)
        if found is not None:
            self.held.remove(found)
        return found

    def due(self, line: int | None) -> list[Held]:
        """Messages that wait no longer when the feed comes to a row (None: whatever row)."""
        if not self.held:
            return []
        gone = [held for held in self.held if line is None or held.until <= line]
        self.held = [held for held in self.held if line is not None and held.until > line]
        return gone

    def save(self) -> State:
        """JSON values; bytes as Latin-1 text."""
        return {
            "signals": self.signals,
            "before": [
                [seq, row.decode("latin-1"), list(before.tag), before.checksum]
                for seq, row, before in self.before
            ],
            "held": [
                [h.until, h.line, h.feed, h.group, h.link, h.parts.index(h.last), _plain(h.parts)]
                for h in self.held
            ],
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave."""
        self.signals = bool(state["signals"])
        self.before = [
            (int(seq), str(row).encode("latin-1"), Before(Tag(*tag), int(checksum)))
            for seq, row, tag, checksum in state["before"]
        ]
        self.held = [_held(saved) for saved in state["held"]]


def _plain(parts: list[Part]) -> list[list[Any]]:
    return [plain_part(part) for part in parts]


def _held(saved: list[Any]) -> Held:
    until, line, feed, group, link, last, parts = saved
    own = [part_of(part) for part in parts]
    return Held(int(until), int(line), int(feed), str(group), str(link), own, own[int(last)])
