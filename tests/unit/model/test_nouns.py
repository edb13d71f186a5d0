import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mda.model import (
    Books,
    Case,
    Finding,
    Lines,
    MmsiKind,
    Reports,
    RowKind,
    Sentence,
    Statics,
    Valid,
    ZoneClaim,
    finding_id,
    mmsi_kind,
    pack,
    unpack,
)


def finding(**changes: object) -> Finding:
    body: dict[str, object] = {
        "id": "00ff",
        "kind": "silence",
        "mmsis": (329000001,),
        "keys": (329000001,),
        "onset_at_us": 1,
        "opened_at_us": 2,
        "closed_at_us": None,
        "revised_at_us": 3,
        "status": "provisional",
        "probability": None,
        "lon_deg": -61.5,
        "lat_deg": 15.3,
        "summary": "Silent.",
        "evidence": {"silent_s": 700.0},
        "detector": "silence",
        "detector_version": "1",
        "config_hash": "abc",
        "zones": (ZoneClaim("eez-dominica", "Dominica", "eez", ("Dominica",), "claimed", 3000.0),),
        "path": ((-61.5, 15.3), (-61.4, 15.3)),
    }
    return Finding(**{**body, **changes})  # type: ignore[arg-type]


def test_blank_rows_know_nothing() -> None:
    reports = Reports.blank(2)
    assert np.isnan(reports.lon_deg).all()
    assert (reports.valid == 0).all()
    assert np.isnan(Statics.blank(1).length_m()).all()


def test_batches_are_cut_and_joined() -> None:
    first = Reports.from_columns({"mmsi": np.array([3, 1]), "at_us": np.array([5, 5])})
    both = Reports.concat([first, first.take(slice(0, 1))])
    assert both.mmsi.tolist() == [3, 1, 3]
    assert both.take(both.order()).mmsi.tolist() == [1, 3, 3]
    assert len(Reports.concat([])) == 0
    assert both.replace(mmsi=np.array([7, 7, 7], np.uint32)).mmsi.tolist() == [7, 7, 7]
    assert len(Reports.from_columns({})) == 0


def test_a_key_holds_mmsi_and_hull() -> None:
    reports = Reports.from_columns({"mmsi": np.array([329000001]), "hull": np.array([2])})
    assert reports.key().tolist() == [329000001 + (2 << 32)]


def test_lengths_need_valid_dimensions() -> None:
    statics = Statics.from_columns(
        {
            "to_bow_m": np.array([100, 100, 0]),
            "to_stern_m": np.array([20, 20, 0]),
            "to_port_m": np.array([8, 8, 0]),
            "to_starboard_m": np.array([9, 9, 0]),
            "valid": np.array([Valid.DIMENSIONS, 0, Valid.DIMENSIONS]),
        }
    )
    assert statics.length_m()[0] == 120.0
    assert statics.beam_m()[0] == 17.0
    assert np.isnan(statics.length_m()[1:]).all()


@given(
    st.dictionaries(
        st.text("abc/", min_size=1, max_size=4),
        st.one_of(
            st.integers(-(2**53), 2**53),
            st.text(max_size=5),
            st.lists(st.integers(0, 9), max_size=4).map(lambda v: np.array(v, np.int32)),
            st.none(),
        ),
        max_size=5,
    )
)
def test_packed_state_comes_back(state: dict[str, object]) -> None:
    nested = {"inner": state, "text": np.array([b"AB", b""], "S7")}
    back = unpack(pack(nested))
    assert pack(back) == pack(nested)
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(back["inner"][name], value)
        else:
            assert back["inner"][name] == value


def test_lines_give_their_rows_back() -> None:
    rows = [Sentence(RowKind.START, -1, 5, b""), Sentence(RowKind.LINE, 0, 6, b"!AIVDM")]
    lines = Lines.of(rows, 7)
    assert list(lines) == rows
    assert lines.seq.tolist() == [7, 8]
    assert list(lines.take(1, 2)) == rows[1:]
    assert len(Lines.of([])) == 0


def test_findings_and_cases_survive_json() -> None:
    one = finding()
    assert Finding.from_json(one.to_json()) == one
    gone = one.withdrawn(9, "late data disproved it")
    assert (gone.status, gone.revision, gone.revised_at_us) == ("withdrawn", 2, 9)
    assert gone.content() == one.content()
    assert finding(summary="Other.").content() != one.content()
    case = Case(
        id="c1",
        priority="W",
        state="active_unacknowledged",
        filed=False,
        mmsis=(329000001,),
        keys=(329000001,),
        kind="silence",
        title="t",
        sentence="s",
        opened_at_us=1,
        updated_at_us=2,
        closed_at_us=None,
        lon_deg=1.0,
        lat_deg=2.0,
        finding_ids=("00ff",),
        terms=(("silent", 3.0),),
        acts=({"act": "acknowledge"},),
    )
    assert Case.from_json(case.to_json()) == case


def test_identity_is_content() -> None:
    assert finding_id("silence", (2, 1), 99) == finding_id("silence", (1, 2), 99)
    assert finding_id("silence", (1,), 99) != finding_id("loitering", (1,), 99)
    assert finding_id("zone_visit", (1,), 9, "a") != finding_id("zone_visit", (1,), 9, "b")


@pytest.mark.parametrize(
    ("mmsi", "kind"),
    [
        (329002300, MmsiKind.SHIP),
        (3290001, MmsiKind.COAST),
        (32900001, MmsiKind.GROUP),
        (111329001, MmsiKind.SAR_AIRCRAFT),
        (993291234, MmsiKind.AID),
        (983291234, MmsiKind.CRAFT),
        (832912345, MmsiKind.HANDHELD),
        (970012345, MmsiKind.SART),
        (972012345, MmsiKind.MOB),
        (974012345, MmsiKind.EPIRB),
        (0, MmsiKind.INVALID),
        (999, MmsiKind.INVALID),
        (123456789, MmsiKind.INVALID),
    ],
)
def test_kinds_of_mmsi(mmsi: int, kind: MmsiKind) -> None:
    assert mmsi_kind(mmsi) == kind


def test_books_balance_or_say_so() -> None:
    books = Books(lines=5, decoded_lines=3, rejected={"checksum": 1}, pending=1)
    assert books.balanced()
    books.lines += 1
    assert not books.balanced()
