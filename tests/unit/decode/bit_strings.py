"""Bits and bytes for the tests of kernels: payloads as strings of bits, and the form they have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mda.decode.fields import FORM_OF, HEADER_BITS, LAST_TYPE, MAX_BITS, Layout
from mda.decode.framing import ARMOUR_LEGAL
from mda.decode.kernel_scan import OTHER, UNREAD
from mda.geo.kernel import plain

JUNK = 0xA5A5A5A5A5A5A5A5
EIGHT = st.binary(min_size=8, max_size=8)
ARMOUR = st.sampled_from([bytes([c]) for c in ARMOUR_LEGAL])
BYTES = st.sampled_from([bytes([c]) for c in b'*!,*!+")\x00\x80\xaa\xff09AVWX_`wx'])
PAYLOAD = st.lists(ARMOUR, min_size=1, max_size=66).map(b"".join)
NASTY = st.lists(st.one_of(BYTES, st.binary(min_size=1, max_size=9)), max_size=20).map(b"".join)


def both(kernel: Callable[..., Any], *args: Any) -> Any:
    """The compiled answer, which is its twin's too."""
    with np.errstate(over="ignore"):
        twin = plain(kernel)(*args)
    compiled = kernel(*args)
    assert compiled == twin
    return compiled


def number(octets: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(octets, "little"))


def bits_of(payload: bytes, fill: int = 0) -> str:
    """A payload's bits without the fill."""
    bits = "".join(f"{ARMOUR_LEGAL.index(c):06b}" for c in payload)
    return bits[: len(bits) - fill]


def words_of(bits: str) -> list[int]:
    """The words of so many bits, the one behind that of the last bit too."""
    count = len(bits) // 64 + 2
    padded = bits.ljust(64 * count, "0")
    return [int(padded[64 * n : 64 * n + 64], 2) for n in range(count)]


def form_wanted(bits: str, size: int) -> int:
    """By the table of forms and the careful road's reasons."""
    msg_type = int(bits[:6].ljust(6, "0"), 2)
    least = HEADER_BITS + (2 if msg_type == 24 else 0)
    if size < 7 or not 1 <= msg_type <= LAST_TYPE or not least <= len(bits) <= MAX_BITS:
        return UNREAD
    half = int(bits[38:40], 2) if msg_type == 24 else 0
    return FORM_OF.get((msg_type, half), OTHER)


DAUGHTER = 982_441_234


def payload(bits: str) -> tuple[bytes, int]:
    """Armoured characters and fill bits."""
    fill = -len(bits) % 6
    bits += "0" * fill
    return bytes(ARMOUR_LEGAL[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6)), fill


@st.composite
def messages(draw: st.DrawFn, layout: Layout) -> str:
    """The bits of a message of full length whose fields hold anything."""
    msg_type = draw(st.sampled_from(layout.types))
    mmsi = draw(st.sampled_from([244_123_456, DAUGHTER, 2_442_000]))
    length = layout.bits + (36 if msg_type == 21 else 6 if layout.part == 1 else 0)
    rest = draw(st.integers(0, 2**length - 1))
    bits = f"{msg_type:06b}{draw(st.integers(0, 3)):02b}{mmsi:030b}"
    bits += "" if layout.part is None else f"{layout.part:02b}"
    return bits + f"{rest:0{length}b}"[len(bits) :]
