"""Build hook: a wheel without the page would install and then show nothing, so it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Checks that `make page` has run before a wheel is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise FileNotFoundError unless the page is there; an editable install is let through."""
        page = Path(self.root) / "mda" / "server" / "page" / "index.html"
        if version != "editable" and not page.is_file():
            raise FileNotFoundError(
                "mda/server/page/index.html is missing, the page is not built: run `make page`"
            )
