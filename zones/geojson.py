"""Reading GeoJSON fast: coordinates as NumPy arrays, everything else as plain JSON.

A zone file is nearly all coordinates, and a general JSON parser turns each number into an object.
Here every `coordinates` value is cut out of the text and read by a kernel; the small rest goes
through `json`. Nesting (which ring is whose hole) is not kept: the even-odd rule over all rings of
a feature says the same.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mda.errors import ZoneError
from mda.geo.kernel import kernel, whole
from mda.model.reports import F64, I64, U8

_COORDINATES = re.compile(rb'"coordinates"\s*:\s*(\[[\[\]0-9eE+\-.,\s]*\])')


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: id, properties, and rings or lines, each (n, 2) of lon, lat in degrees."""

    id: str
    properties: dict[str, Any]
    rings: tuple[F64, ...]


def read_bytes(path: Path) -> bytes:
    """The file's bytes, unpacked where the name ends in .gz; ZoneError where it cannot be read."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError as error:
        raise ZoneError("no such zone file", where=path.name) from error
    except (OSError, EOFError) as error:
        raise ZoneError(f"cannot be read ({error})", where=path.name) from error


@kernel
def _number(text: U8, at: int) -> tuple[float, int]:
    """The decimal number that starts at `at`, and where it ends.

    Mantissa and power of ten are both exact below 2**53 and 1e22, so one division rounds right.
    """
    negative = text[at] == 45
    mantissa = 0
    digits = 0
    power = 0
    fraction = False
    if text[at] == 45 or text[at] == 43:
        at += 1
    while at < text.size:
        c = int(text[at])
        if 48 <= c <= 57:
            if digits < 18:
                mantissa = mantissa * 10 + (c - 48)
                digits += 1 if mantissa > 0 else 0
                power -= 1 if fraction else 0
            elif not fraction:
                power += 1
        elif c == 46:
            fraction = True
        else:
            break
        at += 1
    if at < text.size and (text[at] == 101 or text[at] == 69):
        exponent, at = _number(text, at + 1)
        power += int(exponent)
    value = mantissa * 10.0**power if power >= 0 else mantissa / 10.0**-power
    return (-value if negative else value), at


@kernel
def _scan(text: U8, out: F64, ends: I64) -> tuple[int, int, bool]:
    """Read one `coordinates` value: numbers to `out`, positions read at each ring's end to `ends`.

    Returns how many positions and rings there are, and whether every position is a pair.
    """
    positions = rings = held = at = whole(0)
    closed_position = False
    while at < text.size:
        c = text[at]
        if c == 91:
            held = 0
        elif c == 93:
            if held > 0:
                if held != 2:
                    return positions, rings, False
                positions += 1
                closed_position = True
                held = 0
            elif closed_position:
                ends[rings] = positions
                rings += 1
                closed_position = False
        elif c == 43 or c == 45 or 48 <= c <= 57:
            out[2 * positions + held], at = _number(text, at)
            held += 1
            if held > 2:
                return positions, rings, False
            continue
        at += 1
    return positions, rings, not closed_position


def _rings(text: bytes, where: str) -> tuple[F64, ...]:
    """The rings (or lines) of one `coordinates` value, whatever their nesting."""
    out = np.empty(2 * text.count(b"]") + 4, dtype=np.float64)
    ends = np.empty(text.count(b"]") + 1, dtype=np.int64)
    positions, rings, sound = _scan(np.frombuffer(text, dtype=np.uint8), out, ends)
    if not sound or rings == 0:
        raise ZoneError("a ring is not a list of longitudes and latitudes", where=where)
    return tuple(np.split(out[: 2 * positions].reshape(-1, 2).copy(), ends[: rings - 1]))


def parse_features(data: bytes, where: str) -> list[Feature]:
    """The features of a GeoJSON FeatureCollection of (multi)polygons or (multi)lines."""
    spans: list[bytes] = []

    def cut(match: re.Match[bytes]) -> bytes:
        spans.append(match.group(1))
        return b'"coordinates":%d' % (len(spans) - 1)

    try:
        body = json.loads(_COORDINATES.sub(cut, data))
    except ValueError as error:
        raise ZoneError(f"is not GeoJSON ({error})", where=where) from error
    if not isinstance(body, dict) or not isinstance(body.get("features"), list):
        raise ZoneError("is not a GeoJSON FeatureCollection", where=where)
    features: list[Feature] = []
    for row in body["features"]:
        number = (row.get("geometry") or {}).get("coordinates")
        if not isinstance(number, int) or number >= len(spans):
            raise ZoneError(f"feature {row.get('id')!r} has no readable geometry", where=where)
        rings = _rings(spans[number], where)
        features.append(Feature(str(row.get("id", "")), row.get("properties") or {}, rings))
    return features


def read_features(path: Path) -> list[Feature]:
    """The features of a GeoJSON file, plain or gzipped."""
    return parse_features(read_bytes(path), path.name)
