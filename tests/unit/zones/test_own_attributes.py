"""Attributes of files in our words: the command first, then the feature, then Marine Regions."""

import pytest

from mda.errors import ZoneError
from zones.own_attributes import Given, library_box, radius_nmi, row_of, slug
from zones.own_reading import Shape
from zones.records import zone_of

MARINE = {
    "mrgid": 8435,
    "geoname": "Dominican Exclusive Economic Zone (Dominica)",
    "mrgid_ter1": 8650,
    "pol_type": "200NM",
    "territory1": "Dominica",
    "iso_ter1": "DMA",
    "sovereign1": "Dominica",
    "iso_sov1": "DMA",
    "area_km2": 28749,
}


def row(told: dict, given: Given = Given(), file: str = "a.shp") -> tuple[dict, list[str]]:  # noqa: B008
    said: list[str] = []
    shape = Shape(None, told, "feature 1")
    made = row_of(shape, given, "the title", file, "duty", "2026-11-21", said.append)
    zone_of({"id": "x", **made}, "test")  # what is made is a zone
    return made, said


def refused(told: dict, given: Given = Given()) -> str:  # noqa: B008
    with pytest.raises(ZoneError) as caught:
        row(told, given)
    return str(caught.value)


def test_a_zone_of_which_nothing_is_said() -> None:
    made, said = row({})
    assert made == {
        "name": "the title", "kind": "area", "claimants": [], "iso3": [], "codes": [],
        "status": "none", "basis": "not stated", "source": "a.shp, from duty",
        "licence": "not stated", "date": "2026-11-21", "accuracy_m": 100.0, "outline": "own",
        "note": "", "valid_from": "", "valid_until": "",
    }  # fmt: skip
    assert said == ["accuracy is not stated: ± 100 m is assumed (--accuracy-m)"]


def test_the_command_goes_before_the_feature() -> None:
    told = {
        "name": "A",
        "kind": "Season",
        "status": "claimed",
        "claimants": "Dominica; Guadeloupe",
        "basis": "act",
        "source": "gazette",
        "license": "CC0-1.0",
        "date": "2020",
        "accuracy_m": "50",
        "description": "nets",
        "begin": "2026-06-01",
        "end": "2026-07-31",
    }
    made, said = row(told)
    assert said == []
    assert made == {
        "name": "A", "kind": "season", "claimants": ["Dominica", "Guadeloupe"],
        "iso3": ["DMA", "GLP"], "codes": ["DM", "GP", "FR"], "status": "claimed", "basis": "act",
        "source": "gazette", "licence": "CC0-1.0", "date": "2020", "accuracy_m": 50.0,
        "outline": "own", "note": "nets", "valid_from": "2026-06-01", "valid_until": "2026-07-31",
    }  # fmt: skip
    given = Given("security", ("BRB",), "agreed", "order", "navy", "own", 5.0, "2026-01-01",
                  "2026-01-02T12:00:00Z")  # fmt: skip
    made, _ = row(told, given)
    assert (made["kind"], made["claimants"], made["iso3"]) == ("security", ["Barbados"], ["BRB"])
    assert [made[k] for k in ("status", "basis", "source", "licence", "accuracy_m")] == [
        "agreed", "order", "navy", "own", 5.0]  # fmt: skip
    assert [made["valid_from"], made["valid_until"]] == ["2026-01-01", "2026-01-02T12:00:00Z"]


def test_waters_have_a_status_and_name_who_claims_them() -> None:
    assert "'the title' (eez) names no claimant" in refused({"kind": "eez"})
    assert "--claimant" in refused({"kind": "territorial"})
    for kind, status in {"eez": "claimed", "contiguous": "claimed", "joint": "joint"}.items():
        assert row({"kind": kind, "claimants": ["Barbados"]})[0]["status"] == status
    made, _ = row({"kind": "overlap", "claimants": ["Barbados", "Guyana"]})
    assert made["status"] == "disputed"


def test_a_claimant_that_nobody_knows_is_told() -> None:
    made, said = row({"claimant": "Atlantis", "accuracy_m": 1})
    assert made["claimants"] == ["Atlantis"]
    assert made["iso3"] == []
    assert said == ["the library knows no 'Atlantis': it is a claimant without ISO code"]
    assert row({"claimant": "Bahamas"})[0]["iso3"] == ["BHS"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"kind": "harbour"}, "kind 'harbour' is none of eez"),
        ({"status": "sure"}, "status 'sure' is none of"),
        ({"accuracy_m": "good"}, "accuracy_m 'good' is no number"),
        ({"accuracy_m": -5}, "no positive accuracy_m"),
        ({"valid_from": "soon"}, "neither a date nor an instant"),
        ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "before it begins"),
    ],
)
def test_what_makes_no_sense_is_refused(told: dict, words: str) -> None:
    assert words in refused(told)


def test_an_eez_of_marine_regions() -> None:
    made, said = row(MARINE, file="World_EEZ_v12_20231025.zip")
    assert made["name"] == "Dominican Exclusive Economic Zone (Dominica)"
    assert (made["kind"], made["status"]) == ("eez", "claimed")
    assert (made["claimants"], made["iso3"], made["codes"]) == (["Dominica"], ["DMA"], ["DM"])
    assert made["licence"] == "CC-BY-4.0"
    assert made["source"].startswith("Flanders Marine Institute, Marine Regions")
    assert (made["date"], made["mrgid"], made["accuracy_m"]) == ("2023-10-25", 8435, 1000.0)
    assert said == ["accuracy is not stated: ± 1000 m is assumed (--accuracy-m)"]
    made, _ = row({**MARINE, "mrgid": None, "iso_ter1": None}, Given(accuracy_m=500.0))
    assert (made["accuracy_m"], made["date"], made["iso3"]) == (500.0, "2026-11-21", ["DMA"])
    assert "mrgid" not in made


@pytest.mark.parametrize(
    ("pol_type", "kind"), [("12NM", "territorial"), ("24NM", "contiguous"), ("Other", "area")]
)
def test_belts_of_marine_regions(pol_type: str, kind: str) -> None:
    made, _ = row({**MARINE, "geoname": "Dominican 12 NM", "pol_type": pol_type})
    assert made["kind"] == kind
    assert made["basis"] == f"{pol_type} as Marine Regions draws it"


def test_joint_and_overlapping_zones_of_marine_regions() -> None:
    both = {"territory2": "Guyana", "iso_ter2": "GUY", "sovereign2": "Guyana", "iso_sov2": "GUY"}
    one = {**MARINE, "territory1": "Barbados", "iso_ter1": "BRB", "iso_sov1": "BRB", **both}
    made, _ = row({**one, "pol_type": "Joint regime"})
    assert (made["kind"], made["status"]) == ("joint", "joint")
    assert (made["claimants"], made["iso3"]) == (["Barbados", "Guyana"], ["BRB", "GUY"])
    assert made["codes"] == ["BB", "GY"]
    made, _ = row({**one, "pol_type": "Overlapping claim"})
    assert (made["kind"], made["status"]) == ("overlap", "disputed")


def test_an_island_that_several_states_claim() -> None:
    bank = {
        "territory1": "Serranilla Bank",
        "territory2": "Serranilla Bank",
        "sovereign1": "Colombia",
        "sovereign2": "Honduras",
        "iso_sov1": "COL",
        "iso_sov2": "HND",
        "iso_ter1": None,
        "pol_type": "Overlapping claim",
        "geoname": "Overlapping claim",
    }
    made, _ = row(bank)  # fmt: skip
    assert made["claimants"] == ["Colombia (Serranilla Bank)", "Honduras (Serranilla Bank)"]
    assert made["iso3"] == ["COL", "HND"]
    assert {"CO", "HN"} <= set(made["codes"])


def test_the_radius_of_a_feature_or_of_the_command() -> None:
    shape = Shape(None, {"radius_nmi": "2.5"}, "feature 1")
    assert radius_nmi(shape, Given(), "a") == 2.5
    assert radius_nmi(shape, Given(radius_nmi=1.0), "a") == 1.0
    assert radius_nmi(Shape(None, {}, ""), Given(), "a") == 0.0
    for wrong in (-1, 601, "nan"):
        with pytest.raises(ZoneError, match="Use 0 to 600"):
            radius_nmi(Shape(None, {"radius_nmi": wrong}, "feature 1"), Given(), "a")


def test_names_for_ids() -> None:
    assert slug("  Île à Vache / No 2  ") == "ile-a-vache-no-2"
    assert slug("!!!") == ""
    assert len(slug("a b " * 50)) <= 60


def test_the_box_of_the_shipped_library() -> None:
    west, south, east, north = library_box()
    assert west < -80 < -60 < east
    assert south < 10 < 20 < north


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("20260601", "2026-06-01"),
        ("2026-06-01 12:00", "2026-06-01T12:00:00Z"),
        ("2026-06-01T12:00:00-04:00", "2026-06-01T16:00:00Z"),
    ],
)
def test_times_are_kept_in_one_form(told: str, kept: str) -> None:
    made, _ = row({"valid_from": told}, Given(valid_until="2027-01-01"))
    assert (made["valid_from"], made["valid_until"]) == (kept, "2027-01-01")


def test_what_is_no_time_is_refused() -> None:
    assert "neither a date nor an instant" in refused({"valid_from": "in June"})
