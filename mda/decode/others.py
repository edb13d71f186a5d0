"""Messages without columns, made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import overload

from mda.decode.messages import event_times
from mda.decode.noted import Others
from mda.model.lines import Other


class LateOthers(Sequence[Other]):
    """A batch's messages without columns, in the order of their rows.

    Few ask for them, and a Python object for each is what a dozen messages with columns cost. It
    holds on to the batch's lines.
    """

    def __init__(self, bulk: Others, found: list[Other], ahead_us: int) -> None:
        """`found`: those of the careful road."""
        self._bulk, self._found, self._ahead_us = bulk, found, ahead_us

    @cached_property
    def _made(self) -> list[Other]:
        bulk = self._bulk
        at_us, _ = event_times(bulk.stamp_us, bulk.stored_at_us(), self._ahead_us)
        return sorted([*self._found, *bulk.made(at_us)], key=lambda other: other.seq)

    def __len__(self) -> int:
        return len(self._bulk) + len(self._found)

    @overload
    def __getitem__(self, at: int) -> Other: ...
    @overload
    def __getitem__(self, at: slice) -> list[Other]: ...
    def __getitem__(self, at: int | slice) -> Other | list[Other]:
        return self._made[at]
