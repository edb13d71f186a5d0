"""The keys that a source file may have: what each wants, and what is told where it has another."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from mda.errors import FeedError

SPAN_MOST_S: Final = 604_800.0
"""A week: longer waits are mistakes."""


@dataclass(frozen=True, slots=True)
class Want:
    """What a key wants, in words, and whether a value is that."""

    words: str
    suits: Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def between(least: float, most: float, what: str) -> Want:
    """A number from `least` to `most`."""
    words = f"{what} from {least:g} to {most:.0f}"
    return Want(words, lambda value: _number(value) and least <= value <= most)


def whole(least: int, most: int) -> Want:
    """A whole number from `least` to `most`."""
    return Want(
        f"a number from {least} to {most}",
        lambda value: _number(value) and isinstance(value, int) and least <= value <= most,
    )


def one_of(*texts: str) -> Want:
    """One of some words."""
    return Want(" or ".join(texts), lambda value: value in texts)


TEXT: Final = Want("a text", lambda value: isinstance(value, str))
TEXTS: Final = Want(
    "a list of texts",
    lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
)
TABLE: Final = Want("a table", lambda value: isinstance(value, dict))


def near(word: str, known: Iterable[str]) -> str:
    """Did you mean …, or what is known."""
    words = list(known)
    found = difflib.get_close_matches(word, words, n=1)
    return f"Did you mean {found[0]}?" if found else "Known are: " + ", ".join(words)


def check(key: str, value: Any, want: Want, where: str) -> None:
    """Raises FeedError where a value is not what its key wants."""
    if not want.suits(value):
        raise FeedError(f"{key} = {value!r} is wrong", where=where, do=f"It wants {want.words}")
