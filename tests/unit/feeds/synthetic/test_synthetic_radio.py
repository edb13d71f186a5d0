"""The ether: losses that the recommendations give, shadows, slots that two want at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from island_sea import BOX, Island
from plain_kernels import plainly

from feeds.synthetic import draws, propagation, reception
from feeds.synthetic.propagation import (
    BENDING,
    ELEVATED,
    NO_DUCT,
    SURFACE,
    path_loss_db,
    shadows,
)
from feeds.synthetic.reception import (
    FADINGS,
    UNHEARD,
    Ether,
    Voices,
    crowded_into,
    heard_of,
    margins,
    shadow_frame,
    spells,
)
from feeds.synthetic.sea import Sea
from feeds.synthetic.transmit import Sent


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def _kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        plainly(monkeypatch, draws, propagation, reception)


def loss(distance_km: float, duct_kind: int = NO_DUCT, duct: float = 0.0) -> float:
    """Between a station at 100 m and a ship's antenna at 15 m."""
    return float(propagation.path_loss_db(1000.0 * distance_km, 100.0, 15.0, duct_kind, duct))


def sent_of(slots: list[int], channels: list[int] | None = None) -> Sent:
    """Transmissions of ships 0, 1, 2 … in these slots."""
    count = len(slots)
    return Sent(
        np.arange(count, dtype=np.int32),
        np.zeros(count, np.uint8),
        np.array(slots, np.int64),
        np.array(channels or [0] * count, np.uint8),
    )


def test_loss_grows_with_distance_and_fastest_beyond_the_horizon() -> None:
    levels = [loss(km) for km in range(2, 200, 2)]
    assert all(b >= a for a, b in pairwise(levels))
    assert loss(1.0) == pytest.approx(32.44 + 20 * np.log10(162.0), abs=0.5)  # P.525
    # P.526: some 0.5 dB a km far beyond the horizon (57 km here)
    assert (loss(140.0) - loss(100.0)) / 40.0 == pytest.approx(0.5, abs=0.1)


def test_plain_and_compiled_losses_agree() -> None:
    assert loss(70.0) == pytest.approx(path_loss_db(70_000.0, 100.0, 15.0, NO_DUCT, 0.0))


def test_ducts_carry_far_and_each_in_its_own_way() -> None:
    for kind in (SURFACE, BENDING, ELEVATED):
        assert loss(150.0, kind, 0.8) < loss(150.0) - 15.0
        assert loss(150.0, kind, 0.0) == pytest.approx(loss(150.0))
    assert loss(70.0, ELEVATED, 0.8) == pytest.approx(loss(70.0))
    assert loss(70.0, SURFACE, 0.8) < loss(70.0) - 5.0


def test_an_island_throws_a_shadow_on_the_far_side_only() -> None:
    sea = Sea.of(Island(), BOX, 0.02)
    site = np.array([[-61.083, 14.0, 60.0]])
    dark = shadows(sea, sea.ground_m(0.1, 700.0), site, 1)
    assert dark.shape == (1, *sea.shore_m.shape)
    assert dark[(0, *sea.cell(-60.8, 14.0))] > 15.0
    assert dark[(0, *sea.cell(-61.3, 14.0))] == 0.0
    assert shadows(sea, sea.ground_m(0.0, 0.0), site, 1).max() == 0.0
    assert shadow_frame(sea, 2)[2] == pytest.approx(0.04)


def ether_of(fading: str, **changed: object) -> Ether:
    """One station at the origin of a flat sea."""
    plain = Ether(
        site=np.array([[-61.0, 14.0, 100.0, -107.0]]),
        gain_db=np.zeros((1, 60)),
        duct=np.zeros((1, 60)),
        duct_kind=NO_DUCT,
        fading=FADINGS[fading],
        slow_db=0.0,
        slow_s=600.0,
        lost_share=0.0,
        shadow_db=np.zeros((1, 3, 3)),
        frame=np.array([-61.1, 13.9, 0.1]),
    )
    return plain._replace(**changed)


def share_heard(ether: Ether, off_deg: float, count: int = 1500) -> float:
    """Share of one ship's messages heard at a distance."""
    sent = sent_of(list(range(0, 60 * count, 60)))._replace(ship=np.zeros(count, np.int32))
    lon, lat = np.full(count, -61.0 + off_deg), np.full(count, 14.0)
    voices = Voices(np.array([41.0]), np.array([15.0]))
    margin = margins(sent, lon, lat, np.zeros(count), voices, ether, 3)
    return float(heard_of(margin)[0].size / count)


@pytest.mark.parametrize("fading", sorted(FADINGS))
def test_near_is_heard_and_far_is_not(fading: str) -> None:
    ether = ether_of(fading)
    assert share_heard(ether, 0.1) > 0.98
    assert share_heard(ether, 2.5) < 0.02
    assert 0.1 < share_heard(ether, 0.72) < 0.97


def test_what_stands_in_the_way_is_taken_off() -> None:
    shadow = np.full((1, 3, 3), 40.0)
    assert share_heard(ether_of("rician", shadow_db=shadow), 0.08) < share_heard(
        ether_of("rician"), 0.08
    )
    assert share_heard(ether_of("rician", gain_db=np.full((1, 60), 2 * UNHEARD)), 0.1) == 0.0
    assert share_heard(ether_of("rician", lost_share=0.5), 0.1) == pytest.approx(0.5, abs=0.06)
    assert share_heard(ether_of("rician"), 5.0, 20) == 0.0


def test_losses_of_the_burst_family_come_in_runs() -> None:
    """At a distance where bad spells drown everything: longer runs than independent loss has."""
    count = 1500
    sent = sent_of(list(range(0, 375 * count, 375)))._replace(ship=np.zeros(count, np.int32))
    lon, lat = np.full(count, -60.55), np.full(count, 14.0)
    ether = ether_of("burst", gain_db=np.zeros((1, 300)), duct=np.zeros((1, 300)))
    voices = Voices(np.array([41.0]), np.array([15.0]))
    heard = margins(sent, lon, lat, np.zeros(count), voices, ether, 3)[:, 0] > 0.0
    lost = ~heard
    assert 0.05 < lost.mean() < 0.5
    assert lost[1:][lost[:-1]].mean() > 2.0 * lost.mean()


def test_two_in_a_slot_drown_each_other_only_if_they_do_not_hear_each_other() -> None:
    sent = sent_of([7, 7, 7, 9], [0, 0, 1, 0])
    far = np.array([-61.0, -60.4, -60.4, -60.4])
    lat = np.full(4, 14.0)
    margin = np.array([[5.0], [3.0], [3.0], [3.0]], np.float32)
    lost = reception.crowded_into(sent, far, lat, margin)
    assert lost >= 2
    assert (margin[:, 0] > 0).tolist() == [False, False, True, True]
    near = np.array([-61.0, -60.9, -60.9, -60.9])
    margin = np.array([[5.0], [3.0], [3.0], [3.0]], np.float32)
    assert crowded_into(sent, near, lat, margin) == 0
    strong = np.array([[25.0], [3.0], [3.0], [3.0]], np.float32)
    reception.crowded_into(sent, far, lat, strong)
    assert (strong[:2, 0] > 0).tolist() == [True, False]


def test_spells_hold_in_their_windows_only() -> None:
    level = spells(2.0, [(0.5, 1.0, 3.0)], -1.0)
    assert level.size == 120
    assert (level[30:60] == 3.0).all()
    assert (np.delete(level, np.arange(30, 60)) == -1.0).all()
