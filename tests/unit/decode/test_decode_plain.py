"""Messages of two sentences in bulk: only where nothing that came before could claim a part."""

from __future__ import annotations

import pytest
from sentences import FILLER, SHIP, log, parts, voyage

from mda.decode import Limits, NmeaDecoder
from mda.model import Decoded


def _told(decoded: Decoded) -> tuple[list[int], list[tuple[int, str]]]:
    return decoded.statics.seq.tolist(), [(r.seq, r.reason) for r in decoded.rejected]


@pytest.mark.parametrize("wait_lines", [1, 2, 1000])
@pytest.mark.parametrize("far", [0, 3])
def test_a_pair_that_is_claimed_claims_the_next_one(wait_lines: int, far: int) -> None:
    first, second = parts(*voyage(SHIP, "ROSEAU"))
    other = parts(*voyage(SHIP + 1, "PORTSMOUTH"))
    rows = log(first, *[b"#"] * far, first, second, *other, *other, *FILLER)
    told = []
    for bulk in (True, False):
        decoder = NmeaDecoder(limits=Limits(wait_lines=wait_lines), bulk=bulk)
        told.append((_told(decoder.decode(rows)), _told(decoder.flush())))
        assert all(books.balanced() for books in decoder.books.values())
    assert told[0] == told[1]
