"""`mda zones`: whose water is this, and says who."""

from __future__ import annotations

import json

import click

from mda.cli.wiring import load_places, load_zones
from mda.errors import ZoneError
from mda.model import ZoneClaim


@click.group()
def zones() -> None:
    """Whose water is this, on what basis, and who disputes it.

    Example: mda zones at -61.47 15.57
    """


@zones.command(
    context_settings={"ignore_unknown_options": True}, epilog="Example: mda zones at -61.47 15.57"
)
@click.argument("lon", type=click.FloatRange(-180, 180))
@click.argument("lat", type=click.FloatRange(-90, 90))
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def at(lon: float, lat: float, as_json: bool) -> None:
    """Every zone at LON LAT (degrees, east and north positive), in words with sources."""
    from zones.words import describe

    answer = describe(load_zones(), load_places(), lon, lat)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1) if as_json else answer["text"])


@zones.command("list", epilog="Example: mda zones list")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def list_zones(as_json: bool) -> None:
    """Every zone of the library: id, kind, status, claimants, accuracy."""
    claims = sorted(load_zones().claims, key=lambda c: c.id)
    if as_json:
        click.echo(json.dumps([_plain(c) for c in claims], ensure_ascii=False, indent=1))
        return
    width = max(len(c.id) for c in claims)
    for claim in claims:
        who = ", ".join(claim.claimants)
        click.echo(
            f"{claim.id:<{width}}  {claim.kind:<8} {claim.status:<9} "
            f"±{claim.accuracy_m / 1000:g} km  {who}"
        )


@zones.command(epilog="Example: mda zones show eez-dominica")
@click.argument("name")
def show(name: str) -> None:
    """Everything the library says of one zone, by id or by name."""
    word = name.casefold()
    found = [c for c in load_zones().claims if word in (c.id.casefold(), c.name.casefold())]
    if not found:
        found = [c for c in load_zones().claims if word in c.name.casefold()]
    if not found:
        raise ZoneError(f"no zone {name!r} in the library", do="`mda zones list` shows them all")
    for claim in found:
        for key, value in _plain(claim).items():
            click.echo(f"{key:<11} {', '.join(value) if isinstance(value, list) else value}")
        click.echo("")


def _plain(claim: ZoneClaim) -> dict[str, object]:
    return {
        "id": claim.id,
        "name": claim.name,
        "kind": claim.kind,
        "claimants": list(claim.claimants),
        "status": claim.status,
        "basis": claim.basis,
        "accuracy_m": claim.accuracy_m,
    }
