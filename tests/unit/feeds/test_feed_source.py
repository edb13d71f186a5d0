"""Source files: what they may say, and what is told of what they may not."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from feeds import FileFeed, Source, TcpFeed, UdpFeed, bundled, load_source, open_feed
from feeds.source import KINDS
from mda.clock import ReplayClock
from mda.decode import received_at
from mda.errors import FeedError
from mda.model import RowKind

SOURCES = Path(load_source.__code__.co_filename).parent / "sources"


def _toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_every_source_that_ships_is_sound() -> None:
    files = sorted(SOURCES.glob("*.toml"))
    assert {load_source(file).kind for file in files} == set(KINDS), "an example of every kind"
    for file in files:
        source = load_source(file)
        assert source == load_source(file.stem)
        assert source.name == file.stem
        assert source.kind == file.stem.removeprefix("example-") or source.kind == "file"
        assert source.station
        assert source.licence
        assert source.origin


def test_every_source_in_the_documentation_is_sound(tmp_path: Path, root: Path) -> None:
    page = (root / "docs" / "feeds.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    kinds = {load_source(_toml(tmp_path, text)).kind for text in blocks if "[node]" not in text}
    assert kinds == set(KINDS) - {"station"}


def test_caribewave_plays() -> None:
    source = load_source("caribewave")
    assert source.paths == (str(bundled("caribewave/log_ais_cw17.csv.log.gz")),)
    feed = open_feed(source, 1, ReplayClock(0, 0.0), received_at, resume_after=27_859)
    assert isinstance(feed, FileFeed)
    rows = list(feed)
    assert [row.kind for row in rows] == [
        RowKind.CONNECT,
        RowKind.LINE,
        RowKind.LINE,
        RowKind.DISCONNECT,
    ]
    assert rows[0].stored_at_us == received_at(rows[1].data)


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    source = load_source(_toml(tmp_path, 'kind = "file"\npaths = ["log.gz", "-"]'))
    assert source == Source("mine", "file", (str(tmp_path / "log.gz"), "-"))
    relayed = 'kind = "tcp"\nhost = "h"\nport = 1\nreach = "network"'
    assert load_source(_toml(tmp_path, relayed)).lateness_s == 30.0
    own = relayed + "\nlateness_s = 90"
    assert load_source(_toml(tmp_path, own)).lateness_s == 90


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "file"\npath = ["x"]', "a file source has no path.*Did you mean paths"),
        ('kind = "file"\nqqq = 1', "unknown key 'qqq'.*Known are: name"),
        ('kind = "seriel"', "kind cannot be 'seriel'.*Did you mean serial"),
        ("kind = 3", "kind cannot be '3'.*Known are: file, tcp"),
        ('paths = ["x"]', "kind cannot be ''.*Known are: file, tcp"),
        ('kind = "tcp"\nalow = ["h"]', "unknown key 'alow'"),
        ('kind = "udp"\nalow = ["h"]', "unknown key 'alow'.*Did you mean allow"),
        ('kind = "tcp"\nallow = ["h"]', "a tcp source has no allow"),
        ('kind = "follow"', "a follow source needs path"),
        ('kind = "follow"\npath = "x"\nbegin = "now"', "begin = 'now' is wrong.*start or end"),
        ('kind = "serial"\nbaud = 9600', "a serial source needs device"),
        ('kind = "serial"\nbaud = "9600"', "baud = '9600' is wrong.*a number from 50"),
        ('kind = "multicast"\ngroups = []', "a multicast source needs groups"),
        ('kind = "gpsd"\nhost = "h"\nsilence_s = 0', "silence_s = 0 is wrong"),
        ('kind = "gpsd"\nhost = "h"\nstation_lon_deg = 1', "go together"),
        ('kind = "gpsd"\nhost = "h"\nstation_lon_deg = 181', "degrees from -180 to 180"),
        ('kind = "file"', "a file source needs paths"),
        ('kind = "file"\npaths = []', "a file source needs paths"),
        ('kind = "tcp"\nhost = ""\nport = 4', "a tcp source needs host"),
        ('kind = "udp"\nhost = "h"', "a udp source needs port"),
        ('kind = "tcp"\nhost = "h"\nport = 70000', "port = 70000 is wrong.*0 to 65535"),
        ('kind = "tcp"\nhost = "h"\nport = true', "port = True is wrong"),
        ('kind = "file"\npaths = "x"', "paths = 'x' is wrong.*a list of texts"),
        ('kind = "file"\npaths = [1]', "a list of texts"),
        ('kind = "file"\nstation = 3', "station = 3 is wrong.*It wants a text"),
        ('kind = "file"\nlateness_s = -1', "lateness_s = -1 is wrong.*seconds from 0"),
        ('kind = "file"\nlateness_s = true', "lateness_s = True is wrong"),
        (
            'kind = "file"\nreach = "far"\npaths = ["x"]',
            "reach = 'far' is wrong.*direct or network",
        ),
        ('kind = "file"\npaths = ["data:none"]', "not among the bundled data"),
        ("kind = ", "not TOML"),
    ],
)
def test_a_source_that_is_wrong_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        load_source(_toml(tmp_path, text))
    assert re.search(message, str(caught.value)), str(caught.value)


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no such source") as caught:
        load_source("carribean")
    assert "caribewave" in str(caught.value)
    with pytest.raises(FeedError, match="no such source"):
        load_source(tmp_path / "none.toml")
    with pytest.raises(FeedError, match="cannot be read"):
        load_source(tmp_path)


def test_a_kind_of_every_sort_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ReplayClock(0, 0.0)
    place = {"host": "127.0.0.1"}
    sources = [
        Source("a", "tcp-server", **place),
        Source("b", "udp", **place),
        Source("c", "multicast", groups=("239.192.0.2:60002",), interface=("lo",)),
        Source("d", "serial", device=str(tmp_path / "none")),
        Source("e/ü", "follow", path=str(tmp_path / "log")),
        Source("f", "post", token_env="TOKEN_OF_A_TEST", **place),
        Source("g", "gpsd", **place),
        Source("h", "tcp", port=4001, **place),
    ]
    monkeypatch.setenv("TOKEN_OF_A_TEST", "secret")
    for source in sources:
        assert source.live
        feed = open_feed(source, 0, clock, received_at, state=tmp_path)
        assert feed.name == source.name
        feed.stop()
        assert list(feed) == []
    assert not Source("i", "file").live
    monkeypatch.delenv("TOKEN_OF_A_TEST")
    with pytest.raises(FeedError, match="token is not set"):
        open_feed(sources[5], 0, clock, received_at)


def test_sources_of_the_network_open_as_such() -> None:
    clock = ReplayClock(0, 0.0)
    shore = Source("shore", "tcp", host="127.0.0.1", port=4001)
    assert isinstance(open_feed(shore, 0, clock, received_at), TcpFeed)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    relay = open_feed(Source("relay", "udp", host="127.0.0.1", port=port), 0, clock, received_at)
    assert isinstance(relay, UdpFeed)
    assert relay.port == port
    relay.stop()
