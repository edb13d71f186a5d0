"""`mda zones` as a user runs it: at, list, show, check, map, and the node's own zones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mda.cli.bundled import cache_dir
from mda.cli.main import main, mda
from mda.errors import MdaError

SEASON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "lobster season"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-62.2, 14.6], [-61.2, 14.6], [-61.2, 15.0], [-62.2, 15.0], [-62.2, 14.6]]
                ],
            },
        }
    ],
}


def run(*words: str) -> Result:
    return CliRunner().invoke(mda, ["zones", *words], catch_exceptions=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's directory with a closed season of its own."""
    folder = tmp_path_factory.mktemp("node")
    file = folder / "season.geojson"
    file.write_text(json.dumps(SEASON), encoding="utf-8")
    window = ["--valid-from", "2026-03-01", "--valid-until", "2026-06-30"]
    said = run("add", str(file), "--kind", "season", *window, "--data", str(folder))
    assert said.exit_code == 0, said.output
    return folder


@pytest.mark.parametrize(
    "words", [[], ["at"], ["list"], ["show"], ["check"], ["map"], ["add"], ["remove"], ["history"]]
)
def test_every_help_has_an_example(words: list[str]) -> None:
    assert "Example: mda zones" in run(*words, "--help").stdout


def test_at_gives_words_sources_and_the_version() -> None:
    first, *rest = run("at", "-61.66", "15.30").stdout.splitlines()
    assert first.startswith("Dominica's EEZ (boundary with Guadeloupe agreed, France–Dominica 1987")
    assert "nmi from shore" in first
    assert rest[0].startswith("- eez-dominica: Dominica's EEZ, claimed by Dominica")
    assert re.fullmatch(r"Zone library [0-9a-f]{16}; no line of ours is a legal limit\.", rest[-1])


def test_longitude_and_latitude_exchanged_are_noticed() -> None:
    said = run("at", "15.57", "-61.47")
    assert "Longitude comes first: did you mean `mda zones at -61.47 15.57`?" in said.stderr
    assert "not covered by the zone library" in said.stdout
    assert "Longitude" not in run("at", "150", "-61").stderr


def test_a_word_is_looked_for_whole_first() -> None:
    told = json.loads(run("show", "dominica", "--json").stdout)
    assert {zone["id"] for zone in told} == {
        "eez-dominica", "territorial-dominica", "contiguous-dominica",
    }  # fmt: skip
    assert "eez-dominica" in run("show", "minica").stdout


def test_at_a_time_own_zones_hold_or_do_not(data: Path) -> None:
    def names(*when: str) -> list[str]:
        told = run("at", "-61.7", "14.8", "--data", str(data), "--json", *when)
        return [zone["name"] for zone in json.loads(told.stdout)["zones"]]

    assert "lobster season" in names("--at", "2026-05-01")
    assert "lobster season" in names("--at", "2026-06-30T23:59:00Z")
    assert "lobster season" not in names("--at", "2026-07-01")
    assert "lobster season" in names("--at", "any")
    now = json.loads(run("at", "-61.7", "14.8", "--json").stdout)
    assert now["at"].endswith("Z")
    with pytest.raises(MdaError, match="not an instant"):
        run("at", "-61.7", "14.8", "--at", "yesterday")


def test_list_can_be_narrowed(data: Path) -> None:
    rows = run("list", "--kind", "eez", "--claimant", "dominica").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["eez-dominica"]
    disputed = json.loads(run("list", "--status", "disputed", "--json").stdout)
    assert {zone["status"] for zone in disputed} == {"disputed"}
    own = run("list", "--family", "own", "--data", str(data)).stdout
    assert "season" in own
    assert own.rstrip().endswith("(own)")
    assert run("list", "--family", "own", "--data", str(data.parent)).stdout == ""


def test_show_one_zone_whole() -> None:
    text = run("show", "EEZ-Dominica").stdout
    for key in ("basis", "source", "licence", "accuracy_m", "claimants"):
        assert re.search(rf"^{key} +\S", text, re.MULTILINE)
    assert "valid_from" not in text
    (zone,) = json.loads(run("show", "eez-dominica", "--json").stdout)
    assert zone["claimants"] == ["Dominica"]
    assert "Essequibo" in run("show", "essequibo").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "eez-dominca"], "no zone 'eez-dominca' in the library"),
        (["show", "eez-dominca"], "did you mean 'eez-dominica'"),
        (["list", "--claimant", "Domnica"], "did you mean 'Dominica'"),
        (["list", "--status", "agred"], "did you mean 'agreed'"),
        (["show", "qqqqqq"], "`mda zones list` shows them all"),
    ],
)
def test_a_misspelt_name_is_helped(
    words: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mda", "zones", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert says in capsys.readouterr().err


def test_check_ends_with_one_where_something_is_not_explained(data: Path) -> None:
    said = run("check", "--json", "--data", str(data))
    body = json.loads(said.stdout)
    assert said.exit_code == (0 if body["passed"] else 1)
    assert body["passed"] == (body["counts"]["not explained"] == 0)
    assert sum(body["counts"].values()) == len(body["rows"])


def test_the_map_needs_nothing_from_outside(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "zones.html"
    assert run("map", "-o", str(out), "--data", str(data)).exit_code == 0
    page = out.read_text(encoding="utf-8")
    assert "lobster season" in page
    assert "Disputed water" in page
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="http', page)


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "caribsis" / "zones"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_dir() == tmp_path / "home" / ".cache" / "caribsis" / "zones"
