"""The encoder against two decoders that know nothing of it: pyais, and the house's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyais
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_kernels import plainly

from feeds.synthetic import encoder, sentences
from feeds.synthetic.encoder import FORMS, encoded, six_bits
from feeds.synthetic.sentences import Texts, written
from mda.clock import NO_TIME_US
from mda.decode import LogDecoder
from mda.model import Decoded, Lines, RowKind, Sentence

# What a form's raw field is called by pyais, and what it is divided by.
WHERE = {"lon": ("lon", 6e5), "lat": ("lat", 6e5)}
MOTION = {"sog": ("speed", 10), "cog": ("course", 10)}
SAME = {name: (name, 1) for name in ("heading", "second", "status", "year", "minute", "imo")}
SAME |= {name: (name, 1) for name in ("ship_type", "to_bow", "to_stern", "to_starboard")}
SAME |= {name: (name, 1) for name in ("aid_type", "off_position")}


def same(*names: str) -> dict[str, tuple[str, float]]:
    """Fields that pyais calls as we do."""
    return {name: SAME[name] for name in names}


PYAIS: dict[str, dict[str, tuple[str, float]]] = {
    "position_a": {**WHERE, **MOTION, **same("heading", "second", "status")},
    "position_b": {**WHERE, **MOTION, **same("heading", "second")},
    "base": {**WHERE, **same("year", "minute")},
    "voyage": {
        **same("imo", "ship_type", "to_bow", "to_starboard"),
        "draught": ("draught", 10),
        "eta_hour": ("hour", 1),
    },
    "static_b": same("ship_type", "to_stern"),
    "aid": {**WHERE, **same("aid_type", "off_position")},
    "long_range": {
        "lon": ("lon", 600), "lat": ("lat", 600), "sog": ("speed", 1), "cog": ("course", 1),
    },
}  # fmt: skip
LIMITS = {
    "lon": (-108_000_000, 108_000_000), "lat": (-54_000_000, 54_000_000), "sog": (0, 1022),
    "cog": (0, 3599), "heading": (0, 359), "second": (0, 59), "status": (0, 14),
    "year": (2000, 2099),
    "minute": (0, 59), "imo": (1_000_000, 9_999_999), "to_bow": (1, 511),
    "to_stern": (1, 511), "to_starboard": (1, 63), "draught": (1, 255), "eta_hour": (0, 23),
    "aid_type": (1, 31), "off_position": (0, 1),
}  # fmt: skip
TYPES = (30, 36, 37, 40, 50, 52, 60, 69, 70, 79, 80, 89)
SHORT = {"lon": (-108_000, 108_000), "lat": (-54_000, 54_000), "sog": (0, 62), "cog": (0, 359)}
LETTERS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789-./", max_size=20).map(str.strip)


def lines_of(form: str, columns: dict[str, Any], station: str = "Roseau") -> list[bytes]:
    """The sentences of messages of one form, in TAG blocks."""
    made = encoded(form, columns)
    rows, width = made.characters.shape
    texts = Texts(
        made.characters.ravel(),
        width * np.arange(rows),
        np.full(rows, width, np.int32),
        np.full(rows, made.fill_bits, np.uint8),
    )
    index = np.arange(rows)
    block = written(
        index.astype(np.int32), np.zeros(rows, np.int32), 1_771_041_600 + index, index,
        np.zeros(rows, np.uint8), texts, [station],
    )  # fmt: skip
    return block.splitlines(keepends=True)


def by_pyais(lines: list[bytes]) -> list[Any]:
    """What pyais makes of them; the TAG block is taken off."""
    bare = [line.split(b"\\")[2].strip() for line in lines]
    if bare[0].startswith(b"!AIVDM,2"):
        return [pyais.decode(*bare[k : k + 2]) for k in range(0, len(bare), 2)]
    return [pyais.decode(line) for line in bare]


def by_us(lines: list[bytes]) -> Decoded:
    """What the house's decoder makes of them."""
    rows = [Sentence(RowKind.LINE, 0, NO_TIME_US, line.strip()) for line in lines]
    decoder = LogDecoder({})
    decoded = decoder.decode(Lines.of(rows))
    assert decoder.books[0].balanced()
    assert not decoded.rejected
    assert decoder.books[0].pending == 0
    return decoded


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    form = draw(st.sampled_from(sorted(PYAIS)))
    limits = {**LIMITS, **SHORT} if form == "long_range" else LIMITS
    rows = draw(st.integers(1, 4))
    columns: dict[str, Any] = {}
    for name in PYAIS[form]:
        whole = st.sampled_from(TYPES) if name == "ship_type" else st.integers(*limits[name])
        columns[name] = np.array(draw(st.lists(whole, min_size=rows, max_size=rows)), np.int64)
    mmsi = st.integers(200_000_000, 799_999_999)
    columns["mmsi"] = np.array(draw(st.lists(mmsi, min_size=rows, max_size=rows)), np.int64)
    if form in ("voyage", "aid"):
        columns["name"] = draw(st.lists(LETTERS, min_size=rows, max_size=rows))
    return form, columns


@given(messages())
def test_what_is_encoded_is_decoded_by_others(message: tuple[str, dict[str, Any]]) -> None:
    form, columns = message
    for row, found in enumerate(by_pyais(lines_of(form, columns))):
        assert found.mmsi == columns["mmsi"][row]
        for name, (theirs, scale) in PYAIS[form].items():
            assert float(getattr(found, theirs)) == pytest.approx(
                columns[name][row] / scale, abs=1e-5
            )
        if "name" in columns:
            said = found.shipname if form == "voyage" else found.name
            assert said.strip() == columns["name"][row]


@given(messages())
def test_what_is_encoded_is_decoded_by_us(message: tuple[str, dict[str, Any]]) -> None:
    form, columns = message
    decoded = by_us(lines_of(form, columns))
    if form in ("position_a", "position_b", "base", "aid", "long_range"):
        scale = 600.0 if form == "long_range" else 600_000.0
        assert decoded.reports.mmsi.tolist() == columns["mmsi"].tolist()
        assert decoded.reports.lon_deg == pytest.approx(columns["lon"] / scale)
        assert decoded.reports.lat_deg == pytest.approx(columns["lat"] / scale)
    if form in ("position_a", "position_b"):
        assert decoded.reports.sog_kn == pytest.approx(columns["sog"] / 10.0)
        assert decoded.reports.cog_deg == pytest.approx(columns["cog"] / 10.0)
    if form in ("voyage", "static_b"):
        assert decoded.statics.ship_type.tolist() == columns["ship_type"].tolist()
    if form == "voyage":
        assert decoded.statics.imo.tolist() == columns["imo"].tolist()
        assert [n.decode().strip() for n in decoded.statics.name] == columns["name"]


def test_every_form_is_as_long_as_the_standard_says() -> None:
    bits = {
        form: sum(part.bits * max(1, part.text) for part in parts) for form, parts in FORMS.items()
    }
    assert bits == {
        "position_a": 168, "position_b": 168, "base": 168, "voyage": 424, "static_a": 168,
        "static_b": 168, "aid": 272, "safety_text": 112, "long_range": 96,
    }  # fmt: skip


def test_the_plain_kernels_write_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    mmsi = np.array([311_000_123, 329_000_001])
    given_columns = {
        "position_a": {"mmsi": mmsi, "lon": np.array([-36_812_345, 5]), "rot": np.array([-30, 30])},
        "voyage": {"mmsi": mmsi, "name": ["CORAL DAWN", ""], "draught": np.array([71, 0])},
        "long_range": {"mmsi": mmsi},
    }
    compiled = {form: lines_of(form, columns) for form, columns in given_columns.items()}
    plainly(monkeypatch, encoder, sentences)
    for form, columns in given_columns.items():
        assert lines_of(form, columns) == compiled[form]


def test_what_is_not_given_is_not_available() -> None:
    report = by_pyais(lines_of("position_a", {"mmsi": np.array([311_000_123])}))[0]
    assert (report.lon, report.lat, report.speed, report.course) == (181.0, 91.0, 102.3, 360.0)
    assert (report.heading, report.second, int(report.turn)) == (511, 60, -128)


def test_a_text_says_what_it_said() -> None:
    columns = {"mmsi": np.array([970_012_345]), "text": ["SART ACTIVE"]}
    found = by_pyais(lines_of("safety_text", columns))[0]
    assert (found.msg_type, found.text.strip()) == (14, "SART ACTIVE")
    assert six_bits(["~a"], 3).tolist() == [[32, 1, 0]]


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="position_a has no field draught"):
        encoded("position_a", {"mmsi": np.array([1]), "draught": np.array([1])})


def test_long_messages_stand_in_two_sentences_of_one_group() -> None:
    lines = lines_of("voyage", {"mmsi": np.array([311_000_123] * 12), "name": ["A"] * 12})
    assert len(lines) == 24
    assert lines[22].startswith(b"\\g:1-2-11,s:Roseau,c:1771041611*")
    assert lines[23].startswith(b"\\g:2-2-11,s:Roseau,c:1771041611*")
    assert len(by_us(lines).statics) == 12
