"""What is posted to us, as lines: envelopes of AIS-catcher message by message, all else as it is.

AIS-catcher (`-H URL`) posts {"protocol":"jsonaiscatcher","stationid":"…","msgs":[{…},…]}, gzip if
asked to. A message becomes one line of compact JSON, with the envelope's station if it names none.
Other bodies (NMEA lines, one JSON message a line) are cut into lines as any stream is.
Source: https://docs.aiscatcher.org, configuration, HTTP output.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, Final

from feeds.cutting import LINE_MAX, lines_of

STATION: Final = "stationid"
KEPT: Final = (
    "class",
    "device",
    "rxuxtime",
    "rxtime",
    "toa",
    "channel",
    "nmea",
    "signalpower",
    "ppm",
    STATION,
    "station_id",
)
"""What is kept of a message that is longer than a line may be: what its sentences do not say."""
_GZIP: Final = 16 + zlib.MAX_WBITS


def unpacked(body: bytes, most: int) -> bytes:
    """A gzip body, unpacked. ValueError: damaged, cut off, or more than `most` bytes."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        found = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise ValueError(f"not gzip: {error}") from error
    if len(found) > most:
        raise ValueError(f"unpacks to more than {most} bytes")
    if not unpacker.eof:
        raise ValueError("gzip that was cut off")
    return found


def lines_in(body: bytes) -> list[bytes]:
    """The lines of a body, each at most 4 kB; none of its bytes but envelopes' is left out."""
    tree = _tree(body)
    if not isinstance(tree, dict) or not isinstance(tree.get("msgs"), list):
        return lines_of(body)
    found: list[bytes] = []
    for message in tree["msgs"]:
        if isinstance(message, dict) and not {STATION, "station_id"} & message.keys():
            station = tree.get(STATION)
            message = {**message, STATION: station} if station else message
        found += _line(message)
    return found


def _tree(body: bytes) -> Any:
    """The body as JSON; None where it is none (or nested beyond reason)."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _line(message: Any) -> list[bytes]:
    text = _compact(message)
    if len(text) > LINE_MAX and isinstance(message, dict):
        text = _compact({key: message[key] for key in KEPT if key in message})
    return lines_of(text)


def _compact(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":")).encode()
