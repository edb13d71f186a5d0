"""`SpoolMark`: how far a station's spool stands in the node's raw-line log.

A station numbers the rows of its spool from 1. The node must know durably which of them it has, and
it knows it from its own log alone: a control row may carry a mark (`spool`, `seq` in its JSON),
and every LINE row of that feed after it is the spool's next row. There is no second file that
could disagree.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class SpoolMark(NamedTuple):
    """Everything up to row `seq` of this spool is had."""

    spool: str
    """The spool's own id, drawn when it was made."""
    seq: int


def marked(body: dict[str, Any], mark: SpoolMark) -> bytes:
    """The bytes of a control row that carries a mark.

    >>> marked({"reason": "hello"}, SpoolMark("a1", 7))
    b'{"reason": "hello", "spool": "a1", "seq": 7}'
    """
    return json.dumps({**body, "spool": mark.spool, "seq": mark.seq}).encode()


def mark_of(data: bytes) -> SpoolMark | None:
    """The mark that a control row carries, None for one that carries none.

    >>> mark_of(b'{"reason": "hello", "spool": "a1", "seq": 7}'), mark_of(b"{}"), mark_of(b"")
    (SpoolMark(spool='a1', seq=7), None, None)
    """
    if b'"spool"' not in data:
        return None
    try:
        body = json.loads(data)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    spool, seq = body.get("spool"), body.get("seq")
    return SpoolMark(spool, seq) if isinstance(spool, str) and isinstance(seq, int) else None
