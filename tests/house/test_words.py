"""What a person is shown never accuses: a finding is a fact with evidence, a flag is a claim."""

from __future__ import annotations

import ast
import re

from sources import docstrings, modules, relative, tracked, tree

# "suspect" may be a verb of ours about our own data, never a noun for a ship.
NEVER = re.compile(
    r"\b(hostile|guilty|culprit|criminal|smuggler|perpetrator|offender)s?\b"
    r"|\bsuspect(ed|s)? (vessel|ship|craft|target|boat)s?\b"
    r"|\bsuspicious (vessel|ship|craft|target|boat)s?\b"
    r"|\b(vessel|ship|craft|target|boat)s? (is|are) suspect\b",
    re.IGNORECASE,
)
SHOWN = {".html", ".json", ".css", ".svg"}


def _line_hits(text: str) -> list[str]:
    return [match.group(0) for match in NEVER.finditer(text)]


def test_no_text_of_the_program_accuses() -> None:
    said = []
    for path in modules():
        file = relative(path)
        # docstrings of the command line are its help; all others are for builders
        hidden = set() if file.startswith("mda/cli/") else docstrings(path)
        for node in ast.walk(tree(path)):
            if node in hidden or not isinstance(node, ast.Constant):
                continue
            if isinstance(node.value, str):
                said += [f"{file}:{node.lineno} {hit}" for hit in _line_hits(node.value)]
    assert not said, "\n".join(said)


def test_no_text_of_the_page_and_the_library_accuses() -> None:
    said = []
    for path in tracked():
        file = relative(path)
        page = file.startswith("web/src/") and path.suffix in {*SHOWN, ".ts", ".tsx"}
        library = path.suffix == ".toml" and file.startswith(("mda/", "zones/", "feeds/"))
        if page or library or file == "README.md":
            said += [f"{file}: {hit}" for hit in _line_hits(path.read_text(encoding="utf-8"))]
    assert not said, "\n".join(said)
