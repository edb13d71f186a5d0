"""Which adjacent pairs of sentences are surely one message: nothing before could claim a part.

The careful road puts parts together by key (`assembly`). A pair in adjacent rows is what it looks
like unless, when it comes, something waits on its key, or was refused there as ambiguous. This
walks over the parts that are in no pair ("loose") and says which pairs are free of that, and which
two loose parts surely meet, a few lines apart; in doubt none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from mda.clock import NO_TIME_US
from mda.decode.limits import Limits

ANYTHING: Final = -1
"""Key of a row that may hold any part."""


class Loose(NamedTuple):
    """A part in no pair, or a row that may hold one."""

    line: int
    """Its number among its feed's lines."""
    key: int
    half: int
    """1 or 2 of a message of two parts, if nothing about it is odd; else 0."""
    at: int
    """What the caller knows it by."""
    controls: int
    """Rows that are no lines before it."""
    name: int
    stamp_us: int
    stored_at_us: int


class Pair(NamedTuple):
    """Two halves in adjacent rows."""

    line: int
    """Of the first half."""
    key: int
    second: int
    """What the caller knows the second half by."""
    name: int
    stored_at_us: tuple[int, int]
    """Of both halves."""


class _Ended(NamedTuple):
    """A message that ended."""

    line: int
    second: int
    newer: int
    """How many messages of its source had begun."""


class Claims:
    """What is claimed in one feed while its lines pass."""

    def __init__(
        self, begun: Iterable[int], limits: Limits, alike: Callable[[int, int], bool]
    ) -> None:
        """`begun`: keys on which parts wait from before. `alike`: whether two sentences, by what
        the caller knows them by, have the same payload."""
        self.met: list[tuple[int, int]] = []
        """First and second halves that surely meet, by what the caller knows them by."""
        self._last = dict.fromkeys(begun, 0)
        self._open: dict[int, Loose] = {}
        self._ended: dict[tuple[int, int], deque[_Ended]] = {}
        """By key and station's name, the messages that ended there lately."""
        self._begun: dict[tuple[int, int], int] = {}
        """By talker and station's name, how many messages have surely begun."""
        self._told: deque[tuple[int, int]] = deque()
        """Line and stored time of the last parts, which make what is too old go."""
        self._alike = alike
        self._wait_lines, self._wait_us = limits.wait_lines, limits.wait_us
        self._wait_newer = 2 * limits.wait_newer
        """Twice, because a message that ended later may have begun earlier, a few lines apart."""
        self._near_lines = min(limits.wait_newer, limits.wait_lines)
        """Halves that are no further apart: fewer messages of their source began between them than
        it takes to give one up."""

    def free(self, pairs: Iterable[Pair], parts: Iterable[Loose]) -> list[bool]:
        """Which pairs are free, given all loose parts."""
        found = []
        waiting = deque(parts)
        for pair in pairs:
            while waiting and waiting[0].line < pair.line:
                self._pass(waiting.popleft())
            found.append(not self._claimed(pair.line, pair.key))
            self._tell(pair.line, *pair.stored_at_us)
            if found[-1]:
                self._end(pair.line + 1, pair.key, pair.name, pair.second)
            else:  # it is two more parts, with which a later one might have to do
                self._last[pair.key] = pair.line + 1
                self._open.pop(pair.key, None)
        for part in waiting:
            self._pass(part)
        return found

    def _tell(self, line: int, *stored_at_us: int) -> None:
        """Parts say what time it is."""
        self._told += ((line, at_us) for at_us in stored_at_us)
        while line - self._told[0][0] > self._near_lines:
            self._told.popleft()

    def _end(self, line: int, key: int, name: int, second: int) -> None:
        """A message has ended."""
        source = key >> 16, name
        self._begun[source] = self._begun.get(source, 0) + 1
        ended = self._ended.setdefault((key, name), deque())
        ended.append(_Ended(line, second, self._begun[source]))

    def _repeats(self, part: Loose) -> bool:
        """Whether a second half may be a duplicate of one that the assembly remembers."""
        ended = self._ended.get((part.key, part.name), deque())
        begun = self._begun.get((part.key >> 16, part.name), 0) - self._wait_newer
        while ended and (
            part.line - ended[0].line > self._wait_lines + 1 or ended[0].newer <= begun
        ):
            ended.popleft()
        return any(self._alike(part.at, one.second) for one in ended)

    def _claimed(self, line: int, key: int) -> bool:
        """Whether something may wait on a key at a line of the feed."""
        never = -self._wait_lines - 2
        since = max(self._last.get(key, never), self._last.get(ANYTHING, never))
        return line - since <= self._wait_lines + 1

    def _pass(self, part: Loose) -> None:
        """A loose part comes by: its key is claimed, unless it ends what the other half began."""
        begun = self._open.pop(part.key, None)
        self._tell(part.line, part.stored_at_us)
        if part.half == 2 and begun is not None and self._meet(begun, part):
            del self._last[part.key]
            self.met.append((begun.at, part.at))
            self._end(part.line, part.key, part.name, part.at)
            return
        if part.half == 1 and not self._claimed(part.line, part.key):
            self._open[part.key] = part
        self._last[part.key] = part.line

    def _meet(self, one: Loose, two: Loose) -> bool:
        """Whether the assembly surely puts two halves together; nothing else was on their key.

        A second half that repeats the one of a message that ended lately may pass for its
        duplicate; of what ended before the first of these lines nothing is known here.
        """
        return (
            one.line > self._wait_lines + 1
            and one.name == two.name
            and not self._repeats(two)
            and two.line - one.line <= self._near_lines
            and two.controls == one.controls
            and self._last.get(ANYTHING, -1) < one.line
            and self._near(one.stamp_us, two.stamp_us)
            and all(
                self._near(one.stored_at_us, at_us)
                for line, at_us in self._told
                if line >= one.line
            )
        )

    def _near(self, one_us: int, other_us: int) -> bool:
        return NO_TIME_US in (one_us, other_us) or abs(one_us - other_us) <= self._wait_us
