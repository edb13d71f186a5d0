"""The messages that carry data for an application: types 6, 8, 25 and 26.

Source: ITU-R M.1371-5 Annex 8, messages 6, 8, 25 and 26. In 25 and 26 the destination (with two
spare bits) and the identifier are there only where a flag says so; 26 ends with four spare bits and
the communication state.
"""

from __future__ import annotations

from typing import Final

from mda.decode.binary.rows import Bits, Fields

TYPES: Final = frozenset({6, 8, 25, 26})
_STATE_BITS: Final = 20
_SPARE_BITS: Final = 4


def envelope(bits: str) -> Fields:
    """Everything around the application's data, and the data as hex; names are those of pyais.

    What lies beyond the end is None; a destination or identifier that is not sent is missing.
    """
    whole = Bits(bits)
    msg_type = whole.unsigned(0, 6)
    found: Fields = {
        "msg_type": msg_type,
        "repeat": whole.unsigned(6, 2),
        "mmsi": whole.unsigned(8, 30),
    }
    start = 40
    if msg_type == 6:
        found["seqno"] = whole.unsigned(38, 2)
        found["dest_mmsi"] = whole.unsigned(40, 30)
        found["retransmit"] = _flag(whole, 70)
        start = 72
    elif msg_type != 8:
        found["addressed"], found["structured"] = _flag(whole, 38), _flag(whole, 39)
        if found["addressed"]:
            found["dest_mmsi"] = whole.unsigned(40, 30)
            start = 72
    if msg_type == 26:
        state = len(bits) - _STATE_BITS
        found["radio"] = whole.unsigned(state, _STATE_BITS) if state > start else None
        whole = Bits(bits[: max(start, state - _SPARE_BITS)])
    if found.get("structured", True):
        found["dac"], found["fid"] = whole.unsigned(start, 10), whole.unsigned(start + 10, 6)
        start += 16
    data = Bits(whole.text[start:])
    return {**found, "data": data.hex(), "data_bits": len(data)}


def data_of(found: Fields) -> Bits:
    """The application's data of an envelope, as bits again."""
    size = found["data_bits"]
    return Bits(f"{int(found['data'] or '0', 16):0{-(-size // 8) * 8}b}"[:size])


def _flag(bits: Bits, at: int) -> bool | None:
    value = bits.unsigned(at, 1)
    return None if value is None else bool(value)
