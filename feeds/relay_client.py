"""`Forwarder`: the station's end of the relay: sends its spool to the node, row after row.

What is sent was on the disk before. Nothing is forgotten until the node acknowledged it; when the
link breaks, the node says which row it has and the forwarder goes on behind it.
"""

from __future__ import annotations

import random
import secrets
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from feeds.listener import told
from feeds.patience import BackOff, Patience
from feeds.relay import (
    BEAT_S,
    DEAD_S,
    NONCE_BYTES,
    VERSION,
    Frame,
    Row,
    Standing,
    Unframer,
    framed,
    proof,
    proven,
    read_ack,
    rows_body,
    rows_of,
    spoken,
    understood,
)
from mda.clock import Clock
from mda.errors import FeedError, MdaError
from mda.model import Lines, RowKind

LOOK_S: Final = 0.1
"""How often the spool is asked for news."""
_OUT_BYTES: Final = 1 << 17
"""No more than this waits for the socket."""
_FRAME_ROWS: Final = 500
_READ: Final = 1 << 16


class Spooled(Protocol):
    """What the forwarder needs of a spool."""

    @property
    def id(self) -> str:
        """Drawn when the spool was made; another one after it lost rows that the node has."""
        ...

    @property
    def first_seq(self) -> int:
        """The oldest row that may be sent."""
        ...

    @property
    def last_seq(self) -> int:
        """The newest durable row."""
        ...

    def read(self, after_seq: int) -> Iterator[Lines]:
        """Durable rows above a number, in order, up to the newest; rows may be missing."""
        ...

    def acknowledged(self, seq: int) -> None:
        """The node has every row up to here."""
        ...

    def renew(self) -> None:
        """The node has rows that this spool has lost: begin a new one behind what is left."""
        ...


class Forwarder:
    """One station's link to its node. `run` on a thread of its own, `stop` from any."""

    def __init__(
        self,
        spool: Spooled,
        address: tuple[str, int],
        station: str,
        names: Sequence[str],
        clock: Clock,
        listening: Callable[[], int],
        *,
        secret: str = "",
        patience: Patience | None = None,
        jitter: random.Random | None = None,
        beat_s: float = BEAT_S,
        dead_s: float = DEAD_S,
    ) -> None:
        """`names`: the station name of each source by its code; `listening`: how many are up."""
        self.connected = False
        self.last_error = ""
        self.sent_rows = 0
        self.acked_seq = 0
        self._spool, self._address, self._station = spool, address, station
        self._names, self._clock, self._listening = list(names), clock, listening
        self._secret = secret
        self._patience = patience or Patience()
        self._back_off = BackOff(self._patience, jitter)
        self._beat_s, self._dead_s = beat_s, dead_s
        self._stopped = threading.Event()
        self._sent_seq = 0
        self._batches: Iterator[Lines] = iter(())
        self._rows: list[Row] = []

    def stop(self) -> None:
        """End `run` soon."""
        self._stopped.set()

    def run(self) -> None:
        """Connect, forward, and connect again with longer and longer waits, until stopped."""
        while not self._stopped.is_set():
            try:
                with socket.create_connection(self._address, self._patience.connect_s) as link:
                    self._forward(link, self._greeted(link))
            except OSError as error:
                self.last_error = told(error)
            except MdaError as error:
                self.last_error = str(error)
            self.connected = False
            self._stopped.wait(self._back_off.next_s())

    # -- the greeting --------------------------------------------------------------------------
    def _greeted(self, link: socket.socket) -> Unframer:
        """Say who we are, and go behind what the node has. Raises FeedError."""
        link.settimeout(self._patience.connect_s)
        frames, spool = Unframer(), self._spool
        nonce = secrets.token_hex(NONCE_BYTES)
        link.sendall(
            spoken(
                Frame.HELLO, version=VERSION, station=self._station, spool=spool.id,
                first=spool.first_seq, last=spool.last_seq, nonce=nonce, names=self._names,
            )
        )  # fmt: skip
        said = understood(_awaited(link, frames, Frame.CHALLENGE), nonce=str)
        nonces = (nonce, said["nonce"])
        words = (self._station, spool.id, nonces)
        link.sendall(framed(Frame.PROOF, proof(self._secret, "station", *words)))
        said = understood(_awaited(link, frames, Frame.WELCOME), after=(int, type(None)), proof=str)
        own = proof(self._secret, "node", *words).hex()
        if self._secret and not proven(said["proof"].encode(), own.encode()):
            raise FeedError(
                "the node does not know the secret",
                do="Give both the same one, and the node's source a secret_env",
            )
        after = spool.first_seq - 1 if said["after"] is None else int(said["after"])
        if after > spool.last_seq:
            spool.renew()
            raise FeedError("the spool has lost rows that the node has: it begins a new one")
        if said["after"] is not None:
            self._acknowledged(after)
        self._sent_seq, self._batches, self._rows = after, iter(()), []
        return frames

    # -- forwarding ----------------------------------------------------------------------------
    def _forward(self, link: socket.socket, frames: Unframer) -> None:
        """Send what there is as the socket takes it, until the link breaks (OSError, FeedError)."""
        link.setblocking(False)
        self.connected, self.last_error = True, ""
        self._back_off.reset()
        out = bytearray()
        heard_s, beat_s = time.monotonic(), 0.0
        while not self._stopped.is_set():
            out += self._more(_OUT_BYTES - len(out))
            now_s = time.monotonic()
            if now_s - beat_s >= self._beat_s:
                out += framed(Frame.BEAT, self._standing().pack())
                beat_s = now_s
            readable, writable, _ = select.select([link], [link] if out else [], [], LOOK_S)
            if readable:
                data = link.recv(_READ)
                if not data:
                    raise FeedError("closed by the node")
                heard_s = time.monotonic()
                for kind, body in frames.push(data):
                    if kind == Frame.ACK:
                        self._acknowledged(read_ack(body))
            elif time.monotonic() - heard_s > self._dead_s:
                raise FeedError("no heartbeat of the node")
            if writable:
                del out[: link.send(out)]

    def _acknowledged(self, seq: int) -> None:
        self.acked_seq = seq
        self._spool.acknowledged(seq)

    def _standing(self) -> Standing:
        return Standing(self._spool.last_seq, self._clock.now_us(), self._listening())

    def _more(self, room_bytes: int) -> bytes:
        """ROWS frames of what has not been sent yet, about as many bytes as there is room."""
        parts: list[bytes] = []
        while room_bytes > 0 and (rows := self._next_rows()):
            parts.append(framed(Frame.ROWS, rows_body(self._standing(), rows)))
            room_bytes -= len(parts[-1])
            self.sent_rows += len(rows)
        return b"".join(parts)

    def _next_rows(self) -> list[Row]:
        """The next rows of the spool, the missing ones told as SPOOL_GAP."""
        while not self._rows:
            if self._sent_seq >= self._spool.last_seq:
                return []
            lines = next(self._batches, None)
            if lines is None:
                self._batches = self._spool.read(self._sent_seq)
                lines = next(self._batches, None)
                if lines is None:
                    return []
            self._rows = rows_of(lines)
            if self._rows[0].seq > self._sent_seq + 1:
                self._rows.insert(0, _gap(self._sent_seq + 1, self._rows[0]))
        rows, self._rows = self._rows[:_FRAME_ROWS], self._rows[_FRAME_ROWS:]
        self._sent_seq = rows[-1].seq
        return rows


def _gap(first_seq: int, following: Row) -> Row:
    """The row that says: the spool has lost rows `first_seq` to just before `following`."""
    last_seq = following.seq - 1
    said = f"the spool lost {last_seq - first_seq + 1} rows ({first_seq} to {last_seq})"
    return Row(last_seq, following.stored_at_us, int(RowKind.SPOOL_GAP), 0, said.encode())


def _awaited(link: socket.socket, frames: Unframer, wanted: Frame) -> bytes:
    """The body of the frame that must come next. FeedError: the node refused, or said another."""
    while True:
        data = link.recv(_READ)
        if not data:
            raise FeedError("the node closed the connection", do="Is this address in its `allow`?")
        for kind, body in frames.push(data):
            if kind == wanted:
                return body
            if kind == Frame.REFUSED:
                reason = understood(body, reason=str)["reason"]
                raise FeedError(f"the node refused: {reason}")
            raise FeedError("the node does not speak the relay protocol")
