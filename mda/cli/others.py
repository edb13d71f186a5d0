"""`mda decode --others`: messages that have no columns, field by field, a JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mda.clock import NO_TIME_US, format_at
from mda.decode import detail
from mda.errors import DecodeError, StoreError
from mda.model import Decoded, Other


def other_body(other: Other) -> dict[str, Any]:
    """One message: what is known of it, then all its fields, or `error`: why it cannot be read."""
    body: dict[str, Any] = {
        "type": other.msg_type,
        "mmsi": other.mmsi,
        "at": None if other.at_us == NO_TIME_US else format_at(other.at_us),
        "station": other.station or None,
    }
    try:
        found = detail(other.lines)
    except DecodeError as error:
        return {**body, "error": str(error), "lines": [_text(line) for line in other.lines]}
    return {**body, **{name: found[name] for name in found if name not in ("msg_type", "mmsi")}}


def with_others(batches: Iterable[Decoded], path: Path | None) -> Iterator[Decoded]:
    """The same batches; their messages without columns go to `path`, if there is one.

    StoreError: the file cannot be written.
    """
    if path is None:
        yield from batches
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            for batch in batches:
                for other in batch.others:
                    file.write(json.dumps(other_body(other), allow_nan=False) + "\n")
                yield batch
    except OSError as error:
        raise StoreError(
            f"cannot be written: {error.strerror}", where=str(path), do="Name another file"
        ) from error


def _text(line: bytes) -> str:
    return line.decode("ascii", "backslashreplace")
