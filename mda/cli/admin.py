"""`mda config`, `warmup`, `backup`, `restore`: looking after a node."""

from __future__ import annotations

from pathlib import Path

import click

from mda.cli.progress import Progress
from mda.config import Config, Setting


def _row(setting: Setting) -> tuple[str, str, str, str, str]:
    return (
        setting.key,
        str(setting.value),
        setting.unit,
        str(setting.default),
        setting.set_in,
    )


@click.command(epilog="Example: mda config --explain silence")
@click.argument("prefix", default="")
@click.option("--config", "file", type=click.Path(path_type=Path), help="A node's settings file.")
@click.option("--explain", is_flag=True, help="Say what each setting is and where it comes from.")
def config(prefix: str, file: Path | None, explain: bool) -> None:
    """Print every setting (or those under PREFIX): value, unit, default, where it was set."""
    settings = Config.load(*([file] if file else []))
    chosen = [s for s in settings if s.key.startswith(prefix)]
    if not chosen:
        raise click.UsageError(f"no setting begins with {prefix!r}; `mda config` lists them all")
    rows = [("key", "value", "unit", "default", "set in"), *(_row(s) for s in chosen)]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for number, row in enumerate(rows):
        click.echo("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())
        if explain and number:
            setting = chosen[number - 1]
            bounds = f" ({setting.low} to {setting.high})" if setting.low is not None else ""
            click.echo(f"    {setting.doc}{bounds}\n    source: {setting.source}")


@click.command(epilog="Example: mda warmup")
def warmup() -> None:
    """Compile every kernel and open the zone library once, so that the next start is quick."""
    from mda.cli.wiring import warm

    click.echo("compiling kernels and indexing zones (once after installing) …")
    took_s = warm()
    click.echo(f"warm after {took_s:.1f} s")


@click.command(epilog="Example: mda backup node-data -o node-2026-11-21.tar.zst")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Backup file.")
def backup(directory: Path, out: Path) -> None:
    """Copy a node's DIRECTORY (log, archive, desk, own zones) into one file, while it runs."""
    from mda.store.backup import backup as make

    progress = Progress("backup", unit="bytes")
    make(directory, out, progress.add)
    progress.close()
    click.echo(f"{out}: {out.stat().st_size:,} bytes, verified")


@click.command(epilog="Example: mda restore node-2026-11-21.tar.zst -o node-data")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Directory.")
def restore(file: Path, out: Path) -> None:
    """Make a node's data directory from a backup FILE; every file's hash is checked first."""
    from mda.store.backup import restore as make

    make(file, out)
    click.echo(f"{out}: restored and verified")
