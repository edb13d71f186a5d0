"""Application messages inside types 6, 8, 25 and 26: by area (DAC) and function (FI).

One module a concern; its tables cite the circular that defines them. A message that is longer than
the layout of its number is not that message (numbers were used twice, and noise passes for them):
it is given as hex, as are the numbers not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from mda.decode.binary import area, persons, route, ship, texts, weather
from mda.decode.binary.envelope import TYPES, data_of, envelope
from mda.decode.binary.rows import PADDING_BITS, Bits, Fields, width


class Application(NamedTuple):
    """A message that is known: what it is called, its longest form, and how it is read."""

    name: str
    bits: int
    read: Callable[[Bits], Fields]


_AREA: Final = Application("area notice", area.MOST_BITS, area.area_notice)
_ROUTE: Final = Application("route", route.MOST_BITS, route.route)
_TEXT: Final = Application("text", texts.MOST_BITS, texts.description)
_PERSONS: Final = Application("persons on board", width(persons.MARITIME), persons.persons)

APPLICATIONS: Final = {
    (1, 0): Application("text", texts.MOST_BITS, texts.telegram),
    (1, 11): Application("weather", width(weather.CIRC_236), weather.old_weather),
    (1, 16): _PERSONS,
    (1, 22): _AREA,
    (1, 23): _AREA,
    (1, 24): Application("ship", width(ship.EXTENDED), ship.extended_ship),
    (1, 27): _ROUTE,
    (1, 28): _ROUTE,
    (1, 29): _TEXT,
    (1, 30): _TEXT,
    (1, 31): Application("weather", width(weather.CIRC_289), weather.weather),
    (1, 40): _PERSONS,
    (200, 10): Application("inland ship", width(ship.INLAND), ship.inland_ship),
    (200, 55): Application("persons on board", width(persons.INLAND), persons.inland_persons),
}


def application(bits: str) -> Fields | None:
    """The application message in a whole AIS message, given as text of 0 and 1.

    None where the message has none, or ends before its identifier. Else a dict with `dac` and `fi`;
    with `application` (its name) and its fields where it is known, None for each that is not
    available or lies beyond the end; with `data_hex` and `data_bits` where it is not.
    """
    if Bits(bits).unsigned(0, 6) not in TYPES:
        return None
    outer = envelope(bits)
    dac, fi = outer.get("dac"), outer.get("fid")
    if dac is None or fi is None:
        return None
    known = APPLICATIONS.get((dac, fi))
    if known is None or outer["data_bits"] > known.bits + PADDING_BITS:
        sent = {"data_hex": outer["data"], "data_bits": outer["data_bits"]}
        return {"dac": dac, "fi": fi, **sent}
    return {"dac": dac, "fi": fi, "application": known.name, **known.read(data_of(outer))}
