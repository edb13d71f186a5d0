"""`make bench`: speed beside its controls in one run, as a table and in build/bench.json.

    .venv/bin/python -m bench.run [NAME…]        only the benchmarks named; --list names them all

Exits with 1 where a promised ratio was not kept.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from bench.measure import REGISTRY, Entry, table, write
from mda.cli.memory import keep_freed

OUT = Path(__file__).resolve().parents[1] / "build" / "bench.json"
MODULES = ("bench.decoding", "bench.starting", "bench.flowing", "bench.zoning")
"""Where the benchmarks are: a new module of them is named here."""


def main() -> int:
    """Run the benchmarks and print them."""
    keep_freed()  # as `mda` itself does; the peers in this process have it too
    for name in MODULES:
        importlib.import_module(name)
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run; all if none")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    parser.add_argument("-o", "--out", type=Path, default=OUT, help="where the JSON goes")
    chosen = parser.parse_args()
    if chosen.list:
        print(
            "\n".join(
                f"{name:16} {(f.__doc__ or '').splitlines()[0]}" for name, f in REGISTRY.items()
            )
        )
        return 0
    unknown = set(chosen.names) - set(REGISTRY)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}: there are {', '.join(REGISTRY)}")
    rows: list[tuple[str, Entry]] = []
    for name in chosen.names or REGISTRY:
        print(f"\n{name}: {(REGISTRY[name].__doc__ or '').splitlines()[0]}", flush=True)
        measured = list(REGISTRY[name]())
        print("\n".join(table(measured)), flush=True)
        rows += [(name, row) for row in measured]
    write(rows, chosen.out)
    print(f"\nwritten to {chosen.out}")
    missed = [f"{name}: {row.title}" for name, row in rows if not row.kept]
    if missed:
        print("promises not kept in this run: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
