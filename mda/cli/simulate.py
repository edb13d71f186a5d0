"""`mda simulate`: a sea with known truth, as stations would hear it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from feeds.synthetic import scenario as scenarios
from feeds.synthetic.scenario import Scenario
from feeds.synthetic.simulation import Simulation
from feeds.synthetic.simulation import simulate as play
from feeds.synthetic.truth import kinds_of, positions, truth
from mda.cli.bundled import cache_dir
from mda.cli.likeness import compared
from mda.errors import StoreError
from mda.store.tables import TableWriter
from zones.index import ZoneLibrary
from zones.places import PlaceLibrary

HEARD, TRUTH, POSITIONS = "heard.nmea", "truth.json", "truth.parquet"


def _listed() -> None:
    """Prints every scenario that ships."""
    for name in scenarios.names():
        one = scenarios.read(name)
        click.echo(f"{name:<28} {one.difficulty:<10} {one.split:<9} {one.title}")


def _written(played: Simulation, zones: ZoneLibrary, out: Path, every_s: int) -> None:
    """Puts what was heard and what is true into a directory. StoreError: it cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / HEARD).open("wb") as file:
            for block in played.lines():
                file.write(block)
        known = truth(played, zones)
        (out / TRUTH).write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(out)) from error
    with TableWriter(out / POSITIONS) as writer:
        writer.write(positions(played, every_s))
    counts = known["counts"]
    click.echo(
        f"SIMULATED {played.scenario.name} (seed {played.scenario.seed}): "
        f"{counts['ships']} ships and stations, {counts['transmissions']:,} transmissions, "
        f"{counts['transmissions_heard']:,} heard, {counts['hearings']:,} lines in {out / HEARD}"
    )
    for kind, count in kinds_of(known["events"]).items():
        click.echo(f"  {count:>6} {kind}")


def _wanted(name: str, seed: int | None, hours: float | None, vessels: int | None) -> Scenario:
    return scenarios.read(name, seed=seed, hours=hours, vessels=vessels)


@click.command(epilog="Example: mda simulate channel-calm -o simulated")
@click.argument("scenario", required=False)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Directory to write to.")
@click.option("--seed", type=int, help="Another seed: other ships, other chances.")
@click.option("--hours", type=float, help="How long, instead of the scenario's own.")
@click.option("--vessels", type=int, help="How many ordinary ships, instead of its own.")
@click.option("--every", "every_s", default=60, show_default=True, help="Step of the truth in s.")
@click.option("--list", "listed", is_flag=True, help="List the scenarios that ship.")
@click.option(
    "--compare",
    nargs=2,
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR RECORDING",
    help="Statistics of a simulated sea beside those of a real recording.",
)
def simulate(
    scenario: str | None,
    out: Path | None,
    seed: int | None,
    hours: float | None,
    vessels: int | None,
    every_s: int,
    listed: bool,
    compare: tuple[Path, Path] | None,
) -> None:
    """Play SCENARIO (a name from --list, or a TOML of your own): ships on a real coast, stations
    that hear them as radio lets them, events whose truth is known.

    DIR then holds heard.nmea (sentences in TAG blocks, in the order in which they arrive),
    truth.json (events, vessels, receivers' troubles) and truth.parquet (where every ship was, and
    whether her transmitter was on). The same seed gives the same bytes.

    \b
    mda simulate --list
    mda simulate channel-calm -o simulated --hours 6
    mda simulate --compare simulated heard-for-real.nmea.gz
    """
    if listed:
        _listed()
    elif compare is not None:
        folder, recording = compare
        click.echo(compared(folder / HEARD if folder.is_dir() else folder, recording))
    elif scenario is None or out is None:
        raise click.UsageError("give SCENARIO and -o DIR, or --list, or --compare DIR RECORDING")
    else:
        wanted = _wanted(scenario, seed, hours, vessels)
        zones = ZoneLibrary.load(cache=cache_dir())
        played = play(wanted, zones, PlaceLibrary.load().places)
        _written(played, zones, out, every_s)
