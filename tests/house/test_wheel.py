"""What is shipped is whole: the wheel alone, and the bundle with no network, both decode."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from sources import ROOT

from mda.cli.main import mda
from mda.config import Config

PACKAGING = ROOT / "packaging"


def _run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Output of a command that knows of this checkout neither by folder nor by environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "COV"))}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{shlex.join(map(str, command))}\n{result.stderr[-3000:]}"
    return result.stdout


def _balance(printed: str) -> None:
    """The books of the bundled recording, as `mda decode --stats` prints them."""
    books = json.loads(printed)
    assert books["lines"] == 27_861
    assert books["decoded_lines"] + sum(books["rejected"].values()) + books["pending"] == 27_861


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built as the bundle builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_page_the_data_and_the_papers(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "mda/server/page/index.html" in names
    assert "mda/defaults.toml" in names
    assert any(n.startswith("mda/data/caribewave/") and n.endswith(".log.gz") for n in names)
    assert any(n.startswith("zones/library/") for n in names)
    assert any(n.startswith("feeds/sources/") and n.endswith(".toml") for n in names)
    assert {n.rsplit("/", 1)[-1] for n in names} >= {"LICENSE", "NOTICE"}
    assert {n.split("/", 1)[0] for n in names if "dist-info" not in n} == {"mda", "feeds", "zones"}
    strays = [n for n in names if "__pycache__" in n or n.endswith((".nbi", ".nbc", ".map"))]
    assert not strays


def test_the_wheel_alone_decodes_the_demo_data(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet")
    _run(*pip, "--target", site, wheel, cwd=tmp_path)
    program = "import mda, sys; from mda.cli.main import main; print(mda.__file__); main()"
    run = (sys.executable, "-c", program)
    printed = _run(*run, "--help", cwd=tmp_path, PYTHONPATH=str(site))
    assert str(site) in printed.splitlines()[0], "not the installed wheel was run"
    recording = next((site / "mda" / "data" / "caribewave").glob("*.log.gz"))
    printed = _run(
        *run,
        *("decode", recording, "-o", tmp_path / "out.csv", "--stats"),
        cwd=tmp_path,
        PYTHONPATH=str(site),
    )
    _balance(printed.split("\n", 1)[1])


def test_the_unit_starts_a_command_that_exists_and_is_locked_in() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(PACKAGING / "caribsis.service", encoding="utf-8")
    service = unit["Service"]
    words = shlex.split(service["ExecStart"])
    assert words[0] == "/opt/caribsis/bin/mda"
    usage = CliRunner().invoke(mda, [words[1], "--help"]).output
    assert all(word in usage for word in words if word.startswith("--"))
    wanted = {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "StateDirectory": "caribsis",
    }
    assert {name: service.get(name) for name in wanted} == wanted


def test_the_installed_settings_are_loopback_and_valid() -> None:
    config = Config.load(PACKAGING / "node.toml")
    assert config.text("node.host") == "127.0.0.1"
    assert config.text("node.data") == "/var/lib/caribsis"


@pytest.mark.soak
def test_the_bundle_installs_with_no_network(tmp_path: Path) -> None:
    _run(sys.executable, PACKAGING / "bundle.py", cwd=ROOT, **_pip_environment())
    archive = next((ROOT / "build").glob("caribsis-bundle-*.tar"))
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    bundle = next(tmp_path.glob("caribsis-bundle-*"))
    offline: tuple[str, ...] = ()
    if shutil.which("unshare") and not subprocess.run(["unshare", "-rn", "true"]).returncode:
        offline = ("unshare", "-rn")
    prefix = tmp_path / "installed here"
    _run(*offline, bundle / "install.sh", "--prefix", prefix, cwd=tmp_path, PYTHON=sys.executable)
    program = prefix / "bin" / "mda"
    assert "mda decode" in _run(*offline, program, "decode", "--help", cwd=tmp_path)
    recording = next(prefix.glob("lib/python3*/site-packages/mda/data/caribewave/*.log.gz"))
    out = tmp_path / "out.parquet"
    _balance(_run(*offline, program, "decode", recording, "-o", out, "--stats", cwd=tmp_path))
    assert out.stat().st_size > 10_000

    (bundle / "constraints.txt").write_text("damaged", encoding="utf-8")
    damaged = subprocess.run([bundle / "install.sh", "--prefix", prefix], capture_output=True)
    assert damaged.returncode == 1
    assert b"damaged" in damaged.stderr
    assert program.exists(), "a failed upgrade must leave what is installed alone"


def _pip_environment() -> dict[str, str]:
    """How this machine reaches its packages, for the one step that may use the network."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
