"""Importing a module reads nothing, creates nothing, configures nothing, compiles nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

from sources import ROOT, modules, relative, tree

# Runs in a process of its own. What third parties do while they are imported is theirs: they come
# first. Then a hook hears every file, socket, process and database that our modules open. Python's
# and Numba's own caches (`__pycache__`) are how modules are loaded, so they do not count; nor do
# modules that a third party loads late.
PROBE = """
import importlib, json, os, sys, warnings
theirs, ours = json.loads(sys.stdin.read())
warnings.simplefilter("ignore")
for name in theirs:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
seen, module = [], [""]
CODE = (".py", ".pyc", ".so", ".dylib", ".pth", ".pyi", ".nbi", ".nbc")
EVENTS = ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.rename", "os.remove",
          "sqlite3.connect", "os.system", "shutil.rmtree", "_thread.start_new_thread", "os.putenv")
STDLIB = os.path.dirname(os.__file__)

def hear(event, args):
    if event == "open":
        path = os.fspath(args[0]) if not isinstance(args[0], int) else ""
        path = path.decode() if isinstance(path, bytes) else path
        if path and not path.endswith(CODE) and "__pycache__" not in path \
                and not path.startswith((sys.prefix, STDLIB)):
            seen.append([module[0], event, path])
    elif event in EVENTS and "__pycache__" not in str(args[:1]):
        seen.append([module[0], event, str(args[:1])[:200]])

sys.addaudithook(hear)
for module[0] in ours:
    importlib.import_module(module[0])
from_us = [row for row in seen]
from numba.core.dispatcher import Dispatcher
compiled = [
    f"{name}.{key}"
    for name in ours
    for key, value in vars(sys.modules[name]).items()
    if isinstance(value, Dispatcher) and value.overloads
]
print(json.dumps([from_us, compiled]))
"""


def _module_name(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_importing_every_module_does_nothing_else() -> None:
    ours = [_module_name(relative(path)) for path in modules()]
    theirs = sorted(
        {
            name
            for path in modules()
            for node in ast.walk(tree(path))
            if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
            if name.split(".")[0] not in {"mda", "feeds", "zones", "__future__"}
        }
    )
    run = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps([theirs, [name for name in ours if not name.endswith("__main__")]]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    opened, compiled = json.loads(run.stdout)
    assert not opened, "\n".join(f"{name}: {event} {what}" for name, event, what in opened)
    assert not compiled, f"compiled while importing: {compiled}"
