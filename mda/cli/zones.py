"""`mda zones`: whose water is this, and says who."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from mda.cli.bundled import data_file, load_places, load_zones, page_dir
from mda.cli.zones_own import add, history, lists, remove
from mda.clock import WallClock, parse_at
from mda.config import Config
from mda.errors import ZoneError
from mda.model import ZONE_FAMILIES

_KINDS = [kind for kinds in ZONE_FAMILIES.values() for kind in kinds]
_SUGGESTED = 3

_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The node's directory, for its own zones (default: node.data of the settings).",
)
_json = click.option("--json", "as_json", is_flag=True, help="The same as JSON.")


def _instant_us(_context: click.Context, _option: click.Parameter, text: str) -> int | None:
    """The instant asked for: now unless told, None for any."""
    if not text:
        return WallClock().now_us()
    if text == "any":
        return None
    return parse_at(f"{text}T00:00:00Z" if len(text) == len("2026-06-01") else text)


def _library(data: Path | None) -> Any:
    """The zone library and the node's own zones."""
    return load_zones(data or Path(Config.load().text("node.data")))


@click.group()
def zones() -> None:
    """Whose water is this, on what basis, and who disputes it.

    Example: mda zones at -61.47 15.57
    """


@zones.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Example: mda zones at -61.47 15.57 --at 2026-06-01T12:00:00Z",
)
@click.argument("lon", type=click.FloatRange(-180, 180))
@click.argument("lat", type=click.FloatRange(-90, 90))
@click.option(
    "--at",
    "at_us",
    default="",
    callback=_instant_us,
    help="Zones that hold then: a day, an instant, or 'any' (default: now).",
)
@_data
@_json
def at(lon: float, lat: float, at_us: int | None, data: Path | None, as_json: bool) -> None:
    """Every zone at LON LAT (degrees, east and north positive), in words with sources."""
    from zones.words import describe, sources

    library = _library(data)
    answer = describe(library, load_places(), lon, lat, at_us)
    if not answer["covered"] and -90 <= lon <= 90 and library.covers(lat, lon):
        click.echo(f"Longitude comes first: did you mean `mda zones at {lat} {lon}`?", err=True)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    click.echo(answer["text"])
    for paragraph in sources(answer):
        click.echo(f"- {paragraph}")
    click.echo(f"Zone library {answer['library_version']}; no line of ours is a legal limit.")


@zones.command("list", epilog="Example: mda zones list --kind eez --claimant Dominica")
@click.option("--kind", type=click.Choice(_KINDS), multiple=True, help="Only this kind.")
@click.option("--family", type=click.Choice(list(ZONE_FAMILIES)), help="Only this family.")
@click.option("--status", help="Only this status: agreed, claimed, disputed, median, joint, none.")
@click.option("--claimant", help="Only what this state or territory claims.")
@_data
@_json
def list_zones(
    kind: tuple[str, ...],
    family: str | None,
    status: str | None,
    claimant: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Every zone of the library: id, kind, status, accuracy, claimants."""
    all_zones = sorted(_library(data).zones, key=lambda zone: zone.id)
    if status is not None:
        _known(status, (zone.status for zone in all_zones), "status")
    if claimant is not None:
        claimant = _known(claimant, (c for zone in all_zones for c in zone.claimants), "claimant")
    chosen = [
        zone
        for zone in all_zones
        if (not kind or zone.kind in kind)
        and family in (None, zone.family)
        and status in (None, zone.status)
        and (claimant is None or claimant in zone.claimants)
    ]
    if as_json:
        click.echo(json.dumps([_plain(zone) for zone in chosen], ensure_ascii=False, indent=1))
        return
    width = max((len(zone.id) for zone in chosen), default=0)
    for zone in chosen:
        click.echo(
            f"{zone.id:<{width}}  {zone.kind:<11} {zone.status:<9} "
            f"±{zone.accuracy_m / 1000:g} km  {', '.join(zone.claimants)}"
            f"{' (own)' if zone.own else ''}"
        )
    click.echo(f"{len(chosen)} of {len(all_zones)} zones", err=True)


@zones.command(epilog="Example: mda zones show eez-dominica")
@click.argument("name")
@_data
@_json
def show(name: str, data: Path | None, as_json: bool) -> None:
    """Everything the library says of one zone, by id or by NAME."""
    library = _library(data)
    word = name.casefold()
    found = [z for z in library.zones if word in (z.id.casefold(), z.name.casefold())]
    if not found:
        whole = re.compile(rf"\b{re.escape(word)}\b")
        found = [z for z in library.zones if whole.search(z.name.casefold())]
    if not found:
        found = [z for z in library.zones if word in z.name.casefold()]
    if not found:
        _known(name, (text for z in library.zones for text in (z.id, z.name)), "zone")
    if as_json:
        click.echo(json.dumps([_plain(zone) for zone in found], ensure_ascii=False, indent=1))
        return
    for zone in found:
        for key, value in _plain(zone).items():
            told = ", ".join(value) if isinstance(value, list) else value
            if told not in ("", None):
                click.echo(f"{key:<11} {told}")
        click.echo("")


@zones.command(epilog="Example: mda zones check")
@_data
@_json
def check(data: Path | None, as_json: bool) -> None:
    """Measure the library against published areas and official lines; look for overlaps and holes.

    The exit code is 1 if anything is off that nobody has explained.
    """
    from zones.check import as_json as rows_as_json
    from zones.check import as_text, passed
    from zones.check import check as measure

    rows = measure(_library(data))
    if as_json:
        click.echo(json.dumps(rows_as_json(rows), ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(rows))
    if not passed(rows):
        raise SystemExit(1)


@zones.command("map", epilog="Example: mda zones map -o zones.html")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="OUT.html")
@_data
def map_command(out: Path, data: Path | None) -> None:
    """Write one HTML file with every zone of the library; it needs no network at all."""
    from mda.picture.zone_map import write_zone_map
    from zones.drawing import drawing_geojson

    library = _library(data)
    write_zone_map(
        out,
        drawing_geojson(library),
        land_geojson=data_file("coast", "land_coarse.geojson").read_bytes(),
        leaflet_dir=page_dir(),
        title=f"CARIBSIS zones, library {library.version}",
    )
    click.echo(f"{out}: {len(library.zones)} zones", err=True)


def _known(word: str, names: Iterable[str], what: str) -> str:
    """The name as the library writes it. ZoneError with what was perhaps meant."""
    spelt = {name.casefold(): name for name in names}
    if word.casefold() in spelt:
        return spelt[word.casefold()]
    close = difflib.get_close_matches(word.casefold(), list(spelt), _SUGGESTED, 0.5)
    meant = " or ".join(repr(spelt[name]) for name in close)
    hint = f"did you mean {meant}? " if meant else ""
    raise ZoneError(
        f"no {what} {word!r} in the library", do=f"{hint}`mda zones list` shows them all"
    )


def _plain(zone: Any) -> dict[str, Any]:
    return {
        "id": zone.id,
        "name": zone.name,
        "kind": zone.kind,
        "family": zone.family,
        "claimants": list(zone.claimants),
        "status": zone.status,
        "basis": zone.basis,
        "source": zone.source,
        "licence": zone.licence,
        "date": zone.date,
        "valid_from": zone.valid_from,
        "valid_until": zone.valid_until,
        "accuracy_m": zone.accuracy_m,
        "outline": zone.outline,
        "note": zone.note,
        "own": zone.own,
    }


for _command in (add, remove, history, lists):
    zones.add_command(_command)
