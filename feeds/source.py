"""Sources: which feed to open, by a TOML file in `feeds/sources/` or anywhere else.

name = "caribewave"            (its file's name, where left out)
kind = "tcp"                   one of `KINDS`; `feeds/sources/example-*.toml` shows each
station = "…"                  the station of lines that do not name theirs
station_lon_deg = -61.39       where its aerial stands
station_lat_deg = 15.30
reach = "direct" | "network"   a receiver of our own, or a feed that was relayed
lateness_s = 2.0               how late its reports may be at first (then it is measured)
silence_s = 600                how long nothing may come before it is taken for dead
origin = "…"  licence = "…"    where it comes from and what may be done with it
[columns]                      of decoded AIS in a table: which column is which (`feeds.tables`)

and what its kind needs and may have: `paths` are recordings (`data:` the bundled data, `-` standard
input), `path` a log, both relative to the TOML file; `allow` who may be heard.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import mda
from feeds.file import FileFeed
from feeds.follow import FollowFeed
from feeds.gpsd import GPSD_PORT, GpsdFeed
from feeds.keys import SPAN_MOST_S, TABLE, TEXT, TEXTS, Want, between, check, near, one_of, whole
from feeds.multicast import MulticastFeed
from feeds.patience import SILENCE_S, Patience
from feeds.post import PostFeed
from feeds.relay_server import StationFeed
from feeds.serial import BAUD, SerialFeed
from feeds.server import PEERS_MOST, ServerFeed
from feeds.tables import ColumnsFeed, TableFeed, column_map
from feeds.tcp import TcpFeed
from feeds.udp import UdpFeed
from mda.clock import Clock
from mda.errors import FeedError
from mda.model import Feed, LineClock
from mda.model.tables import ColumnMap

LATENESS_S: Final = {"direct": 2.0, "network": 30.0}
"""First lateness by reach, before any is measured (feeds.md: 0-2 s direct, to 120 s relayed)."""

WANTS: Final[Mapping[str, Want]] = {
    "name": TEXT,
    "kind": TEXT,
    "station": TEXT,
    "station_lon_deg": between(-180.0, 180.0, "degrees"),
    "station_lat_deg": between(-90.0, 90.0, "degrees"),
    "reach": one_of("direct", "network"),
    "lateness_s": between(0.0, 3600.0, "seconds"),
    "silence_s": between(1.0, SPAN_MOST_S, "seconds"),
    "origin": TEXT,
    "licence": TEXT,
    "columns": TABLE,
    "paths": TEXTS,
    "path": TEXT,
    "begin": one_of("start", "end"),
    "host": TEXT,
    "port": whole(0, 65_535),
    "allow": TEXTS,
    "most": whole(1, 1000),
    "groups": TEXTS,
    "interface": TEXTS,
    "device": TEXT,
    "baud": whole(50, 4_000_000),
    "token_env": TEXT,
    "secret_env": TEXT,
}
"""Every key that any source may have."""
_ALWAYS: Final = (
    "name",
    "kind",
    "station",
    "station_lon_deg",
    "station_lat_deg",
    "reach",
    "lateness_s",
    "origin",
    "licence",
    "columns",
)
"""Keys of every kind."""


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
    station_lon_deg: float | None = None
    station_lat_deg: float | None = None
    silence_s: float = SILENCE_S
    path: str = ""
    begin: str = "start"
    most: int = PEERS_MOST
    groups: tuple[str, ...] = ()
    interface: tuple[str, ...] = ()
    device: str = ""
    baud: int = BAUD
    token_env: str = ""
    secret_env: str = ""
    columns: ColumnMap | None = None
    """Which column is which, of a source whose lines are rows of a table."""

    @property
    def pressing(self) -> bool:
        """Whether its lines cannot wait until there is room for them."""
        return KINDS[self.kind].pressing

    @property
    def live(self) -> bool:
        """Whether it goes on as long as the node does: no recording."""
        return KINDS[self.kind].live


@dataclass(frozen=True, slots=True)
class Opening:
    """What a feed is opened with, beside its source."""

    code: int
    clock: Clock
    stamp: LineClock
    resume_after: int = 0
    """Lines of it that are in the log already."""
    state: Path | None = None
    """A directory of the node's for what a feed must remember."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which lines reach us."""

    open: Callable[[Source, Opening], Feed]
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    live: bool = True
    pressing: bool = False
    """Its lines cannot wait: nobody sends a datagram again."""


def _patience(source: Source) -> Patience:
    return Patience(silence_s=source.silence_s)


def _file(source: Source, how: Opening) -> Feed:
    name, code, stamp, clock = source.name, how.code, how.stamp, how.clock
    if source.columns is not None:
        columns, had = source.columns, how.resume_after
        return TableFeed(name, code, source.paths, stamp, clock, columns=columns, resume_after=had)
    return FileFeed(name, code, source.paths, stamp, clock, resume_after=how.resume_after)


def _tcp(source: Source, how: Opening) -> Feed:
    place = (source.host, source.port)
    return TcpFeed(source.name, how.code, *place, how.clock, patience=_patience(source))


def _tcp_server(source: Source, how: Opening) -> Feed:
    return ServerFeed(
        source.name,
        how.code,
        source.host,
        source.port,
        how.clock,
        allow=source.allow,
        most=source.most,
        patience=_patience(source),
    )


def _udp(source: Source, how: Opening) -> Feed:
    return UdpFeed(
        source.name,
        how.code,
        source.host,
        source.port,
        how.clock,
        allow=source.allow,
        patience=_patience(source),
    )


def _multicast(source: Source, how: Opening) -> Feed:
    return MulticastFeed(
        source.name,
        how.code,
        source.groups,
        how.clock,
        interface=source.interface,
        allow=source.allow,
        patience=_patience(source),
    )


def _serial(source: Source, how: Opening) -> Feed:
    name, baud, patience = source.name, source.baud, _patience(source)
    return SerialFeed(name, how.code, source.device, how.clock, baud=baud, patience=patience)


def _follow(source: Source, how: Opening) -> Feed:
    letters = "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in source.name)
    return FollowFeed(
        source.name,
        how.code,
        source.path,
        how.clock,
        resume_after=how.resume_after,
        bookmark=how.state / f"{letters}.bookmark" if how.state else None,
        from_end=source.begin == "end",
        patience=_patience(source),
    )


def _post(source: Source, how: Opening) -> Feed:
    return PostFeed(
        source.name,
        how.code,
        source.host,
        source.port,
        how.clock,
        allow=source.allow,
        token=_told_by_environment(source, source.token_env, "token"),
        patience=_patience(source),
    )


def _station(source: Source, how: Opening) -> Feed:
    return StationFeed(
        source.name,
        how.code,
        source.host,
        source.port,
        how.clock,
        how.stamp,
        station=source.station,
        allow=source.allow,
        secret=_told_by_environment(source, source.secret_env, "secret"),
    )


def _told_by_environment(source: Source, variable: str, what: str) -> str:
    """The value of the variable that a source names; empty where it names none."""
    value = os.environ.get(variable, "") if variable else ""
    if variable and not value:
        do = f"Set {variable} in the environment, or leave {what}_env out"
        raise FeedError(f"its {what} is not set", where=source.name, do=do)
    return value


def _gpsd(source: Source, how: Opening) -> Feed:
    place = (source.host, source.port or GPSD_PORT)
    return GpsdFeed(source.name, how.code, *place, how.clock, patience=_patience(source))


_PLACE: Final = ("host", "port")
KINDS: Final[Mapping[str, Kind]] = {
    "file": Kind(_file, ("paths",), live=False),
    "tcp": Kind(_tcp, _PLACE, ("silence_s",)),
    "tcp-server": Kind(_tcp_server, _PLACE, ("allow", "most", "silence_s")),
    "udp": Kind(_udp, _PLACE, ("allow", "silence_s"), pressing=True),
    "multicast": Kind(_multicast, ("groups",), ("interface", "allow", "silence_s"), pressing=True),
    "serial": Kind(_serial, ("device",), ("baud", "silence_s")),
    "follow": Kind(_follow, ("path",), ("begin", "silence_s")),
    "post": Kind(_post, _PLACE, ("allow", "token_env", "silence_s")),
    "station": Kind(_station, (*_PLACE, "station"), ("allow", "secret_env")),
    "gpsd": Kind(_gpsd, ("host",), ("port", "silence_s")),
}
"""Every way in which lines reach us: adding one is one entry here (and its keys in `WANTS`)."""


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
    file = _named(source)
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
    source: Source,
    code: int,
    clock: Clock,
    stamp: LineClock,
    *,
    resume_after: int = 0,
    state: Path | None = None,
) -> Feed:
    """The feed that a source names; `stamp` and pacing are for recordings.

    `resume_after` lines of a recording or a followed log are left out; `state` is a directory in
    which the node's feeds may keep what they must remember. Raises FeedError where it cannot be.
    """
    how = Opening(code, clock, stamp, resume_after, state)
    feed = KINDS[source.kind].open(source, how)
    if source.columns is not None and source.live:
        return ColumnsFeed(feed, source.columns)
    return feed


def _names() -> Iterator[str]:
    return (file.stem for file in (Path(__file__).parent / "sources").glob("*.toml"))


def _named(source: str | Path) -> Path:
    if isinstance(source, str) and source.replace("-", "_").isidentifier():
        return Path(__file__).parent / "sources" / f"{source}.toml"
    return Path(source)


def _checked(tree: dict[str, Any], file: Path) -> Source:
    where = str(file)
    kind = str(tree.get("kind", ""))
    if kind not in KINDS:
        do = near(kind, KINDS) if kind else "Known are: " + ", ".join(KINDS)
        raise FeedError(f"kind cannot be {kind!r}", where=where, do=do)
    known = (*_ALWAYS, *KINDS[kind].needs, *KINDS[kind].may)
    for key, value in tree.items():
        if key not in WANTS:
            raise FeedError(f"unknown key {key!r}", where=where, do=near(key, known))
        if key not in known:
            raise FeedError(f"a {kind} source has no {key}", where=where, do=near(key, known))
        check(key, value, WANTS[key], where)
    for key in KINDS[kind].needs:
        if tree.get(key) in (None, "", []):
            raise FeedError(f"a {kind} source needs {key}", where=where)
    if ("station_lon_deg" in tree) != ("station_lat_deg" in tree):
        what = "station_lon_deg and station_lat_deg go together"
        raise FeedError(what, where=where, do="Write both, or none")
    return Source(**_filled(tree, file))


def _filled(tree: dict[str, Any], file: Path) -> dict[str, Any]:
    """A checked source's values, those left out that another decides, and paths from its file."""
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in tree.items()}
    filled: dict[str, Any] = {"name": file.stem, **values}
    filled.setdefault("lateness_s", LATENESS_S[filled.get("reach", "direct")])
    if "columns" in filled:
        filled["columns"] = column_map(filled["columns"], str(file))
    if "paths" in filled:
        filled["paths"] = tuple(_resolved(path, file) for path in filled["paths"])
    if "path" in filled:
        filled["path"] = str(file.parent / filled["path"])
    return filled


def _resolved(path: str, file: Path) -> str:
    if path == "-":
        return path
    if path.startswith("data:"):
        return str(bundled(path.removeprefix("data:")))
    return str(file.parent / path)
