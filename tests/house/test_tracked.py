"""What is tracked works anywhere: no path of one machine, no registry's address, all pinned."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sources import ROOT, relative, tracked

BINARY = {".gz", ".zst", ".png", ".jpg", ".webp", ".ico", ".parquet", ".woff2", ".pbf", ".zip"}
# Written so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.$}~*-])/(?:work|root|home/\w+|tmp|opt/(?:pypi|wheels))(?:/|\b)")
REGISTRY = re.compile(
    r"registry\.(?:npmjs|yarnpkg)\.|(?:files\.)?pythonhosted\.[o]rg|(?:test\.)?pypi\.[o]rg"
    r"|deb\.debian\.[o]rg|npmmirror\."
)


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in tracked():
        if path.suffix.lower() not in BINARY and path.stat().st_size < 2_000_000:
            data = path.read_bytes()
            if b"\0" not in data[:4096]:
                found.append((relative(path), data.decode("utf-8", "replace")))
    return found


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine path", "registry host"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    named = []
    for file, text in _texts():
        for number, line in enumerate(text.splitlines(), 1):
            if (match := pattern.search(line)) and file != relative_self():
                named.append(f"{file}:{number} {match.group(0)}")
    assert not named, "\n".join(named[:50])


def relative_self() -> str:
    """This file, which must write the patterns down."""
    return "tests/house/test_tracked.py"


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    wrong = [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.+!]+", line)]
    assert not wrong, f"a pin is name==version and nothing else: {wrong}"
    return {canonicalize_name(name): version for name, version in (p.split("==") for p in pins)}


def test_every_package_that_is_installed_for_us_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    pins, seen, loose = _pins(), set(), []
    queue = [Requirement(text) for text in (*project["dependencies"], *extras["dev"])]
    while queue:
        wanted = queue.pop()
        name = canonicalize_name(wanted.name)
        if (name, *wanted.extras) in seen or (wanted.marker and not wanted.marker.evaluate()):
            continue
        seen.add((name, *wanted.extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is required and not installed: run `make deps`")
        if name not in pins:
            loose.append(f"{name}=={installed.version}")
        elif not wanted.specifier.contains(pins[name], prereleases=True):
            loose.append(f"{name}=={pins[name]} is not {wanted.specifier}")
        for text in installed.requires or ():
            inner = Requirement(text)
            environments = [{"extra": extra} for extra in ("", *wanted.extras)]
            if inner.marker is None or any(inner.marker.evaluate(e) for e in environments):
                inner.marker = None
                queue.append(inner)
    assert not loose, "pin them in constraints.txt:\n" + "\n".join(sorted(loose))


def test_the_page_is_locked_without_addresses() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    addressed = [name for name, entry in lock["packages"].items() if "resolved" in entry]
    unsealed = [
        name
        for name, entry in lock["packages"].items()
        if name and not entry.get("link") and "integrity" not in entry and not entry.get("inBundle")
    ]
    assert not addressed, f"set omit-lockfile-registry-resolved in web/.npmrc: {addressed[:5]}"
    assert not unsealed, f"no checksum: {unsealed[:5]}"


def test_every_package_of_the_house_stands_on_a_floor() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = project["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {name.strip("() ") for floor in floors for name in floor.split("|")}
    rooms = {
        "mda." + path.relative_to(ROOT / "mda").parts[0].removesuffix(".py")
        for path in tracked()
        if path.suffix == ".py" and relative(path).startswith("mda/") and path.name[:2] != "__"
    }
    assert not rooms - named, "put them on a floor in pyproject.toml, [tool.importlinter]"
