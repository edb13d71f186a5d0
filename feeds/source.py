"""Sources: which feed to open, by a TOML file in `feeds/sources/` or anywhere else.

name = "caribewave"            kind = "file" | "tcp" | "udp"
paths = ["data:caribewave/…"]  (file; `data:` is the bundled data, else relative to the TOML)
host = "…"  port = 4001        (tcp, udp)     allow = ["192.0.2.0/24"]  (udp)
station = "…"                  the station of lines that do not name theirs
reach = "direct" | "network"   a receiver of our own, or a feed that was relayed
lateness_s = 2.0               how late its reports may be at first (then it is measured)
origin = "…"  licence = "…"    where it comes from and what may be done with it
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import mda
from feeds.file import FileFeed
from feeds.tcp import TcpFeed
from feeds.udp import UdpFeed
from mda.clock import Clock
from mda.errors import FeedError
from mda.model import Feed, LineClock

LATENESS_S: Final = {"direct": 2.0, "network": 30.0}
"""First lateness by reach, before any is measured (feeds.md: 0-2 s direct, to 120 s relayed)."""
LATENESS_MOST_S: Final = 3600.0
_TEXTS: Final = ("name", "kind", "host", "station", "reach", "origin", "licence")
_LISTS: Final = ("paths", "allow")


@dataclass(frozen=True, slots=True)
class Source:
    """One source, checked."""

    name: str
    kind: str
    paths: tuple[str, ...] = ()
    host: str = ""
    port: int = 0
    allow: tuple[str, ...] = ()
    station: str = ""
    reach: str = "direct"
    lateness_s: float = LATENESS_S["direct"]
    origin: str = ""
    licence: str = ""


def bundled(path: str) -> Path:
    """A file of the data that ships with the project, in the wheel or in a checkout."""
    for root in (Path(mda.__file__).parent / "data", Path(__file__).parent.parent / "data"):
        if (root / path).exists():
            return root / path
    raise FeedError("not among the bundled data", where=path)


def load_source(source: str | Path) -> Source:
    """A source by its name in `feeds/sources/` or by the path of its TOML file.

    Raises FeedError with the file and what to do.
    """
    file = _file(source)
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(_names()))
        raise FeedError("no such source", where=str(source), do=f"Known are: {known}") from error
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FeedError(f"not TOML: {error}", where=str(file)) from error
    return _checked(tree, file)


def open_feed(
    source: Source, code: int, clock: Clock, stamp: LineClock, *, resume_after: int = 0
) -> Feed:
    """The feed that a source names; `stamp`, `resume_after` and pacing are for recordings."""
    if source.kind == "file":
        return FileFeed(source.name, code, source.paths, stamp, clock, resume_after=resume_after)
    if source.kind == "tcp":
        return TcpFeed(source.name, code, source.host, source.port, clock)
    return UdpFeed(source.name, code, source.host, source.port, clock, allow=source.allow)


def _names() -> Iterator[str]:
    return (file.stem for file in (Path(__file__).parent / "sources").glob("*.toml"))


def _file(source: str | Path) -> Path:
    if isinstance(source, str) and source.replace("-", "_").isidentifier():
        return Path(__file__).parent / "sources" / f"{source}.toml"
    return Path(source)


def _checked(tree: dict[str, Any], file: Path) -> Source:
    where = str(file)
    known = [field.name for field in fields(Source)]
    for key in tree:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            do = f"Did you mean {near[0]}?" if near else "Known are: " + ", ".join(known)
            raise FeedError(f"unknown key {key!r}", where=where, do=do)
    for key, value in tree.items():
        _check_type(key, value, where)
    values: dict[str, Any] = {
        key: tuple(value) if key in _LISTS else value for key, value in tree.items()
    }
    values.setdefault("name", file.stem)
    reach = values.setdefault("reach", "direct")
    if reach not in LATENESS_S:
        raise FeedError(f"reach cannot be {reach!r}", where=where, do="Write direct or network")
    values.setdefault("lateness_s", LATENESS_S[reach])
    _check_kind(values, where)
    values["paths"] = tuple(_resolved(path, file) for path in values.get("paths", ()))
    return Source(**values)


def _check_type(key: str, value: Any, where: str) -> None:
    if key in _TEXTS:
        good, wanted = isinstance(value, str), "a text"
    elif key in _LISTS:
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        wanted = "a list of texts"
    elif key == "port":
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65_535
        wanted = "a number from 0 to 65535"
    else:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        good = good and 0.0 <= float(value) <= LATENESS_MOST_S
        wanted = f"seconds from 0 to {LATENESS_MOST_S:.0f}"
    if not good:
        raise FeedError(f"{key} = {value!r} is wrong", where=where, do=f"It wants {wanted}")


def _check_kind(values: dict[str, Any], where: str) -> None:
    kind = values.get("kind")
    needed = {"file": ("paths",), "tcp": ("host", "port"), "udp": ("host", "port")}
    if kind not in needed:
        raise FeedError(f"kind cannot be {kind!r}", where=where, do="Write file, tcp or udp")
    for key in needed[kind]:
        if key not in values or values[key] in ("", ()):
            raise FeedError(f"a {kind} source needs {key}", where=where)


def _resolved(path: str, file: Path) -> str:
    if path == "-":
        return path
    if path.startswith("data:"):
        return str(bundled(path.removeprefix("data:")))
    return str(file.parent / path)
