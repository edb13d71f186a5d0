"""Ratios are medians of rounds, promises are judged, and what is missing says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench import measure
from bench.measure import Beside, Contender, Figure, Row, Run, Skipped, Work


def _taking(*seconds: float) -> Work:
    left: Iterator[float] = iter(seconds)
    return lambda: Run(100, next(left), 1.0)


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    rows = measure.race(
        [
            Contender("slow", "lines", _taking(0, 10.0, 20.0, 10.0)),
            Contender(
                "quick",
                "lines",
                _taking(0, 1.0, 1.0, 5.0),
                (Beside("slow", 10, 20), Beside("absent"), Beside("slow", 10.5)),
            ),
        ]
    )
    slow, quick, promised_more = rows
    assert (slow.control, slow.ratio, slow.cpu_s) == ("", None, 10.0)
    assert (quick.control, quick.ratio, quick.spread) == ("slow", 10.0, (2.0, 20.0))
    assert quick.kept
    assert not promised_more.kept
    assert "promised 10: kept, stretch 20: not reached" in quick.line()
    assert "NOT KEPT" in promised_more.line()


def test_work_of_this_process_is_timed_here() -> None:
    (row,) = measure.race([Contender("own", "items", lambda: 7)], rounds=1)
    assert row.items == 7
    assert row.wall_s >= 0


def test_a_figure_is_held_under_its_ceiling() -> None:
    assert Figure("memory", 149.0, "MiB", 150).kept
    assert not Figure("memory", 151.0, "MiB", 150).kept
    assert "NOT KEPT" in Figure("memory", 151.0, "MiB", 150).line()
    assert Figure("import", 2.0, "s").kept


def test_all_of_it_is_written_as_json(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    entries: list[tuple[str, measure.Entry]] = [
        ("a", Row("x", 10, "lines", 2.0, 2.0, "y", 3.0, (2.0, 4.0), 2.0, 4.0)),
        ("a", Skipped("z", "no compiler")),
    ]
    measure.write(entries, out)
    rows = json.loads(out.read_text())["rows"]
    assert (rows[0]["per_cpu_s"], rows[0]["kept"], rows[0]["stretch_reached"]) == (5.0, True, False)
    assert rows[1] == {"bench": "a", "name": "z", "skipped": "no compiler"}
    assert list(measure.table(entry for _, entry in entries))[2].endswith("skipped: no compiler")
