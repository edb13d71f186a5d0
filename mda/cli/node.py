"""`mda demo`, `mda serve`, `mda replay`: a running node with its page."""

from __future__ import annotations

import os
import signal
import threading
import webbrowser
from pathlib import Path

import click

from mda.cli.bundled import page_dir
from mda.cli.runs import DemoRuns, live_run, replay_run
from mda.config import Config
from mda.errors import MdaError
from mda.server.app import create_app
from mda.server.run import serve as serve_page
from mda.watch.node import Node
from mda.watch.view import Run

_LOOK_EVERY_S = 0.25


def state_dir(name: str) -> Path:
    """Where a node keeps its data unless told: the user's state directory."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "caribsis" / name


def _stand(config: Config, first: Run, loop: DemoRuns | None, *, browser: bool) -> None:
    """Run a node and its page until a signal; `loop` gives the next run when one has ended."""
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    node = Node(first, config.number("flow.quiet_s"))
    node.start()
    serving = None
    try:
        app = create_app(node.view, page_dir(), config)
        serving = serve_page(app, config.text("node.host"), config.integer("node.port"))
        click.echo(f"{first.about.name}: {serving.url}  (Ctrl-C stops)", err=True)
        if browser:
            webbrowser.open(serving.url)
        while not stopped.wait(_LOOK_EVERY_S):
            if node.failed is not None:
                raise MdaError(
                    f"the node stopped: {node.failed}",
                    do="What was acknowledged is safe; start it again",
                )
            if node.ended.is_set() and loop is not None:
                node.begin(loop.following(node.view.last_event_seq()))
                loop.tidy()
    finally:
        if serving is not None:
            serving.stop()
        node.stop()


_port = click.option("--port", type=click.IntRange(0, 65535), help="Port of the page (8080).")
_quiet = click.option("--no-browser", is_flag=True, help="Do not open a browser.")


DEMO = {"node.name": "Demo desk", "node.time_zone": "America/Dominica"}
"""What the demo calls itself, and the local time of the waters it shows."""


def _config(files: list[Path], port: int | None, **more: str) -> Config:
    return Config.load(*files, overrides={**more, **({} if port is None else {"node.port": port})})


@click.command(epilog="Example: mda demo --speed 120 --no-browser")
@_port
@click.option("--speed", type=click.FloatRange(1, 3600), default=60, help="Times real time (60).")
@_quiet
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Directory (default: the user's state directory).",
)
@click.option(
    "--history",
    "history_h",
    type=click.FloatRange(0, 15),
    default=6.0,
    help="Hours taken in before the replay begins (6).",
)
def demo(
    port: int | None, speed: float, no_browser: bool, data: Path | None, history_h: float
) -> None:
    """Show the bundled recording (Dominica channel, 21 March 2017) on a live map.

    The first hours are taken in at once, so that trails, history and cases are there; the rest is
    replayed, and begins anew when it is over. Stopped or killed, it goes on where it was.
    """
    config = _config([], port, **DEMO)
    runs = DemoRuns(config, data or state_dir("demo"), speed, history_h)
    _stand(config, runs.current(), runs, browser=not no_browser)


@click.command(epilog="Example: mda serve --config node.toml")
@click.option("--config", "file", type=click.Path(path_type=Path), required=True, help="node.toml")
@_port
def serve(file: Path, port: int | None) -> None:
    """Run a node: the feeds that --config names, detectors, page and API."""
    config = _config([file], port)
    _stand(config, live_run(config), None, browser=False)


@click.command(epilog="Example: mda replay heard.nmea.gz --speed 10")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=1.0,
    help="Times recorded time; 0 as fast as it goes.",
)
@_port
@_quiet
@click.option(
    "--data", type=click.Path(path_type=Path), help="Directory to keep (default: a new one)."
)
@click.option("--source", help="A source (name or TOML) whose [columns] say how to read a table.")
def replay(
    files: tuple[str, ...],
    speed: float,
    port: int | None,
    no_browser: bool,
    data: Path | None,
    source: str | None,
) -> None:
    """Run a node fed from recordings FILES (sentences, or tables as CSV or Parquet)."""
    config = _config([], port)
    run = replay_run(config, files, speed, data, source)
    _stand(config, run, None, browser=not no_browser)
