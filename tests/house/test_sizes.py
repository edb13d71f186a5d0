"""Small rooms: a module, a function or a class that a reader can hold in mind."""

from __future__ import annotations

import ast
import re

from sources import docstrings, functions, modules, relative, tracked, tree

MODULE_LINES = 400
FUNCTION_LINES = 50
PUBLIC_METHODS = 12


def _says_why(node: ast.Module | ast.ClassDef | ast.FunctionDef, limit: int) -> bool:
    """Whether a docstring gives the reason for being larger: it names the limit and says why."""
    text = ast.get_docstring(node) or ""
    return bool(re.search(rf"\b{limit}\b[^.]*\b(because|so that|since)\b", text, re.DOTALL))


def test_a_module_has_at_most_400_lines_or_says_why() -> None:
    long = []
    for path in modules("mda", "feeds", "zones", "bench", "scripts", "packaging", "tests"):
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > MODULE_LINES and not _says_why(tree(path), MODULE_LINES):
            long.append(f"{relative(path)}: {count} lines")
    assert not long, "split them, or say in the docstring why over 400:\n" + "\n".join(long)


def test_a_script_of_the_page_has_at_most_400_lines() -> None:
    long = []
    for path in tracked():
        if relative(path).startswith("web/") and path.suffix in {".ts", ".tsx", ".js", ".css"}:
            count = len(path.read_text(encoding="utf-8").splitlines())
            if count > MODULE_LINES:
                long.append(f"{relative(path)}: {count} lines")
    assert not long, "\n".join(long)


def test_a_function_has_at_most_50_lines_of_code() -> None:
    long = []
    for path in modules():
        for function in functions(path):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            if not body:
                continue
            count = (function.end_lineno or 0) - body[0].lineno + 1
            if count > FUNCTION_LINES:
                long.append(f"{relative(path)}:{function.lineno} {function.name}: {count} lines")
    assert not long, "\n".join(long)


def test_a_class_has_at_most_12_public_methods() -> None:
    wide = []
    for path in modules():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ClassDef):
                continue
            names = [
                item.name
                for item in node.body
                if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
                and not item.name.startswith("_")
            ]
            if len(names) > PUBLIC_METHODS and not _says_why(node, PUBLIC_METHODS):
                wide.append(f"{relative(path)}:{node.lineno} {node.name}: {len(names)} methods")
    assert not wide, "\n".join(wide)


def test_every_module_and_public_function_has_a_docstring() -> None:
    bare = [relative(path) for path in modules() if not ast.get_docstring(tree(path))]
    for path in modules():
        bare += [
            f"{relative(path)}:{node.lineno} {node.name}"
            for node in tree(path).body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert not bare, "no docstring:\n" + "\n".join(bare)
    assert docstrings(modules()[0])
