"""The kinds of ships at sea here, and ships of a kind with an identity of their own.

*Sources.* Ship type codes: M.1371-5 table 53. Powers: class A 12.5 W (M.1371-5 annex 2), class B CS
2 W and SO 5 W (annexes 7 and 2), AIS-SART 1 W (IEC 61097-14). Country digits: ITU-R M.585.
Sizes, speeds and turning are of our own choosing, what such ships do in these waters. Identities
are invented: the last five digits run from 90000 down, and no name is that of a known ship.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from feeds.synthetic.draws import Draws


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of ship."""

    name: str
    ais: str
    """`A`, `B` (carrier sense), `SO` (class B, self-organised), `none`, or a station's own kind:
    `base`, `aid`, `beacon`."""
    ship_type: int
    length_m: tuple[float, float]
    speed_kn: tuple[float, float]
    turn_deg_per_min: float
    antenna_m: float
    """Height of its AIS antenna."""
    power_dbm: float


_A_DBM: Final = 41.0
_B_DBM: Final = 33.0
_SO_DBM: Final = 37.0
_SART_DBM: Final = 30.0

KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("cargo", "A", 70, (75.0, 230.0), (9.5, 18.0), 25.0, 28.0, _A_DBM),
        Kind("coaster", "A", 79, (30.0, 75.0), (7.0, 10.5), 45.0, 12.0, _A_DBM),
        Kind("tanker", "A", 80, (95.0, 275.0), (9.0, 14.5), 20.0, 30.0, _A_DBM),
        Kind("ferry", "A", 60, (35.0, 110.0), (14.0, 22.0), 60.0, 18.0, _A_DBM),
        Kind("fast ferry", "A", 40, (28.0, 50.0), (26.0, 34.0), 90.0, 12.0, _A_DBM),
        Kind("cruise", "A", 69, (180.0, 340.0), (12.0, 20.0), 25.0, 45.0, _A_DBM),
        Kind("pilot", "A", 50, (10.0, 16.0), (14.0, 22.0), 200.0, 5.0, _A_DBM),
        Kind("tug", "A", 52, (20.0, 38.0), (7.0, 11.0), 120.0, 11.0, _A_DBM),
        Kind("barge", "none", 0, (40.0, 90.0), (5.0, 7.0), 30.0, 4.0, _B_DBM),
        Kind("bunker", "A", 80, (45.0, 80.0), (7.0, 10.0), 60.0, 12.0, _A_DBM),
        Kind("trawler", "A", 30, (20.0, 45.0), (8.0, 11.0), 90.0, 10.0, _A_DBM),
        Kind("longliner", "SO", 30, (14.0, 26.0), (7.0, 9.5), 120.0, 7.0, _SO_DBM),
        Kind("fishing boat", "B", 30, (7.0, 15.0), (6.0, 18.0), 200.0, 3.5, _B_DBM),
        Kind("yacht", "B", 36, (9.0, 20.0), (4.0, 8.0), 150.0, 14.0, _B_DBM),
        Kind("motor yacht", "SO", 37, (18.0, 45.0), (9.0, 18.0), 120.0, 9.0, _SO_DBM),
        Kind("skiff", "none", 0, (6.0, 11.0), (16.0, 30.0), 300.0, 2.0, _B_DBM),
        Kind("base", "base", 0, (0.0, 0.0), (0.0, 0.0), 0.0, 30.0, _A_DBM),
        Kind("aid", "aid", 0, (0.0, 0.0), (0.0, 0.0), 0.0, 6.0, _A_DBM),
        Kind("sart", "beacon", 0, (0.0, 0.0), (0.0, 0.0), 0.0, 1.0, _SART_DBM),
        Kind("mob", "beacon", 0, (0.0, 0.0), (0.0, 0.0), 0.0, 0.5, _SART_DBM),
        Kind("epirb", "beacon", 0, (0.0, 0.0), (0.0, 0.0), 0.0, 0.5, _SART_DBM),
    )
}

# Country digits: local flags for small ships, registers of the world's fleet for large ones.
_LOCAL: Final = (304, 305, 312, 314, 325, 328, 329, 330, 339, 341, 343, 347, 362, 375, 376, 750)
_WORLD: Final = (209, 215, 236, 248, 255, 308, 309, 311, 351, 352, 353, 354, 370, 371, 373, 477,
                 518, 538, 563, 565, 636)  # fmt: skip
_PLEASURE: Final = (203, 211, 226, 227, 232, 235, 244, 265, 316, 319, 338, 367, 368, 378)
_BEACONS: Final = {"sart": 970, "mob": 972, "epirb": 974}
_FIRST: Final = ("CORAL", "AMBER", "PELICAN", "TAMARIND", "BREADFRUIT", "TRADE WIND", "CALABASH",
                 "FLAMBOYANT", "INDIGO", "NUTMEG", "SAPODILLA", "CONCH", "MANGROVE", "HIBISCUS",
                 "TURTLE", "GUAVA", "SARGASSO", "POINCIANA", "MARLIN", "CASSAVA")  # fmt: skip
_SECOND: Final = ("DAWN", "STAR", "PRIDE", "SPIRIT", "QUEEN", "BREEZE", "TRADER", "HOPE", "REEF",
                  "VOYAGER", "LADY", "HORIZON", "GRACE", "RUNNER", "TIDE", "LIGHT")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ship:
    """A ship, or another station that transmits."""

    kind: Kind
    mmsi: int
    name: str
    callsign: str
    imo: int
    """0: none."""
    length_m: float
    beam_m: float
    draught_m: float
    speed_kn: float
    """Her sea speed."""
    destination: str = ""
    careless: bool = False
    """Her status stays "under way" whatever she does."""
    power_loss_db: float = 0.0
    """What a poor installation costs."""


def imo_number(serial: int) -> int:
    """An IMO number from six digits: the seventh is the check digit.

    >>> imo_number(907472)
    9074729
    """
    digits = [int(d) for d in f"{serial:06d}"]
    return serial * 10 + sum(d * w for d, w in zip(digits, range(7, 1, -1), strict=True)) % 10


def ship_of(kind: str, number: int, draws: Draws) -> Ship:
    """The ship with this number among all: same draws, same ship."""
    what = KINDS[kind]
    length_m = round(draws.between(*what.length_m))
    serial = 90_000 - number
    if what.ais == "beacon":
        return Ship(what, _BEACONS[kind] * 1_000_000 + serial, "", "", 0, 0.0, 0.0, 0.0, 0.0)
    if what.ais in ("base", "aid"):
        mid = draws.pick(_LOCAL)
        form = mid * 10_000 + number if what.ais == "base" else 990_000_000 + mid * 1000 + number
        return Ship(what, form, f"SIM AID {number}", "", 0, 0.0, 0.0, 0.0, 0.0)
    large = length_m > 70
    flags = _WORLD if large else _PLEASURE if what.ship_type in (36, 37) else _LOCAL
    mid = draws.pick(flags)
    name = f"{draws.pick(_FIRST)} {draws.pick(_SECOND)}"
    return Ship(
        kind=what,
        mmsi=mid * 1_000_000 + serial + 100_000 * draws.whole(0, 8),
        name=name[:20],
        callsign=f"{'VJ8Z3P'[number % 6]}{draws.whole(2, 9)}S{number % 1000:03d}",
        imo=imo_number(900_000 + number % 100_000) if what.ais == "A" and length_m >= 35 else 0,
        length_m=length_m,
        beam_m=max(2.0, round(length_m / draws.between(3.2, 6.5))),
        draught_m=round(max(0.6, length_m / draws.between(18.0, 28.0)), 1),
        speed_kn=draws.between(*what.speed_kn),
        careless=draws.chance(0.12),
        power_loss_db=max(0.0, 2.0 + 3.0 * draws.normal()),
    )
