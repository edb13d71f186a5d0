"""How findings speak of waters: all claims, the status, the belt, and the line's own doubt."""

from __future__ import annotations

import numpy as np
import pytest
from small_waters import Boxes, Circles, claim

from mda.detect.surroundings import Surroundings
from mda.detect.water_words import belt_words, once, water_words, zone_words
from mda.model import ZoneClaim

GUYANA = claim("eez-guyana", "Guyana", status="claimed")
DISPUTED = claim("essequibo", "Guyana", "Venezuela", status="disputed", kind="disputed")
BELT = claim("ts-guyana", "Guyana", status="claimed", kind="territorial")


def test_disputed_water_names_every_claimant_first() -> None:
    assert water_words([GUYANA, DISPUTED], True) == (
        "in disputed water claimed by Guyana and Venezuela "
        "(our source draws it in the EEZ claimed by Guyana)"
    )


def test_a_belt_in_disputed_water_is_a_claim() -> None:
    assert water_words([DISPUTED, GUYANA, BELT], True).endswith(
        "inside the territorial sea claimed by Guyana"
    )
    assert water_words([GUYANA, BELT], True) == (
        "in Guyana's territorial sea, within the limits of the EEZ claimed by Guyana"
    )
    assert water_words([BELT], True) == (
        "outside every EEZ on file, inside Guyana's territorial sea"
    )


def test_an_own_limit_in_disputed_water_is_not_our_sources() -> None:
    own = claim("own", "Guyana", status="claimed", own=True)
    assert water_words([own, DISPUTED, GUYANA], True) == (
        "in the EEZ claimed by Guyana (the operator's own limit) "
        "and disputed water claimed by Guyana and Venezuela"
    )


def test_only_the_innermost_belt_is_told() -> None:
    outer = claim("cz-guyana", "Guyana", kind="contiguous")
    assert belt_words([outer, BELT]) == "Guyana's territorial sea"
    assert belt_words([outer]) == "Guyana's contiguous zone"
    assert belt_words([GUYANA]) == ""
    two = [BELT, claim("ts-venezuela", "Venezuela", kind="territorial")]
    assert belt_words(two) == (
        "the territorial sea claimed by Guyana and the territorial sea claimed by Venezuela"
    )


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("joint", "joint", "the joint zone of Barbados and Guyana"),
        ("overlap", "disputed", "water where the claims of Barbados and Guyana overlap"),
        ("eez", "disputed", "the EEZ claimed by Barbados and Guyana (disputed)"),
        ("eez", "median", "the EEZ claimed by Barbados and Guyana (median)"),
    ],
)
def test_kinds_and_statuses(kind: str, status: str, words: str) -> None:
    assert zone_words(claim("x", "Guyana", "Barbados", kind=kind, status=status)) == words


def test_no_zone_is_not_the_high_seas() -> None:
    assert water_words([], False) == "in water the zone library does not cover"
    sea = ZoneClaim("sea", "the Sargasso Sea", "sea", (), "none", 5000.0)
    assert water_words([sea], True) == "outside every EEZ on file, in the Sargasso Sea"
    assert water_words([sea, GUYANA], True) == "in the EEZ claimed by Guyana"


def test_rules_and_own_zones_have_their_names() -> None:
    area = ZoneClaim("f", "firing range", "firing", (), "", 10.0)
    fpso = claim("FPSO 500 m", "Guyana", kind="exclusion")
    assert zone_words(area) == "the zone 'firing range'"
    assert water_words([GUYANA, fpso, area], True) == (
        "in the EEZ claimed by Guyana, inside the zone 'FPSO 500 m' and the zone 'firing range'"
    )
    assert zone_words(claim("reef", kind="eez")) == "reef"


def test_an_operators_own_limit_stands_for_ours() -> None:
    official = claim("official", "Guyana", kind="eez", own=True)
    assert once([GUYANA, official, BELT]) == [official, BELT]
    assert water_words([GUYANA, official], True) == (
        "in the EEZ claimed by Guyana (agreed, the operator's own limit)"
    )
    twins = [claim("a", "Guyana", kind="area", own=True), claim("b", "Guyana", kind="area")]
    assert once(twins) == twins


def test_near_a_line_it_may_be_the_other_side() -> None:
    line = claim("eez-guyana", "Guyana", status="claimed", accuracy_m=3000.0)
    assert water_words([line], True, [3001.0]) == "in the EEZ claimed by Guyana"
    assert water_words([line], True, [1200.0]).endswith(
        ", 0.6 nmi from a line that is known to ± 1.6 nmi: it may be on the other side"
    )


def test_surroundings_leave_out_what_does_not_hold_and_the_names_of_seas() -> None:
    sea = ZoneClaim("sea", "Caribbean Sea", "sea", (), "none", 5000.0)
    season = claim(
        "season", kind="season", own=True, valid_from="1970-01-01T01:00:00Z", status="none"
    )
    box = (-62.0, 15.0, -61.0, 16.0)
    around = Surroundings(
        Boxes((GUYANA, *box), (sea, *box), (season, *box)), Circles(("Roseau", -61.39, 15.3, 9.0))
    )
    lon, lat = np.full(2, -61.5), np.full(2, 15.5)
    before, during = around.at(lon, lat, np.array([0, 3_600_000_000]))
    assert [zone.id for zone in before.zones] == ["eez-guyana"]
    assert [zone.id for zone in during.zones] == ["eez-guyana", "season"]
    assert during.water == "in the EEZ claimed by Guyana, inside the zone 'season'"
