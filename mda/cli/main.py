"""`mda`: the one command. A subcommand is loaded when it is called, so that `--help` is quick."""

from __future__ import annotations

import importlib
import sys

import click

from mda.cli.memory import keep_freed
from mda.errors import MdaError

COMMANDS = {
    "demo": ("mda.cli.node", "Show the bundled Caribbean recording on a live map."),
    "serve": ("mda.cli.node", "Run a node: feeds, detectors, page and API."),
    "replay": ("mda.cli.node", "Run a node fed from recordings."),
    "station": ("mda.cli.station", "Keep what a receiver hears on disk, and forward it to a node."),
    "decode": ("mda.cli.decode", "Turn AIS sentences into a table."),
    "ingest": ("mda.cli.archive", "Decode, vet and store recordings as fast as possible."),
    "detect": ("mda.cli.archive", "Run the detectors over an archive."),
    "map": ("mda.cli.archive", "Write one offline map of an archive."),
    "evaluate": ("mda.cli.evaluate", "How right, how fast, how many: findings against truth."),
    "stations": ("mda.cli.stations", "How well each station hears, and if its clock is right."),
    "simulate": ("mda.cli.simulate", "Play a sea whose truth is known, as stations would hear it."),
    "zones": ("mda.cli.zones", "Whose water is this, and says who."),
    "config": ("mda.cli.admin", "Print every setting with unit, default and source."),
    "warmup": ("mda.cli.admin", "Compile everything now, so that the first start is quick."),
    "backup": ("mda.cli.admin", "Copy a node's data into one file, while it runs."),
    "restore": ("mda.cli.admin", "Make a node's data directory from a backup."),
}


class LazyGroup(click.Group):
    """A group that imports a subcommand's module only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        name = "map_command" if cmd_name == "map" else cmd_name
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="caribsis", prog_name="mda")
def mda() -> None:
    """CARIBSIS: the common maritime picture of the Caribbean Community.

    Start with `mda demo`: a live map of a real recording from the Dominica channel.
    """


def main() -> None:
    """Run the command; an error a user can act on is one clear line and exit code 1."""
    keep_freed()
    try:
        mda.main(standalone_mode=False)
    except MdaError as error:
        click.echo(f"mda: {error}", err=True)
        sys.exit(1)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("mda: stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


if __name__ == "__main__":
    main()
