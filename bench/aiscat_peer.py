"""aiscat's own process: asked `["dicts" or "columns", FILE]`, says `[messages, cpu_s, wall_s]`.

Lines of JSON on standard input and output. Run by `bench.peers` with aiscat on the path; it
imports none of the product.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import aiscat

from bench.layout import FIELDS, columns_of

WRONG_SUM = 512
"""Bit of `quality` that aiscat sets on a wrong checksum; it hands the message over all the same."""
OWN_NAMES = {"ship_type": "shiptype"}
AID_NAME = {"name": "shipname"}


def dicts(path: str) -> int:
    """Every message as a dict; messages whose checksums are right."""
    messages = 0
    for message in aiscat.from_file(path):
        if message.get("quality", 0) & WRONG_SUM:
            continue
        messages += 1
    return messages


def columns(path: str) -> int:
    """The same into NumPy columns."""
    rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in FIELDS}
    names = {
        kind: [OWN_NAMES.get(name, name) for name in fields.values()]
        for kind, fields in FIELDS.items()
    }
    messages = 0
    for message in aiscat.from_file(path):
        if message.get("quality", 0) & WRONG_SUM:
            continue
        messages += 1
        kind = str(message["type"])
        if kind == "24":
            kind += "AB"[message["partno"]]
        if kind in names:
            rows[kind].append(tuple(map(message.get, names[kind])))
    columns_of(rows)
    return messages


def main() -> None:
    """Answer until there is nothing more to do."""
    works = {"dicts": dicts, "columns": columns}
    for line in sys.stdin:
        what, path = json.loads(line)
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        messages = works[what](path) if what in works else 1
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        print(json.dumps([messages, cpu_s, wall_s]), flush=True)


if __name__ == "__main__":
    main()
