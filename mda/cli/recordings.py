"""Which recording is which: a file given again is known again, also when it has grown.

A recording is known by its content: by so many first bytes and a hash of them, as they were when it
was last given. A plain file that begins with exactly these bytes is the same recording, whatever
it is called by now, and goes on behind the lines already had; any other is a recording of its own,
however alike they begin. A packed file or Parquet is the same only if it is the same to the last
byte. A file that was cut short is another one: its lines come again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from feeds.cutting import spans
from feeds.recording import STDIN
from mda.clock import WallClock
from mda.errors import FeedError, StoreError
from mda.store.durable import make_dir, replace_file
from mda.store.nodedir import NodeDir

_BLOCK: Final = 1 << 20
_ENDS: Final = b"\r\n\0"
_PACKED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1")
_FILE: Final = "recordings.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """A file as a feed of a node's directory."""

    path: str
    name: str
    """The feed's name in the node."""
    grown: bool = False
    """It was given before and has become longer."""
    lines_before: int = 0
    """Lines of it when it was last given (of one that has grown)."""
    cut_before: bool = False
    """Its last line was not whole then, and has become longer since."""

    def skipped(self, had: int) -> int:
        """Lines to leave out where so many of it were had."""
        return had - 1 if self.cut_before and had == self.lines_before else had


def known_recordings(root: Path, files: list[str]) -> list[Recording]:
    """Each file as a feed of the node in `root`, remembered durably for the next time.

    FeedError: one cannot be read. StoreError: what the node remembers is damaged.
    """
    path = NodeDir(root).log / _FILE
    try:
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        known = {str(name): (int(size), str(mark)) for name, (size, mark) in kept.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreError("damaged", where=str(path), do="Restore a backup") from error
    found = []
    for file in files:
        recording, size, mark = _known(file, known)
        found.append(recording)
        if file != STDIN:
            known[recording.name] = (size, mark)
    if {name: list(pair) for name, pair in known.items()} != kept:
        make_dir(path.parent)
        replace_file(path, json.dumps(known, sort_keys=True).encode())
    return found


def feed_name(file: str) -> str:
    """A recording's name as a feed: its file name, and a hash of its content and size."""
    return _known(file, {})[0].name


def _known(file: str, known: dict[str, tuple[int, str]]) -> tuple[Recording, int, str]:
    if file == STDIN:
        # A pipe cannot be resumed: every one is a stream of its own.
        return Recording(file, f"stdin:{WallClock().now_us()}"), 0, ""
    path = Path(file)
    try:
        size = path.stat().st_size
        wanted = sorted({before for before, _ in known.values() if 0 < before <= size} | {size})
        marks, whole = _marks(path, wanted)
        fits = [n for n, (before, mark) in known.items() if marks.get(before) == mark and before]
        fits = [name for name in fits if whole or known[name][0] == size]
        if not fits:
            return Recording(file, f"{_plain(path.name)}:{size}-{marks[size]}"), size, marks[size]
        name = max(fits, key=lambda n: known[n][0])
        before = known[name][0]
        if before == size:
            return Recording(file, name), size, marks[size]
        lines, cut = _before(path, before)
        return Recording(file, name, True, lines, cut), size, marks[size]
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", where=file) from error


def _plain(name: str) -> str:
    return name.replace(":", "_").replace("+", "_")


def _marks(path: Path, sizes: list[int]) -> tuple[dict[int, str], bool]:
    """Hash of the first so many bytes, for each size; and whether they are plain bytes."""
    found, digest, at = {}, hashlib.blake2b(digest_size=8), 0
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        for size in sizes:
            while at < size and (block := file.read(min(_BLOCK, size - at))):
                digest.update(block)
                at += len(block)
            found[size] = digest.hexdigest()
    return found, not head.startswith(_PACKED)


def _before(path: Path, size: int) -> tuple[int, bool]:
    """Lines in the first `size` bytes, and whether the last of them went on afterwards."""
    lines, rest, left = 0, b"", size
    with path.open("rb") as file:
        while left and (block := file.read(min(_BLOCK, left))):
            left -= len(block)
            held = rest + block
            cut = max(held.rfind(_ENDS[i : i + 1]) for i in range(3)) + 1
            lines += len(spans(held[:cut])[0])
            rest = held[cut:]
        following = file.read(1)
    lines += len(spans(rest)[0])
    return lines, bool(rest) and following not in (b"\r", b"\n", b"\0")
