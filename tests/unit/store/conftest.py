"""Rows and a clock for the store's tests."""

from __future__ import annotations

import pytest
from numbered_sea import START_US, Sea


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at_us = START_US

    def now_us(self) -> int:
        return self.at_us

    def sleep_until(self, at_us: int) -> None:
        self.at_us = max(self.at_us, at_us)


@pytest.fixture
def sea() -> type[Sea]:
    return Sea


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
