from __future__ import annotations

import numpy as np

from mda.model import Statics, Valid, VesselClass, pack
from mda.track import Claims
from mda.track.identity import imo_is_valid

S = 1_000_000


def statics(*rows: dict[str, object]) -> Statics:
    batch = Statics.blank(len(rows)).columns()
    for i, row in enumerate(rows):
        for name, value in {"msg_type": 5, "report_id": i + 1, **row}.items():
            batch[name][i] = value
    return Statics(**batch)


def said(at_s: int, mmsi: int = 329000001, **more: object) -> dict[str, object]:
    valid = 0
    for name, bit in (("imo", Valid.IMO), ("ship_type", Valid.SHIP_TYPE)):
        valid |= bit if name in more else 0
    valid |= Valid.DIMENSIONS if "to_bow_m" in more else 0
    return {"at_us": at_s * S, "mmsi": mmsi, "valid": valid, **more}


def test_the_label_is_as_of_an_instant() -> None:
    claims = Claims()
    claims.update(
        statics(said(10, name=b"FIRST"), said(20, name=b"SECOND"), said(30, name=b"FIRST"))
    )
    key = 329000001
    assert claims.label(key, 9 * S) == "MMSI 329000001"
    assert claims.label(key, 10 * S) == "FIRST"
    assert claims.label(key, 25 * S) == "SECOND"
    assert claims.label(key | (1 << 32), 15 * S) == "FIRST (hull 2)"
    assert claims.label(2320001, 0) == "MMSI 002320001"


def test_the_class_is_as_of_an_instant() -> None:
    claims = Claims()
    claims.update(
        statics(said(10, ship_type=70), said(11, mmsi=992351000, ship_type=1, msg_type=21))
    )
    assert claims.vessel_class(329000001, 9 * S) == VesselClass.UNKNOWN
    assert claims.vessel_class(329000001, 10 * S) == VesselClass.CARGO
    assert claims.vessel_class(992351000, 99 * S) == VesselClass.UNKNOWN


def test_the_card_has_claims_and_conflicts() -> None:
    claims = Claims()
    claims.update(
        statics(
            said(10, name=b"OLD", callsign=b"J7AB", imo=9074729, ship_type=70),
            said(20, name=b"NEW", to_bow_m=80, to_stern_m=20, to_port_m=8, to_starboard_m=8),
            said(30, imo=9074728, destination=b"ROSEAU", draught_m=5.5),
            said(40, destination=b"BRIDGETOWN"),
        )
    )
    card = claims.card(329000001)
    assert (card["name"], card["callsign"], card["class"]) == ("NEW", "J7AB", "CARGO")
    assert (card["length_m"], card["beam_m"], card["draught_m"]) == (100, 16, 5.5)
    assert card["destination"] == "BRIDGETOWN"
    assert {"what": "name", "value": "OLD", "since": "1970-01-01T00:00:10Z"} in card["claims"]
    assert card["conflicts"] == [
        "claims IMO 9074728 since 1970-01-01T00:00:30Z, whose check digit is wrong",
        "changed its name from OLD to NEW at 1970-01-01T00:00:20Z",
        "changed its IMO number from 9074729 to 9074728 at 1970-01-01T00:00:30Z",
    ]


def test_an_unknown_vessel_has_an_empty_card() -> None:
    card = Claims().card(5)
    assert (card["name"], card["length_m"], card["imo"], card["claims"]) == ("", None, None, [])
    assert card["class"] == "UNKNOWN"


def test_cuts_order_and_resuming_change_nothing() -> None:
    draw = np.random.default_rng(2)
    rows = [
        said(
            int(at),
            mmsi=329000000 + int(draw.integers(3)),
            name=b"SHIP %d" % draw.integers(25),
            ship_type=int(draw.integers(60, 90)),
            destination=b"PORT %d" % draw.integers(4),
        )
        for at in range(200)
    ]
    batch = statics(*rows)
    whole = Claims()
    whole.update(batch)
    cut = Claims()
    for first in range(0, 200, 7):
        resumed = Claims()
        resumed.load(cut.save())
        cut = resumed
        cut.update(batch.take(slice(first, first + 7)))
    shuffled = Claims()
    for i in draw.permutation(200):
        shuffled.update(batch.take(slice(int(i), int(i) + 1)))
    assert pack(whole.save()) == pack(cut.save())
    assert whole.label(329000000, 50 * S) == cut.label(329000000, 50 * S)
    assert pack(shuffled.save()["newest"] and {"n": shuffled.save()["newest"]}) == pack(
        {"n": whole.save()["newest"]}
    )


def test_imo_check_digits() -> None:
    assert imo_is_valid(9074729)
    assert not imo_is_valid(9074720)
    assert not imo_is_valid(123)
