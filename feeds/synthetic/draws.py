"""Chance that depends on nothing but its counters: the same seed gives the same bytes, anywhere.

A draw is a hash of (key, i, j), never the next number of a stream: nothing changes because
something else was drawn before it, or because the work was cut differently. Kernels, columns and
plain Python give the same numbers. The mixer is the 32-bit multiply and xor-shift hash with
multiplier 0x45D9F3B; its products stay below 2**63, so that no sign and no overflow is mixed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import cos, floor, log, pi, sqrt
from typing import Final, TypeVar

from mda.geo.kernel import kernel, whole

T = TypeVar("T")
_MASK: Final = 0xFFFFFFFF
_FACTOR: Final = 0x45D9F3B
_ODD: Final = 0x9E3779B9


@kernel
def mixed(x: int) -> int:
    """32 bits in, 32 well-mixed bits out."""
    x = (((x >> 16) ^ x) * _FACTOR) & _MASK
    x = (((x >> 16) ^ x) * _FACTOR) & _MASK
    return (x >> 16) ^ x


@kernel
def uniform(key: int, i: int, j: int) -> float:
    """A number between 0 and 1 (both excluded) for the counters (i, j) of a key."""
    x = mixed((key ^ (whole(i) & _MASK)) & _MASK)
    x = mixed((x + _ODD + ((whole(i) >> 32) & _MASK)) & _MASK)
    x = mixed((x ^ (whole(j) & _MASK)) & _MASK)
    return (x + 0.5) / 4294967296.0


@kernel
def normal(key: int, i: int, j: int) -> float:
    """A standard normal number for the counters (i, j): Box and Muller's cosine branch."""
    return sqrt(-2.0 * log(uniform(key, i, 2 * j))) * cos(2.0 * pi * uniform(key, i, 2 * j + 1))


@kernel
def wander(key: int, i: int, at_s: float, tau_s: float) -> float:
    """A slow noise of variance 1 at an instant: normal numbers each `tau_s`, blended between.

    The blend (cosine weights, scaled) keeps the variance the same at every instant.
    """
    place = at_s / tau_s
    knot = floor(place)
    turn = (place - knot) * pi / 2.0
    return cos(turn) * normal(key, i, knot) + cos(pi / 2.0 - turn) * normal(key, i, knot + 1)


def key_of(*names: object) -> int:
    """A key of 32 bits for a seed and whatever names a purpose.

    >>> key_of(7, "fading") == key_of(7, "fading"), key_of(7, "a") == key_of(7, "b")
    (True, False)
    """
    text = "\x1f".join(map(str, names)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "little")


class Draws:
    """Draws one after another under a name, for planning; children draw independently."""

    def __init__(self, *names: object) -> None:
        self._names = names
        self._key = key_of(*names)
        self._next = 0

    def child(self, *names: object) -> Draws:
        """Draws of their own: they do not depend on how many were taken here."""
        return Draws(*self._names, *names)

    def between(self, low: float, high: float) -> float:
        """A number between two."""
        self._next += 1
        return low + (high - low) * float(uniform(self._key, self._next, 0))

    def normal(self) -> float:
        """A standard normal number."""
        self._next += 1
        return float(normal(self._key, self._next, 1))

    def chance(self, p: float) -> bool:
        """True with probability `p`."""
        return self.between(0.0, 1.0) < p

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return min(high, floor(self.between(low, high + 1)))

    def pick(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.whole(0, len(among) - 1)]
