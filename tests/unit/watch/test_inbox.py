"""The inbox: who can wait waits, and what is dropped for those who cannot is by rule, counted."""

from __future__ import annotations

import threading
import time

import pytest
from pyais.encode import encode_dict

from mda.model import RowKind, Sentence
from mda.watch.inbox import Inbox, droppable

UDP, TCP = 1, 2


def sentence(message: dict[str, object]) -> bytes:
    return encode_dict(message, talker_id="AI", radio_channel="A")[0].encode()


def position(mmsi: int, **more: object) -> bytes:
    return sentence({"type": 1, "mmsi": mmsi, "lon": -61.0, "lat": 15.0, **more})


def row(data: bytes, feed: int = UDP, kind: RowKind = RowKind.LINE) -> Sentence:
    return Sentence(kind, feed, 0, data)


STATIC = sentence({"type": 24, "partno": 0, "mmsi": 329000001, "shipname": "X"})
TEXT_TO = sentence({"type": 12, "mmsi": 329000001, "dest_mmsi": 1, "text": "MAYDAY"})
TEXT_ALL = sentence({"type": 14, "mmsi": 329000001, "text": "SART TEST"})
SART, MOB, EPIRB = (position(mmsi) for mmsi in (970_000_001, 972_000_001, 974_000_001))
STATUS_14 = position(329000002, status=14)
AID = sentence({"type": 21, "mmsi": 992351000, "lon": -61.0, "lat": 15.0, "name": "BUOY"})
BASE = sentence({"type": 4, "mmsi": 3290001, "lon": -61.0, "lat": 15.0})
NEVER = [STATIC, TEXT_TO, TEXT_ALL, SART, MOB, EPIRB, STATUS_14, AID, BASE]


def test_only_ordinary_position_reports_may_go() -> None:
    assert droppable(position(329000001)) == 329000001
    assert droppable(b"\\s:x,c:1*00\\" + position(329000001)) == 329000001
    for kind in (2, 3, 18, 27):
        message = {"type": kind, "mmsi": 329000003, "lon": -61.0, "lat": 15.0}
        assert droppable(sentence(message)) == 329000003
    assert [droppable(line) for line in NEVER] == [None] * len(NEVER)
    two = position(329000001)
    assert droppable(two + two) is None
    for junk in (
        b"",
        b"!AIVDM,1,1",
        b"$GPRMC,1,1,,A,15RTgt0P,0*00",
        b"!AIVDM,1,1,,A,1~~~~~~~,0*00",
    ):
        assert droppable(junk) is None
    assert droppable(two.replace(b",1,1,", b",2,1,", 1)) is None


def test_the_oldest_of_vessels_with_a_newer_one_go_first() -> None:
    inbox: Inbox[str] = Inbox(10, 20)
    for number in range(6):
        assert inbox.press(row(position(329000001, course=float(number))), 0.0)
    for mmsi in range(329000010, 329000015):
        inbox.press(row(position(mmsi)), 0.0)
    for line in NEVER:
        inbox.press(row(line), 0.0)
    held = [item.data for item in inbox.take(100, 0.0, 0.0) if isinstance(item, Sentence)]
    assert len(held) == 20
    assert inbox.shed == {}
    for line in held:
        inbox.press(row(line), 0.0)
    assert inbox.press(row(b"one more", kind=RowKind.CONNECT), 0.0)
    assert inbox.shed == {UDP: 2}
    left = [item.data for item in inbox.take(100, 0.0, 0.0) if isinstance(item, Sentence)]
    assert left == [*held[2:], b"one more"]


def test_without_older_ones_the_oldest_vessels_go_and_then_nobody() -> None:
    inbox: Inbox[str] = Inbox(10, 10)
    ships = [position(329000010 + number) for number in range(1)]
    for line in [*ships, *NEVER]:
        inbox.press(row(line), 0.0)
    assert inbox.press(row(STATIC), 0.0)
    assert inbox.shed == {UDP: 1}
    assert not inbox.press(row(position(329000099)), 0.0), "nothing more may be dropped"
    left = [item.data for item in inbox.take(100, 0.0, 0.0) if isinstance(item, Sentence)]
    assert left == [*NEVER, STATIC]


def test_rows_of_feeds_that_can_wait_are_never_dropped() -> None:
    inbox: Inbox[str] = Inbox(3, 2)
    for _ in range(3):
        assert inbox.put(row(position(329000001), TCP), 0.0)
    assert not inbox.put(row(position(329000001), TCP), 0.01), "it waits"
    for _ in range(5):
        assert inbox.press(row(position(329000001)), 0.0)
    assert len(inbox) == 5
    assert inbox.shed == {UDP: 3}
    assert not inbox.put("end", 0.0)
    inbox.take(2, 0.0, 0.0)
    assert inbox.put("end", 0.0)


def test_a_batch_gathers_and_waits_no_longer_than_it_must() -> None:
    inbox: Inbox[str] = Inbox(100, 100)
    assert inbox.take(5, 0.01, 10.0) == []

    def later() -> None:
        for number in range(7):
            time.sleep(0.002)
            inbox.put(row(b"%d" % number, TCP), 1.0)

    thread = threading.Thread(target=later)
    thread.start()
    taken = inbox.take(5, 10.0, 60.0)
    assert len(taken) == 5
    thread.join()
    assert len(inbox) == 2


@pytest.mark.parametrize("feed", [UDP, TCP])
def test_who_waits_goes_on_when_there_is_room(feed: int) -> None:
    inbox: Inbox[str] = Inbox(1, 1)
    add = inbox.press if feed == UDP else inbox.put
    add(row(STATIC, feed), 0.0)
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(add(row(STATIC, feed), 30.0)))
    thread.start()
    assert len(inbox.take(1, 0.0, 0.0)) == 1
    thread.join(10.0)
    assert done == [True]
