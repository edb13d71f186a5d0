"""What the house tests look at: the project's own files, as Git sees them, and their trees."""

from __future__ import annotations

import ast
import functools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("mda", "feeds", "zones")
NUMBERS = {"float", "int"}


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project: what Git tracks, and what it would if it were added now."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split("\0") if name]
        return tuple(sorted(ROOT / name for name in set(names) if (ROOT / name).is_file()))
    built = {".venv", "build", "dist", "node_modules", "page", "__pycache__", ".git"}
    return tuple(
        sorted(p for p in ROOT.rglob("*") if p.is_file() and not built & set(p.parts[:-1]))
    )


def relative(path: Path) -> str:
    """The path as a reader of the project knows it."""
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> list[Path]:
    """Python files under the folders (by default those that ship)."""
    wanted = folders or PACKAGES
    return [p for p in tracked() if p.suffix == ".py" and relative(p).split("/")[0] in wanted]


@functools.cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def dotted(node: ast.AST) -> str:
    """`time.time` of the tree of that expression; an empty text for what is not a dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


@functools.cache
def docstrings(path: Path) -> set[ast.Constant]:
    """The constants that are docstrings (also of attributes), which no user is shown."""
    found: set[ast.Constant] = set()
    for node in ast.walk(tree(path)):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for statement in node.body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(statement.value)
    return found
