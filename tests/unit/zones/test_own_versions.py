"""Versions on disk: whole or not there, never overwritten, whoever kills or races the writer."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mda.errors import ZoneError
from zones.own_versions import (
    FOLDER,
    RECORD,
    Version,
    names,
    newest,
    own_directories,
    put,
    versions,
)


def store(data: Path, name: str, act: str = "add", text: str = "x", fail: bool = False) -> Version:
    def fill(folder: Path) -> None:
        if act == "add":
            (folder / "zones.toml").write_text(text, encoding="utf-8")
            (folder / "zones.geojson").write_text(text * 1000, encoding="utf-8")
        if fail:
            raise ZoneError("no")

    def make(number: int) -> Version:
        return Version(name, number, act, "2026-11-21T00:00:00Z", "duty", "f", {"f": "00"}, ("z",))

    return put(data, make, fill)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_nothing_was_ever_added(tmp_path: Path) -> None:
    assert names(tmp_path) == own_directories(tmp_path) == versions(tmp_path, "a") == []
    assert not list(tmp_path.iterdir())


def test_each_version_lies_beside_the_one_before(tmp_path: Path) -> None:
    first = store(tmp_path / "node", "a", text="one")
    before = content(tmp_path)
    second = store(tmp_path / "node", "a", text="two")
    store(tmp_path / "node", "b")
    assert [v.number for v in versions(tmp_path / "node", "a")] == [1, 2]
    assert versions(tmp_path / "node", "a") == [first, second]
    assert before.items() <= content(tmp_path).items()
    folder = tmp_path / "node" / FOLDER
    assert own_directories(tmp_path / "node") == [folder / "a" / "0002", folder / "b" / "0001"]
    store(tmp_path / "node", "a", act="remove")
    assert own_directories(tmp_path / "node") == [folder / "b" / "0001"]
    assert [v.name for v in newest(tmp_path / "node")] == ["b"]
    assert before.items() <= content(tmp_path).items()
    store(tmp_path / "node", "a")
    assert own_directories(tmp_path / "node")[0] == folder / "a" / "0004"


def test_a_version_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    store(tmp_path, "a")
    before = content(tmp_path)
    with pytest.raises(ZoneError, match="no"):
        store(tmp_path, "a", fail=True)
    assert content(tmp_path) == before
    assert sorted(p.name for p in (tmp_path / FOLDER).iterdir()) == [".lock", "a"]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no directory")
    with pytest.raises(ZoneError, match="cannot be written"):
        store(tmp_path / "taken", "a")


def test_what_a_killed_process_left_is_swept_and_never_seen(tmp_path: Path) -> None:
    store(tmp_path, "a")
    left = tmp_path / FOLDER / ".adding-b"
    left.mkdir()
    (left / "zones.toml").write_text("half")
    assert names(tmp_path) == ["a"]
    assert len(own_directories(tmp_path)) == 1
    store(tmp_path, "b")
    assert not left.exists()
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "zones": []}'])
def test_a_damaged_version_is_told_by_name(tmp_path: Path, text: str) -> None:
    store(tmp_path, "a")
    (tmp_path / FOLDER / "a" / "0001" / RECORD).write_text(text)
    with pytest.raises(ZoneError, match=r"a/0001: the version is damaged.*backup"):
        own_directories(tmp_path)
    (tmp_path / FOLDER / "a" / "0001" / RECORD).unlink()
    with pytest.raises(ZoneError, match="No such file"):
        versions(tmp_path, "a")


def _many(data: Path, name: str, count: int) -> None:
    for _ in range(count):
        store(data, name)


def test_writers_at_once_wait_for_each_other(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_many, args=(tmp_path, n, 4)) for n in ("a", "a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert [v.number for v in versions(tmp_path, "a")] == list(range(1, 9))
    assert [v.number for v in versions(tmp_path, "b")] == list(range(1, 5))


ENDLESS = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_own_versions import store
while True:
    store(Path({data!r}), "a", text="whole " * 2000)
    print("stored", flush=True)
"""


def test_killed_at_any_moment_every_version_is_whole(tmp_path: Path) -> None:
    store(tmp_path, "a", text="whole " * 2000)
    whole = content(tmp_path / FOLDER / "a" / "0001")
    for part in (0.1, 0.3, 0.5, 0.7, 0.9):
        code = ENDLESS.format(here=str(Path(__file__).parent), data=str(tmp_path))
        writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        begun_s = time.monotonic()
        writer.stdout.readline()
        time.sleep(part * (time.monotonic() - begun_s))  # into the third
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        found = versions(tmp_path, "a")
        assert [v.number for v in found] == list(range(1, len(found) + 1))
        for folder in (tmp_path / FOLDER / "a").iterdir():
            got = content(folder)
            record = json.loads(got.pop(RECORD))
            assert record["number"] == int(folder.name)
            assert got == {k: v for k, v in whole.items() if k != RECORD}
        assert own_directories(tmp_path)[0].name == f"{found[-1].number:04d}"
    assert len(versions(tmp_path, "a")) >= 11
    store(tmp_path, "b")
    assert not list((tmp_path / FOLDER).glob(".adding-*"))
