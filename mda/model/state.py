"""Saved state: what a fold needs to go on as if it had never stopped.

A part of the flow saves itself as a `State`: a dict of NumPy arrays, JSON values and nested dicts.
`pack` turns it into bytes that are the same for the same state (no pickle, no time stamps), so
that equality of snapshots can be tested byte by byte.
"""

from __future__ import annotations

import io
import json
from typing import Any, Protocol

import numpy as np
import zstandard
from numpy.typing import NDArray

State = dict[str, Any]
"""str -> NDArray | JSON value | State."""


class Stateful(Protocol):
    """Whatever can be saved and resumed anywhere (law 1)."""

    def save(self) -> State:
        """A copy that shares nothing with the living object."""
        ...

    def load(self, state: State) -> None:
        """Take over a saved state whole."""
        ...


def _flatten(state: State, prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in state.items():
        path = f"{prefix}/{name}"
        if isinstance(value, np.ndarray):
            arrays[path] = value
            plain[name] = {"__array__": path}
        elif isinstance(value, dict):
            plain[name] = {"__state__": _flatten(value, path, arrays)}
        else:
            plain[name] = value
    return plain


def pack(state: State) -> bytes:
    """The state as compressed bytes; `unpack(pack(s))` equals `s`."""
    arrays: dict[str, NDArray[Any]] = {}
    plain = _flatten(state, "", arrays)
    head = json.dumps({"plain": plain, "arrays": sorted(arrays)}, sort_keys=True).encode()
    out = io.BytesIO()
    out.write(len(head).to_bytes(8, "little"))
    out.write(head)
    for path in sorted(arrays):
        np.lib.format.write_array(out, np.ascontiguousarray(arrays[path]), allow_pickle=False)
    return zstandard.ZstdCompressor(level=3).compress(out.getvalue())


def unpack(data: bytes) -> State:
    """The state that `pack` was given."""
    source = io.BytesIO(zstandard.ZstdDecompressor().decompress(data))
    head = json.loads(source.read(int.from_bytes(source.read(8), "little")))
    arrays = {path: np.lib.format.read_array(source, allow_pickle=False) for path in head["arrays"]}

    def rebuild(plain: dict[str, Any]) -> State:
        state: State = {}
        for name, value in plain.items():
            if isinstance(value, dict) and "__array__" in value:
                state[name] = arrays[value["__array__"]]
            elif isinstance(value, dict) and "__state__" in value:
                state[name] = rebuild(value["__state__"])
            else:
                state[name] = value
        return state

    return rebuild(head["plain"])
