"""What is measured in a fresh process: peak memory, and the seconds until the first columns.

    python -m bench.child memory FILE [table]   decode FILE, and write it as Parquet
    python -m bench.child start FILE            the first batch and the second

Prints JSON. The modules are imported first, so that what follows stands beside the bare import.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

BEGAN_S = time.process_time()

import bench.decoding as decoding  # noqa: E402
from mda.cli.memory import keep_freed  # noqa: E402
from mda.decode import NmeaDecoder  # noqa: E402
from mda.model import Lines, RowKind, Sentence  # noqa: E402

STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Most resident memory of this process so far.

    Of Linux' own account: getrusage inherits the parent's peak through fork and exec there.
    """
    if STATUS.exists():
        line = next(x for x in STATUS.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def memory(file: Path, out: str | None) -> dict[str, float]:
    """Peak memory of the bare import and of decoding a file."""
    bare = peak_mib()
    messages = decoding.decoded(file) if out is None else decoding.to_table(file)
    return {"bare_mib": bare, "peak_mib": peak_mib(), "messages": messages}


def start(file: Path) -> dict[str, float]:
    """Processor seconds of the import, of the first decoding of each kind, and of the second."""
    imported_s = time.process_time() - BEGAN_S
    line = file.read_bytes().partition(b"\n")[0]
    one = Lines.of([Sentence(RowKind.LINE, 0, 0, line)])

    def once() -> float:
        began_s = time.process_time()
        NmeaDecoder({}).decode(one)
        decoding.decoded(file)
        return time.process_time() - began_s

    first_s = once()
    return {"import_s": imported_s, "first_s": first_s, "again_s": once()}


def main() -> None:
    """Do what the arguments say."""
    keep_freed()
    what, file, *rest = sys.argv[1:]
    done = memory(Path(file), rest[0] if rest else None) if what == "memory" else start(Path(file))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
