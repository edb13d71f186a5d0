"""Reports and Statics to Arrow and back, exactly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mda.errors import StoreError
from mda.model import Reports, Statics
from mda.store.columns import from_arrow, schema, to_arrow


def test_round_trip_is_exact(sea) -> None:
    for batch in (sea.reports(1, 200), sea.statics(1, 200)):
        table = to_arrow(batch, sea.stations, sea.feeds)
        assert table.schema.equals(schema(type(batch)))
        assert sea.same(from_arrow(type(batch), table, sea.stations, sea.feeds), batch)
        twice = pa.concat_tables([table, table])
        back = from_arrow(type(batch), twice, sea.stations, sea.feeds)
        assert sea.same(back, type(batch).concat([batch, batch]))
    empty = to_arrow(Reports.blank(0), (), ())
    assert len(from_arrow(Reports, empty, (), ())) == 0


def test_outside_a_value_that_is_not_available_is_null(sea) -> None:
    table = to_arrow(sea.reports(1, 12), sea.stations, sea.feeds)
    row = dict(zip(range(1, 12), table.to_pylist(), strict=True))
    assert row[5]["received_at"] is None
    assert row[3]["station"] is None
    assert row[1]["station"] == "cw"
    assert row[2]["station"] == "martinique"
    assert row[1]["nav_status"] is None
    assert row[2]["nav_status"] == 5
    assert row[11]["lon_deg"] is None
    assert row[4]["sog_kn"] is None
    assert row[6]["duplicate"] is True
    assert row[1]["duplicate"] is False
    assert row[1]["heard_id"] is None
    assert row[1]["at"].isoformat() == "2017-03-21T00:00:10+00:00"
    said = to_arrow(sea.statics(1, 4), sea.stations, sea.feeds).to_pylist()
    assert [r["name"] for r in said] == ["VESSEL 1", "VESSEL 2", None]
    assert [r["imo"] for r in said] == [None, 9_074_729, None]
    assert said[0]["callsign"] == "J8é"


def _column(name: str, dtype: str, rows: int) -> st.SearchStrategy[np.ndarray]:
    if name in ("station", "feed"):
        return hnp.arrays("i4", rows, elements=st.integers(-1, 1))
    if dtype[0] == "S":
        text = st.binary(max_size=int(dtype[1:])).map(lambda b: b.rstrip(b"\0"))
        return hnp.arrays(dtype, rows, elements=text)
    return hnp.arrays(np.dtype(dtype), rows)


@st.composite
def batches(draw: st.DrawFn, kind: type[Reports] | type[Statics]) -> Reports | Statics:
    rows = draw(st.integers(0, 3))
    return kind(**{n: draw(_column(n, d, rows)) for n, d in kind.DTYPES.items()})


@given(st.one_of(batches(Reports), batches(Statics)))
@settings(max_examples=60, deadline=None)
def test_whatever_the_columns_hold_comes_back(batch: Reports | Statics) -> None:
    table = to_arrow(batch, ("a", "b"), ("x", "y"))
    back = from_arrow(type(batch), table, ("a", "b"), ("x", "y"))
    again = to_arrow(back, ("a", "b"), ("x", "y"))
    assert again.equals(table)
    assert np.array_equal(back.columns()["valid"], batch.columns()["valid"])


def test_names_that_are_not_in_the_manifest_are_an_error(sea) -> None:
    table = to_arrow(sea.reports(1, 4), sea.stations, sea.feeds)
    with pytest.raises(StoreError, match="station 'martinique'"):
        from_arrow(Reports, table, ("cw",), sea.feeds)
    with pytest.raises(StoreError, match="no column 'hull'"):
        from_arrow(Reports, table.drop_columns(["hull"]), sea.stations, sea.feeds)
    plain = table.set_column(
        table.column_names.index("station"), "station", table.column("station").cast(pa.string())
    )
    back = from_arrow(Reports, plain, ("x", *sea.stations), sea.feeds)
    assert back.station.tolist() == [1, 2, -1]
