"""What ships with the house: its files, its zones and places; quick to import."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import mda
from mda.errors import MdaError
from zones.index import ZoneLibrary
from zones.own_versions import own_directories
from zones.places import PlaceLibrary


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


def cache_dir() -> Path:
    """Where the built zone index is kept from one start to the next: the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "caribsis" / "zones"


def load_zones(data: Path | None = None) -> ZoneLibrary:
    """The zone library that ships with the house, and the own zones in a node's directory."""
    return _load_zones(tuple(own_directories(data)) if data is not None else ())


@functools.cache
def _load_zones(own: tuple[Path, ...]) -> ZoneLibrary:
    # A version of own zones never changes, so its directory's name stands for what is in it.
    return ZoneLibrary.load(own=own, cache=cache_dir())


@functools.cache
def load_places() -> PlaceLibrary:
    """Ports, anchorages and other places where waiting is normal."""
    return PlaceLibrary.load()


@dataclass(frozen=True, slots=True)
class Waters:
    """Whose water, and where waiting is normal."""

    zones: ZoneLibrary
    places: PlaceLibrary


def bundled_waters(data: Path | None = None) -> Waters:
    """The zones and places that ship with the house, and the own zones in a node's directory."""
    return Waters(load_zones(data), load_places())
