"""How the parts of a node are put together: the one place that knows them all."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import mda
from mda.clock import WallClock
from mda.config import Config
from mda.errors import MdaError
from mda.units import US_PER_H, US_PER_S, microseconds
from zones.index import ZoneLibrary
from zones.places import PlaceLibrary

CANNOT_SEE = (
    "Small boats carry no AIS: pirogues, go-fasts, migrant sloops and most fishing boats are not here.",
    "Beyond the receivers' horizon nothing is heard; an empty sea here is not an empty sea.",
    "A silence is not a crime: no reception model is learnt yet, so terrain, range and power cuts are not ruled out.",
    "Names, flags and types are claims that a ship makes of itself.",
    "Zone lines are simplified (± 3 km) and some are disputed; they are no legal limits.",
)
"""What every page says that this picture does not show."""


def package_dir(name: str) -> Path:
    """A directory shipped with the package: beside it in a wheel, at the root in a checkout."""
    inside = Path(mda.__file__).parent / name
    return inside if inside.is_dir() else Path(mda.__file__).parent.parent / name


def data_file(*parts: str) -> Path:
    """A bundled data file. MdaError where this installation has none."""
    path = package_dir("data").joinpath(*parts)
    if not path.exists():
        raise MdaError("a bundled data file is missing", where=str(path), do="Install again")
    return path


def page_dir() -> Path:
    """The built page."""
    path = Path(mda.__file__).parent / "server" / "page"
    if not (path / "index.html").is_file():
        raise MdaError("the page is not built", where=str(path), do="Run `make demo` once")
    return path


def version() -> str:
    """The installed version."""
    return metadata.version("caribsis")


@functools.cache
def load_zones() -> ZoneLibrary:
    """The zone library that ships with the house."""
    return ZoneLibrary.load()


@functools.cache
def load_places() -> PlaceLibrary:
    """Ports, anchorages and other places where waiting is normal."""
    return PlaceLibrary.load()
