"""The page and its API over a running node: web/WIRE.md, nothing from outside."""

from mda.server.app import create_app
from mda.server.run import Serving, serve

__all__ = ["Serving", "create_app", "serve"]
