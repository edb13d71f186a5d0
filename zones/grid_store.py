"""The built index on disk, so that it need not be built again.

A file is a line of JSON (what arrays follow, a checksum of that and of them) and the arrays. Its
name holds the hash of all that it was built from, so it is never wrong, only missing. A damaged one
reads as missing and is written anew (so nothing waits for the disk); old ones go when a new one is
written.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 2
"""Goes up whenever what is built from the same files becomes another."""
KEPT = 2
"""Files of each kind that stay: of this library, and of the one before an own zone was added."""
Arrays = Mapping[str, np.ndarray[Any, Any]]


def file_of(folder: Path, kind: str, version: str) -> Path:
    """Where the arrays of a kind are kept for a library of this version."""
    return folder / f"zones-{kind}-{version}-{FORMAT}.bin"


def load(path: Path) -> dict[str, np.ndarray[Any, Any]] | None:
    """The arrays of a file; None where there is none that is whole."""
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
            body = np.fromfile(file, dtype=np.uint8)
        rows = head["arrays"]
        if zlib.crc32(body.data, _told(rows)) != head["crc32"]:
            return None
        return _arrays(body, rows)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _told(rows: list[Any]) -> int:
    """Checksum of what the head says of the arrays: read wrongly they would lead anywhere."""
    return zlib.crc32(json.dumps(rows).encode())


def _arrays(body: np.ndarray[Any, Any], rows: list[Any]) -> dict[str, np.ndarray[Any, Any]]:
    found, at = {}, 0
    for name, kind, shape in rows:
        dtype = np.dtype(kind)
        size = dtype.itemsize * prod(shape)
        found[name] = body[at : at + size].view(dtype).reshape(shape)
        at += size + -size % 8
    return found


def save(path: Path, arrays: Arrays) -> str:
    """Write the arrays whole or not at all; returns why they could not be written, or nothing."""
    rows = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
    crc32 = _told(rows)
    for array in arrays.values():
        crc32 = zlib.crc32(_bytes(array), crc32)
    head = json.dumps({"crc32": crc32, "arrays": rows}).encode() + b"\n"
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".zones-", delete=False) as file:
            name = file.name
            file.write(head)
            for array in arrays.values():
                file.write(_bytes(array))
        Path(name).replace(path)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        return f"the index could not be kept in {path.parent.name} ({error})"
    with contextlib.suppress(OSError):  # another process tidies up as well
        _forget_old(path)
    return ""


def _bytes(array: np.ndarray[Any, Any]) -> bytes:
    """An array's bytes, filled up to a multiple of eight."""
    data = np.ascontiguousarray(array).tobytes()
    return data + bytes(-len(data) % 8)


def _forget_old(path: Path) -> None:
    kind = "-".join(path.name.split("-")[:2])
    files = sorted(path.parent.glob(f"{kind}-*.bin"), key=lambda file: file.stat().st_mtime)
    for file in files[:-KEPT]:
        if file != path:
            file.unlink(missing_ok=True)
