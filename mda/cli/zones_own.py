"""`mda zones add`, `remove`, `history`, `lists`: zones that the operator brings himself."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mda.clock import WallClock
from mda.config import Config

if TYPE_CHECKING:
    from zones.own import Draft
    from zones.own_versions import Version
    from zones.records import Zone

_ours = ("eez", "joint", "overlap", "disputed", "territorial", "contiguous", "exclusion")
_AT_NEXT_START = "a node that is running takes this up when it is started again"
_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The node's directory (default: node.data of the settings).",
)
_user = click.option("--as-user", help="Who does this, for the record (default: your login).")
_json = click.option("--json", "as_json", is_flag=True, help="The same as JSON.")


def _directory(data: Path | None) -> Path:
    return data or Path(Config.load().text("node.data"))


def _who(as_user: str | None) -> str:
    name = " ".join((as_user or "").split())
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise click.UsageError("this login has no name: add --as-user") from error


@click.command(
    epilog='Example: mda zones add lobster.geojson --kind season --name "Lobster closed season" '
    "--valid-from 2026-03-01 --valid-until 2026-06-30"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the list (default: the file's).")
@click.option("--kind", default="", help="eez, territorial, season, security, cone … (area).")
@click.option("--claimant", multiple=True, help="State or territory that claims it; repeatable.")
@click.option("--status", default="", help="agreed, claimed, disputed, median, joint or none.")
@click.option("--basis", default="", help="The treaty, award, act or notice it rests on.")
@click.option("--source", default="", help="Where the shape comes from.")
@click.option("--licence", default="", help="What may be done with it.")
@click.option("--accuracy-m", type=click.FloatRange(0.001, 1e6), help="How far off a line may be.")
@click.option("--valid-from", default="", help="First day, or instant in UTC, that it holds.")
@click.option("--valid-until", default="", help="Last day, or the instant in UTC it ends.")
@click.option("--radius-nmi", type=click.FloatRange(0, 600), help="Around points and lines.")
@click.option("--layer", multiple=True, help="Layer of the file, or file of the zip; repeatable.")
@click.option("--crs", default="", help="Its coordinate system, if it says none or a wrong one.")
@click.option("--everywhere", is_flag=True, help="Keep what lies outside of the library's box.")
@click.option("--dry-run", is_flag=True, help="Show what would be added; write nothing.")
@_data
@_user
@_json
def add(
    file: Path,
    name: str,
    layer: tuple[str, ...],
    crs: str,
    everywhere: bool,
    dry_run: bool,
    data: Path | None,
    as_user: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Load zones from FILE: GeoJSON, shapefile (.shp or .zip), GeoPackage, KML or KMZ.

    Shapes are reprojected to WGS 84 and repaired where they must be, and each such change is told.
    Added again under the same name, a file becomes the next version; none is overwritten. What an
    option does not say is taken from the features' attributes (name, kind, claimants, status,
    basis, source, licence, accuracy_m, valid_from, valid_until, radius_nmi, note); those of Marine
    Regions are understood.
    """
    from zones.own import add as store
    from zones.own import read
    from zones.own_attributes import Given

    by, at_us = _who(as_user), WallClock().now_us()
    told = Given(claimants=tuple(given.pop("claimant")), **given)
    draft = read(file, name, told, by, at_us, layer, crs, everywhere)
    number, where = 0, None
    if not dry_run:
        added = store(_directory(data), draft, by, at_us)
        number, where = added.version.number, added.directory
    if as_json:
        body = {
            "list": draft.name,
            "version": number or None,
            "directory": str(where) if where else None,
            "sha256": draft.sha256,
            "notes": list(draft.notes),
            "zones": [
                {**_plain(zone), "area_km2": round(area_km2, 3)}
                for zone, area_km2 in zip(draft.zones, draft.areas_km2, strict=True)
            ],
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    _tell(draft)
    count = f"{len(draft.zones)} zone" + ("s" if len(draft.zones) > 1 else "")
    if where is None:
        click.echo(f"dry run: {count} of {draft.name!r} would be added; nothing was written")
    else:
        click.echo(f"added {draft.name!r} version {number}, {count}: {where}")
        click.echo(_AT_NEXT_START)


def _tell(draft: Draft) -> None:
    """The zones of a file, and what was done to them."""
    for zone, area_km2 in zip(draft.zones, draft.areas_km2, strict=True):
        who = ", ".join(zone.claimants) or "nobody claims it"
        click.echo(f"{zone.id}  {zone.name}")
        click.echo(
            f"    {zone.kind}, {zone.status}, ± {zone.accuracy_m:g} m, {area_km2:,.1f} km², "
            f"{who}{_window(zone)}"
        )
    for note in draft.notes:
        click.echo(f"  * {note}")


def _window(zone: Zone) -> str:
    begin = f", from {zone.valid_from}" if zone.valid_from else ""
    return begin + (f", until {zone.valid_until}" if zone.valid_until else "")


def _plain(zone: Zone) -> dict[str, Any]:
    keys = ("id", "name", "kind", "claimants", "iso3", "codes", "status", "basis", "source",
            "licence", "date", "accuracy_m", "valid_from", "valid_until", "note")  # fmt: skip
    return {key: getattr(zone, key) for key in keys}


@click.command(epilog='Example: mda zones remove lobster-closed-season --why "season is over"')
@click.argument("name")
@click.option("--why", default="", help="The reason, for the record.")
@_data
@_user
def remove(name: str, why: str, data: Path | None, as_user: str | None) -> None:
    """Take the list NAME out of use. Its versions stay, and the removal is one more."""
    from zones.own import remove as take_out

    version = take_out(_directory(data), name, _who(as_user), WallClock().now_us(), why)
    click.echo(f"removed {version.name!r} by version {version.number}; older versions are kept")
    click.echo(_AT_NEXT_START)


@click.command(epilog="Example: mda zones history lobster-closed-season")
@click.argument("name", default="")
@_data
@_json
def history(name: str, data: Path | None, as_json: bool) -> None:
    """Every version of the list NAME, or of all: who brought which file when, what was mended."""
    from zones.own import history as read

    rows = read(_directory(data), name)
    if as_json:
        click.echo(json.dumps([_record(row) for row in rows], ensure_ascii=False, indent=1))
        return
    if not rows:
        click.echo("no list was ever loaded")
    for row in rows:
        what = f"{len(row.zones)} zones from {row.file}" if row.act == "add" else "removed"
        click.echo(f"{row.at}  {row.name} version {row.number}: {what}, by {row.by}")
        for file, digest in (row.sha256 or {}).items():
            click.echo(f"    {file} sha256 {digest}")
        for note in row.notes:
            click.echo(f"  * {note}")


def _record(row: Version) -> dict[str, Any]:
    return {key: getattr(row, key) for key in row.__slots__}


@click.command(epilog="Example: mda zones lists")
@_data
@_json
def lists(data: Path | None, as_json: bool) -> None:
    """Which kinds of own zones are loaded; "no list loaded" where there is none."""
    from zones.own import loaded

    found = loaded(_directory(data))
    if as_json:
        body = {
            kind: [{**_plain(zone), "list": v.name, "version": v.number} for v, zone in rows]
            for kind, rows in found.items()
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    for kind, rows in found.items():
        if not rows:
            click.echo(f"{kind:<12} no list loaded" + (": our lines" if kind in _ours else ""))
        for version, zone in rows:
            click.echo(
                f"{kind:<12} {zone.name} ({zone.id}){_window(zone)}; list {version.name} "
                f"version {version.number}, {version.at[:10]}, {version.by}"
            )
