"""`make bundle`: one archive from which a node installs on a machine with no network.

Builds the wheel (page and demo data inside), gathers the wheels of everything it runs on at the
pinned versions, adds the installer, the systemd unit and the checksums, and packs the lot into
`build/caribsis-bundle-<version>.tar`. The archive serves the kind of machine it was made on: the
same Python, operating system and processor.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
MIN_AGE_S = 315_532_800
"""1980-01-01: the oldest time that every archive format can hold; all members get one time."""


def version() -> str:
    """The project's version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def run(*command: str | Path) -> None:
    """Run a command in the project's folder; its failure is ours."""
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def build_wheel(folder: Path) -> Path:
    """The wheel of the project, built into a folder. Needs the page (`make page`)."""
    folder.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    return next(folder.glob("caribsis-*.whl"))


def gather(wheel: Path) -> None:
    """Put the wheels of all that the project runs on, and pip itself, beside its own."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    options = ["-qq", "--only-binary", ":all:", "-c", "constraints.txt"]
    run(*pip, "download", *options, "-d", wheel.parent, wheel, "pip")


def fill(folder: Path) -> None:
    """Add the installer, unit, papers and checksums to the wheelhouse."""
    facts = {
        "@VERSION@": version(),
        "@PYTHON@": f"{sys.version_info.major}.{sys.version_info.minor}",
        "@PLATFORM@": sysconfig.get_platform(),
    }
    for name in (
        "install.sh",
        "README.md",
        "caribsis.service",
        "caribsis-station.service",
        "node.toml",
        "station.toml",
    ):
        text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
        for mark, fact in facts.items():
            text = text.replace(mark, fact)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "install.sh").chmod(0o755)
    for name in ("LICENSE", "NOTICE", "constraints.txt"):
        shutil.copyfile(ROOT / name, folder / name)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's files at one time: the same contents give the same archive."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = int(os.environ.get("SOURCE_DATE_EPOCH", MIN_AGE_S))
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def pack(folder: Path) -> Path:
    """The folder as one tar (wheels are compressed already)."""
    archive = folder.with_name(f"{folder.name}.tar")
    half = archive.with_suffix(".part")
    with tarfile.open(half, "w") as tar:
        tar.add(folder, arcname=folder.name, filter=_plain)
    half.replace(archive)
    return archive


def main() -> None:
    """Build the bundle and say where it is."""
    folder = BUILD / f"caribsis-bundle-{version()}"
    shutil.rmtree(folder, ignore_errors=True)
    print("building the wheel …", flush=True)
    wheel = build_wheel(folder / "wheelhouse")
    print("gathering the wheels it runs on …", flush=True)
    gather(wheel)
    fill(folder)
    archive = pack(folder)
    shutil.rmtree(folder)
    print(f"{archive.relative_to(ROOT)}: {archive.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
