r"""`StationFeed`: the node's end of the relay: listens for one station and takes in its spool.

A row of the spool becomes one row of the feed. A line that carries no time of its own gets the
station's receive time in a TAG block before it, so that the log's line carries it:
`\s:NAME,c:<milliseconds>,n:<seq>*hh\`. While the link is down the feed is DISCONNECTed, and so it
stays until the backlog is drained: otherwise vessels would seem silent whose reports are on their
way. Rows are acknowledged once the node said that they are durable (`stored`).
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from feeds.allow import AllowList
from feeds.listener import Listener, told
from feeds.relay import (
    BEAT_S,
    DEAD_S,
    NONCE_BYTES,
    VERSION,
    Frame,
    Row,
    Standing,
    Unframer,
    ack,
    framed,
    proof,
    proven,
    read_rows,
    spoken,
    understood,
)
from feeds.relay_lines import tagged, told_apart, unfinished
from mda.clock import NO_TIME_US, Clock
from mda.errors import FeedError
from mda.model import LineClock, RowKind, Sentence, SpoolMark, marked
from mda.units import US_PER_S

POLL_S: Final = 0.1
GREETING_S: Final = 3.0
"""A peer that has not proven itself by then is let go."""
HOLD_S: Final = 1.0
"""A part of a message waits so long for the next: they are sent in one go."""
CAUGHT_UP_US: Final = 5 * US_PER_S
"""No further behind its own clock than this a station has caught up ..."""
BEHIND_US: Final = 60 * US_PER_S
"""... and beyond this it is catching up again: its vessels must not seem silent."""
_READ: Final = 1 << 16


@dataclass(slots=True)
class _Session:
    """A station that has proven itself, on its connection."""

    link: socket.socket
    spool: str
    names: Sequence[str]
    """Names of its receivers, by their code in the spool."""
    frames: Unframer
    acked: int = 0
    beat_s: float = 0.0
    """When the last heartbeat was sent."""
    held: list[Row] = field(default_factory=list)
    """Parts of a message whose last part has not come: a cut must not part them."""
    held_s: float = 0.0
    """Since when they are held."""
    newest_us: int = NO_TIME_US
    """The station's time of the newest row taken."""


class StationFeed(Listener):
    """Implements `mda.model.Feed` and `mda.model.Acknowledged` for one station."""

    def __init__(
        self,
        name: str,
        code: int,
        host: str,
        port: int,
        clock: Clock,
        stamp: LineClock,
        *,
        station: str,
        allow: Sequence[str] = (),
        secret: str = "",
        beat_s: float = BEAT_S,
        dead_s: float = DEAD_S,
    ) -> None:
        """Binds at once, so that a wrong address is told at once (FeedError).

        `allow`: networks whose stations may connect, all where empty; `stamp` reads a line's own
        time; `secret` is asked of the station where it is not empty.
        """
        super().__init__(name, code, clock)
        self.note = ""
        """What the watch should know: how far behind the station is."""
        self._station, self._stamp, self._secret = station, stamp, secret
        self._beat_s, self._dead_s = beat_s, dead_s
        self._allow = AllowList(name, allow)
        self._changed = threading.Condition()
        self._session: _Session | None = None
        self._taken: dict[str, int] = {}
        self._durable: dict[str, int] = {}
        self._open = False
        self._door: threading.Thread | None = None
        self._listener = _listening(name, host, port)
        self.port = int(self._listener.getsockname()[1])
        """The port listened on (the system's choice where 0 was asked for)."""

    # -- what the node tells -------------------------------------------------------------------
    def had(self, marks: Mapping[str, int]) -> None:
        """At the start: the last row of each spool that stands in the node's log."""
        self._taken.update(marks)
        self._durable.update(marks)

    def stored(self, mark: SpoolMark) -> None:
        """Everything up to this mark is durable: it will be acknowledged."""
        self._durable[mark.spool] = mark.seq

    def stop(self) -> None:
        """End the iteration soon."""
        super().stop()
        with self._changed:
            self._changed.notify_all()
        if self._door is None:
            self._listener.close()

    # -- the feed's own thread -----------------------------------------------------------------
    def __iter__(self) -> Iterator[Sentence]:
        self._door = threading.Thread(target=self._keep_door, name=f"door {self.name}", daemon=True)
        self._door.start()
        yield self._control(RowKind.DISCONNECT, "waiting for the station")
        while not self._stopped.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._session or self._stopped.is_set(), POLL_S)
                session = self._session
            if session is not None:
                yield from self._heard(session)
        self._door.join()
        yield self._control(RowKind.DISCONNECT, "stopped")

    def _heard(self, session: _Session) -> Iterator[Sentence]:
        """Everything that one connection brings, until it ends."""
        self._open = False
        yield self._marked(RowKind.DISCONNECT, "the station is catching up", session)
        reason = "stopped"
        try:
            while not self._stopped.is_set():
                data = self._read(session)
                if session is not self._session:
                    raise FeedError("the station connected anew")
                for kind, body in session.frames.push(data):
                    if kind in (Frame.ROWS, Frame.BEAT):
                        standing, rows = read_rows(body)
                        yield from self._bring(session, _whole(session, rows))
                        yield from self._light(session, standing)
                if session.held and time.monotonic() - session.held_s > HOLD_S:
                    held, session.held = session.held, []
                    yield from self._bring(session, held)
        except (OSError, FeedError) as error:
            reason = self.last_error = str(error)
        finally:
            session.link.close()
            with self._changed:
                if self._session is session:
                    self._session = None
        self._open, self.note = False, ""
        yield self._marked(RowKind.DISCONNECT, reason, session)

    def _read(self, session: _Session) -> bytes:
        """What has come; nothing while a part is held. Raises once the peer is dead.

        Only time spent waiting here counts: while the node's queue is full nobody reads.
        """
        waited_s = 0.0
        while not self._stopped.is_set() and session is self._session:
            try:
                data = session.link.recv(_READ)
            except TimeoutError:
                if session.held:
                    return b""
                waited_s += POLL_S
                if waited_s > self._dead_s:
                    raise FeedError("no heartbeat of the station") from None
                continue
            if not data:
                raise FeedError("closed by the station")
            return data
        return b""

    def _bring(self, session: _Session, rows: Sequence[Row]) -> Iterator[Sentence]:
        """Rows of the spool as rows of the feed; those already had are passed over."""
        at_us, apart = self._clock.now_us(), told_apart(rows)
        for row in rows:
            had = self._taken[session.spool]
            if row.seq <= had:
                continue
            if row.seq != had + 1 and row.kind != RowKind.SPOOL_GAP:
                raise FeedError(f"the station sent row {row.seq} after row {had}")
            self._taken[session.spool] = row.seq
            session.newest_us = row.stored_at_us
            if row.kind == RowKind.LINE:
                name = session.names[row.source] if 0 <= row.source < len(session.names) else ""
                name = "" if row.seq in apart else name or self._station
                line = tagged(row.data, name, row, self._stamp)
                yield Sentence(RowKind.LINE, self._code, at_us, line)
            elif row.kind == RowKind.SPOOL_GAP:
                yield self._marked(RowKind.SPOOL_GAP, row.data.decode("ascii", "replace"), session)
            else:
                said = row.data.decode("ascii", "replace")
                reason = f"at the station: {RowKind(row.kind).name} {said}".rstrip()
                yield self._marked(self._kind(), reason, session)

    def _light(self, session: _Session, standing: Standing) -> Iterator[Sentence]:
        """Say CONNECT once the station has caught up and listens, DISCONNECT when no more."""
        had = self._taken[session.spool]
        behind_us = 0
        if standing.last_seq > had + len(session.held):
            known = session.newest_us != NO_TIME_US
            behind_us = standing.clock_us - session.newest_us if known else BEHIND_US + 1
        self.note = f"{behind_us / US_PER_S:.0f} s behind" if behind_us > CAUGHT_UP_US else ""
        near = behind_us <= (BEHIND_US if self._open else CAUGHT_UP_US)
        is_open = near and standing.listening > 0
        if is_open != self._open and not session.held:
            self._open = is_open
            reason = "caught up" if is_open else "its receivers are down" if near else "behind"
            yield self._marked(self._kind(), reason, session)

    def _kind(self) -> RowKind:
        return RowKind.CONNECT if self._open else RowKind.DISCONNECT

    def _marked(self, kind: RowKind, reason: str, session: _Session) -> Sentence:
        """A control row that also says how far the spool is had."""
        mark = SpoolMark(session.spool, self._taken[session.spool])
        data = marked({"feed": self.name, "reason": reason}, mark)
        return Sentence(kind, self._code, self._clock.now_us(), data)

    # -- the door's thread ---------------------------------------------------------------------
    def _keep_door(self) -> None:
        """Let stations in; acknowledge and say heartbeats, also while the feed's thread waits."""
        with self._listener:
            while not self._stopped.is_set():
                try:
                    link, address = self._listener.accept()
                except TimeoutError:
                    pass
                except OSError as error:
                    self.last_error = told(error)
                    self._stopped.wait(POLL_S)
                else:
                    self._greet(link, address[0])
                self._tend()
        with self._changed:
            session, self._session = self._session, None
        if session is not None:
            _hang_up(session.link)

    def _tend(self) -> None:
        session = self._session
        if session is None:
            return
        durable, now_s = self._durable.get(session.spool, 0), time.monotonic()
        try:
            if durable > session.acked:
                session.link.sendall(ack(durable))
                session.acked = durable
            if now_s - session.beat_s >= self._beat_s:
                session.link.sendall(framed(Frame.BEAT))
                session.beat_s = now_s
        except OSError:
            _hang_up(session.link)

    def _greet(self, link: socket.socket, host: str) -> None:
        """Let a station in, or say why not."""
        if not self._allow.lets_in(host):
            self.refused += 1
            link.close()
            return
        try:
            session = self._greeted(link)
        except (OSError, FeedError) as error:
            self.refused += 1
            self.last_error = f"{host}: {error}"
            if isinstance(error, FeedError):
                _say_no(link, error.what)
            link.close()
            return
        with self._changed:
            before, self._session = self._session, session
            self._changed.notify_all()
        if before is not None:
            _hang_up(before.link)

    def _greeted(self, link: socket.socket) -> _Session:
        """The greeting: who is it, does it know the secret, from which row on. Raises FeedError."""
        frames, until_s = Unframer(), time.monotonic() + GREETING_S
        hello = understood(
            _awaited(link, frames, Frame.HELLO, until_s),
            version=int, station=str, spool=str, first=int, nonce=str, names=list,
        )  # fmt: skip
        station, spool = hello["station"], hello["spool"]
        if hello["version"] != VERSION:
            raise FeedError(f"the node speaks version {VERSION} of the relay protocol")
        if station != self._station:
            raise FeedError(f"the node expects station {self._station!r} here, not {station!r}")
        nonces = (hello["nonce"], secrets.token_hex(NONCE_BYTES))
        link.sendall(spoken(Frame.CHALLENGE, version=VERSION, nonce=nonces[1]))
        given = _awaited(link, frames, Frame.PROOF, until_s)
        if self._secret and not proven(
            given, proof(self._secret, "station", station, spool, nonces)
        ):
            raise FeedError("wrong secret")
        after = self._durable.get(spool)
        own = proof(self._secret, "node", station, spool, nonces).hex()
        self._taken.setdefault(spool, max(0, hello["first"] - 1))
        link.sendall(spoken(Frame.WELCOME, after=after, proof=own))
        link.settimeout(POLL_S)
        names = [str(name) for name in hello["names"]]
        return _Session(link, spool, names, frames, after or 0, time.monotonic())


def _whole(session: _Session, rows: list[Row]) -> list[Row]:
    """The rows that may be taken; an unfinished message at their end is held."""
    rows = session.held + rows
    cut = len(rows)
    while cut and rows[cut - 1].kind == RowKind.LINE and unfinished(rows[cut - 1].data):
        cut -= 1
    held = rows[cut:]
    if len(held) > 9:  # no message has more parts
        cut, held = len(rows), []
    if held and not session.held:
        session.held_s = time.monotonic()
    session.held = held
    return rows[:cut]


def _awaited(link: socket.socket, frames: Unframer, wanted: Frame, until_s: float) -> bytes:
    """The body of the frame that must come next. FeedError: another one, or none in time."""
    while (left_s := until_s - time.monotonic()) > 0:
        link.settimeout(left_s)
        data = link.recv(_READ)
        if not data:
            raise FeedError("closed by the station")
        for kind, body in frames.push(data):
            if kind != wanted:
                break
            return body
        else:
            continue
        break
    raise FeedError("the peer does not speak the relay protocol")


def _say_no(link: socket.socket, reason: str) -> None:
    try:
        link.settimeout(POLL_S)
        link.sendall(spoken(Frame.REFUSED, reason=reason))
    except OSError:
        return


def _hang_up(link: socket.socket) -> None:
    """End a connection that another thread may be reading; it closes it."""
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _listening(name: str, host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        what = f"cannot listen on {host}:{port}: {told(error)}"
        raise FeedError(what, where=name, do="Is another program listening there?") from error
    listener.settimeout(POLL_S)
    return listener
