"""The relay between a station's spool and a node's feed: nothing lost or doubled, in order."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from relay_parts import (
    LOOPBACK,
    Collecting,
    Forwarding,
    Middle,
    line_row,
    position,
    spool_at,
    station_feed,
    until,
)

from feeds import relay
from feeds.relay import Frame, Row, Standing, Unframer
from mda.clock import WallClock
from mda.decode import received_at
from mda.errors import FeedError
from mda.model import RowKind, SpoolMark, mark_of
from mda.store.spool import Spool

BARE = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
FIRST_PART = b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C"
LAST_PART = b"!AIVDM,2,2,1,A,88888888880,2*25"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    held = spool_at(tmp_path / "spool")
    yield held
    held.close()


def now_us() -> int:
    return WallClock().now_us()


# -- the road ---------------------------------------------------------------------------------
def test_rows_arrive_once_in_order_with_their_times_through_cuts(
    spool: Spool, tmp_path: Path
) -> None:
    base_us = now_us() - 3_600_000_000
    lines = [position(200_000_000 + i, -61.0, 15.0) for i in range(3000)]
    for first in range(0, 3000, 100):
        rows = [line_row(base_us + i * 1000, lines[i]) for i in range(first, first + 100)]
        spool.append(rows)
    feed = station_feed()
    node = Collecting(feed)
    middle = Middle(feed.port, piece_bytes=4096)
    station = Forwarding(spool, middle.port)
    for cut in range(1, 6):
        until(lambda cut=cut: len(node.lines()) > 400 * cut)
        middle.hang_up()
    until(lambda: RowKind.CONNECT in node.kinds())
    assert [line[line.rindex(b"!") :] for line in node.lines()] == lines
    assert [received_at(line) for line in node.lines()] == [
        (base_us + i * 1000) // 1000 * 1000 for i in range(3000)
    ]
    ordered = [row.kind for row in node.rows]
    before = ordered[: ordered.index(RowKind.CONNECT)]
    assert before.count(RowKind.LINE) == 3000, "it listens only once it has caught up"
    assert before.count(RowKind.DISCONNECT) >= 8
    marks = [mark_of(row.data) for row in node.rows if row.kind == RowKind.CONNECT]
    assert marks[0] == SpoolMark(spool.id, 3000)
    feed.stored(SpoolMark(spool.id, 3000))
    until(lambda: station.link.acked_seq == 3000)
    spool.append([line_row(now_us(), BARE)])
    until(lambda: len(node.lines()) == 3001)
    station.stop()
    node.stop()
    middle.stop()
    assert node.kinds()[-2:] == [RowKind.DISCONNECT] * 2


def test_a_node_that_begins_again_asks_for_what_it_lacks(spool: Spool) -> None:
    spool.append([line_row(now_us(), b"%d" % i) for i in range(10)])
    feed = station_feed()
    feed.had({spool.id: 6, "another": 40})
    node = Collecting(feed)
    station = Forwarding(spool, feed.port)
    until(lambda: RowKind.CONNECT in node.kinds())
    assert node.lines() == [b"6", b"7", b"8", b"9"]
    assert station.link.acked_seq == 6
    station.stop()
    node.stop()


def test_a_message_is_never_parted_by_a_cut(spool: Spool) -> None:
    spool.append([line_row(now_us(), BARE), line_row(now_us(), FIRST_PART)])
    feed = station_feed()
    node = Collecting(feed)
    cut = Middle(feed.port)
    station = Forwarding(spool, cut.port)
    until(lambda: len(node.lines()) >= 1)
    cut.hang_up()
    spool.append([line_row(now_us(), LAST_PART)])
    until(lambda: len(node.lines()) == 3)
    kinds = [row.kind for row in node.rows]
    lines = [i for i, kind in enumerate(kinds) if kind == RowKind.LINE]
    assert lines[2] == lines[1] + 1, "nothing stands between the parts"
    station.stop()
    cut.stop()
    node.stop()


def test_a_part_whose_companion_never_comes_is_taken_in_the_end(spool: Spool) -> None:
    spool.append([line_row(now_us(), FIRST_PART)] * 12)
    feed = station_feed()
    node = Collecting(feed)
    station = Forwarding(spool, feed.port)
    until(lambda: len(node.lines()) == 12)
    spool.append([line_row(now_us(), FIRST_PART)])
    until(lambda: len(node.lines()) == 13)
    until(lambda: RowKind.CONNECT in node.kinds())
    station.stop()
    node.stop()


def test_what_the_station_says_of_its_receivers_is_heard(spool: Spool) -> None:
    feed = station_feed()
    node = Collecting(feed)
    station = Forwarding(spool, feed.port, listening=0)
    spool.append([line_row(now_us(), BARE)._replace(kind=RowKind.START, data=b"")])
    until(lambda: any(b"START" in row.data for row in node.rows))
    assert RowKind.CONNECT not in node.kinds()
    station.listening = 1
    spool.append([line_row(now_us(), b'{"reason": "open"}')._replace(kind=RowKind.CONNECT)])
    until(lambda: RowKind.CONNECT in node.kinds())
    station.listening = 0
    until(lambda: b"its receivers are down" in node.rows[-1].data)
    assert node.rows[-1].kind == RowKind.DISCONNECT
    assert mark_of(node.rows[-1].data) == SpoolMark(spool.id, 2)
    station.stop()
    node.stop()


def test_rows_that_had_to_go_are_told_as_a_gap(tmp_path: Path) -> None:
    held = spool_at(tmp_path / "small", ceiling_bytes=20_000, segment_bytes=4000)
    for first in range(0, 1000, 10):
        held.append([line_row(now_us(), b"%060d" % i) for i in range(first, first + 10)])
    assert held.first_seq > 1
    assert held.lost_rows == held.first_seq - 1
    first_seq = held.first_seq
    feed = station_feed()
    feed.had({held.id: 5})
    node = Collecting(feed)
    station = Forwarding(held, feed.port)
    until(lambda: RowKind.CONNECT in node.kinds())
    gap = next(row for row in node.rows if row.kind == RowKind.SPOOL_GAP)
    assert f"lost {first_seq - 6} rows (6 to {first_seq - 1})".encode() in gap.data
    assert mark_of(gap.data) == SpoolMark(held.id, first_seq - 1)
    until(lambda: len(node.lines()) >= 1001 - first_seq)
    assert node.lines() == [b"%060d" % i for i in range(first_seq - 1, 1000)]
    station.stop()
    node.stop()
    held.close()


def test_a_spool_that_lost_what_the_node_has_begins_a_new_one(spool: Spool) -> None:
    spool.append([line_row(now_us(), b"old")])
    old = spool.id
    feed = station_feed()
    feed.had({old: 5})
    node = Collecting(feed)
    station = Forwarding(spool, feed.port)
    until(lambda: spool.id != old)
    until(lambda: RowKind.CONNECT in node.kinds())
    spool.append([line_row(now_us(), b"new")])
    # "old" was written since the spool was opened: its number was the node's, its row was not.
    until(lambda: node.lines() == [b"old", b"new"])
    station.stop()
    node.stop()


# -- who may, and who is dead -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("node_secret", "station_secret", "words"),
    [
        ("right", "wrong", "the node refused: wrong secret"),
        ("", "ours", "does not know the secret"),
    ],
)
def test_without_the_secret_nothing_passes(
    spool: Spool, node_secret: str, station_secret: str, words: str
) -> None:
    spool.append([line_row(now_us(), BARE)])
    feed = station_feed(secret=node_secret)
    node = Collecting(feed)
    station = Forwarding(spool, feed.port, secret=station_secret)
    until(lambda: words in station.link.last_error)
    station.stop()
    node.stop()
    assert node.lines() == []


def test_with_the_secret_it_does(spool: Spool) -> None:
    spool.append([line_row(now_us(), BARE)])
    feed = station_feed(secret="ours")
    node = Collecting(feed)
    station = Forwarding(spool, feed.port, secret="ours")
    until(lambda: len(node.lines()) == 1)
    station.stop()
    node.stop()


def test_only_the_station_and_the_addresses_that_are_named_come_in(spool: Spool) -> None:
    feed = station_feed(allow=["192.0.2.0/24"])
    node = Collecting(feed)
    station = Forwarding(spool, feed.port)
    until(lambda: feed.refused and station.link.last_error)
    station.stop()
    node.stop()
    feed = station_feed()
    node = Collecting(feed)
    station = Forwarding(spool, feed.port, station="Imposter")
    until(lambda: "expects station 'Edge'" in station.link.last_error)
    station.stop()
    node.stop()


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        relay.framed(Frame.BEAT),
        relay.spoken(
            Frame.HELLO, version=99, station="Edge", spool="x", first=1, nonce="", names=[]
        ),
        b"",
    ],
    ids=["foreign", "not a hello", "newer", "hangs up"],
)
def test_strangers_are_sent_away(said: bytes) -> None:
    feed = station_feed()
    node = Collecting(feed)
    with socket.create_connection((LOOPBACK, feed.port)) as link:
        link.sendall(said)
        if not said:
            link.shutdown(socket.SHUT_WR)
        until(lambda: feed.refused == 1)
    node.stop()
    assert feed.last_error


def test_a_stranger_who_says_nothing_does_not_block_the_door(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.relay_server.GREETING_S", 0.2)
    spool.append([line_row(now_us(), BARE)])
    feed = station_feed()
    node = Collecting(feed)
    with socket.create_connection((LOOPBACK, feed.port)):
        station = Forwarding(spool, feed.port)
        until(lambda: len(node.lines()) == 1)
    station.stop()
    node.stop()


def test_both_ends_notice_a_half_open_peer(spool: Spool) -> None:
    spool.append([line_row(now_us(), BARE)])
    feed = station_feed(dead_s=0.6)
    node = Collecting(feed)
    middle = Middle(feed.port)
    station = Forwarding(spool, middle.port, dead_s=0.6)
    until(lambda: RowKind.CONNECT in node.kinds())
    middle.swallow = True
    until(lambda: any(b"no heartbeat of the station" in row.data for row in node.rows))
    assert node.rows[-1].kind == RowKind.DISCONNECT
    until(lambda: "heartbeat" in station.link.last_error)
    middle.swallow = False
    spool.append([line_row(now_us(), BARE)])
    until(lambda: len(node.lines()) == 2)
    until(lambda: node.kinds()[-1] == RowKind.CONNECT)
    station.stop()
    middle.stop()
    node.stop()


def test_a_station_that_connects_anew_takes_the_place_of_its_old_connection(
    spool: Spool, tmp_path: Path
) -> None:
    spool.append([line_row(now_us(), BARE)])
    feed = station_feed()
    node = Collecting(feed)
    first = Forwarding(spool, feed.port)
    until(lambda: RowKind.CONNECT in node.kinds())
    other = spool_at(tmp_path / "other")
    other.append([line_row(now_us(), b"other")])
    first.link._patience = first.link._patience.__class__(retry_s=60.0)
    first.link._back_off = first.link._back_off.__class__(first.link._patience)
    second = Forwarding(other, feed.port)
    until(lambda: len(node.lines()) == 2)
    assert any(b"anew" in row.data or b"closed" in row.data for row in node.rows)
    first.stop()
    second.stop()
    node.stop()
    other.close()


def test_a_station_whose_rows_do_not_follow_is_hung_up(spool: Spool) -> None:
    feed = station_feed()
    node = Collecting(feed)
    with socket.create_connection((LOOPBACK, feed.port)) as link:
        frames = _greet(link)
        link.sendall(
            relay.framed(
                Frame.ROWS,
                relay.rows_body(Standing(9, now_us(), 1), [Row(9, now_us(), 0, 0, BARE)]),
            )
        )
        until(lambda: any(b"sent row 9 after row 0" in row.data for row in node.rows))
    assert frames
    node.stop()
    assert node.lines() == []


def test_a_station_that_falls_far_behind_is_not_said_to_listen() -> None:
    feed = station_feed()
    node = Collecting(feed)
    now = now_us()
    with socket.create_connection((LOOPBACK, feed.port)) as link:
        _greet(link)

        def send(standing: Standing, *rows: Row) -> None:
            link.sendall(relay.framed(Frame.ROWS, relay.rows_body(standing, list(rows))))

        send(Standing(1, now, 1), Row(1, now, 0, 0, BARE))
        until(lambda: node.kinds()[-1] == RowKind.CONNECT)
        send(Standing(900, now + 30_000_000, 1), Row(2, now, 0, 0, BARE))
        until(lambda: len(node.lines()) == 2 and feed.note == "30 s behind")
        assert node.kinds()[-1] == RowKind.CONNECT, "a little behind is no deafness"
        send(Standing(900, now + 90_000_000, 1), Row(3, now, 0, 0, BARE))
        until(lambda: node.kinds()[-1] == RowKind.DISCONNECT)
    node.stop()


def test_a_wrong_address_is_told_at_once() -> None:
    feed = station_feed()
    with pytest.raises(FeedError, match="cannot listen"):
        type(feed)("twin", 0, LOOPBACK, feed.port, WallClock(), received_at, station="x")
    feed.stop()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([], "closed the connection"),
        ([relay.framed(Frame.BEAT)], "does not speak"),
        ([b"SSH-2.0-x\r\n"], "does not speak"),
    ],
)
def test_what_is_no_node_is_told(spool: Spool, answers: list[bytes], words: str) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        station = Forwarding(spool, listener.getsockname()[1])
        link, _ = listener.accept()
        with link:
            link.recv(100)
            for answer in answers:
                link.sendall(answer)
            link.shutdown(socket.SHUT_WR)
            until(lambda: words in station.link.last_error)
        station.link.stop()
    station.stop()
    assert not station.link.connected


def _greet(link: socket.socket) -> Unframer:
    """The station's greeting, by hand."""
    frames = Unframer()

    def answer() -> bytes:
        while True:
            for _, body in frames.push(link.recv(4096)):
                return body

    link.sendall(
        relay.spoken(
            Frame.HELLO, version=1, station="Edge", spool="hand", first=1, nonce="n", names=[]
        )
    )
    nonce = json.loads(answer())["nonce"]
    link.sendall(
        relay.framed(Frame.PROOF, relay.proof("", "station", "Edge", "hand", ("n", nonce)))
    )
    assert json.loads(answer())["after"] is None
    return frames
