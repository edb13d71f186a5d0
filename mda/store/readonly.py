"""An archive as its readers see it: the sealed files of one manifest, while a node may write on."""

from __future__ import annotations

from pathlib import Path

from mda.clock import NO_TIME_US
from mda.errors import StoreError
from mda.model import Control, Reports, Statics
from mda.store.archive import read_stretch, settled_order
from mda.store.manifest import Manifest


class SealedArchive:
    """What has been sealed in a node's directory, at one version of its manifest."""

    def __init__(self, root: Path) -> None:
        """StoreError: there is no archive, or nothing in it was sealed yet."""
        self._root = root
        self._manifest = Manifest.load(root)
        if not self._manifest.files:
            raise StoreError(
                "no archive, or nothing sealed in it yet",
                where=str(root),
                do="Make one with: mda ingest FILE --archive DIR",
            )

    @property
    def since_us(self) -> int:
        """Just before the oldest report's event time."""
        return min(f.min_at_us for f in self._manifest.files) - 1

    @property
    def until_us(self) -> int:
        """The newest report's event time."""
        return max(f.max_at_us for f in self._manifest.files)

    @property
    def rows(self) -> int:
        """How many reports there are, all hearings counted."""
        return sum(f.rows for f in self._manifest.files if f.kind == "reports")

    @property
    def stations(self) -> tuple[str, ...]:
        """Station names by code."""
        return self._manifest.stations

    def read(self, since_us: int, until_us: int) -> tuple[Reports, Statics]:
        """Rows with since < at <= until, in settled order."""
        stretch = (since_us, until_us)
        reports = Reports.concat(read_stretch(Reports, self._root, self._manifest, stretch))
        statics = Statics.concat(read_stretch(Statics, self._root, self._manifest, stretch))
        return reports.take(settled_order(reports)), statics.take(settled_order(statics))

    def controls(self) -> tuple[Control, ...]:
        """When the node and its feeds were listening, in order."""
        return tuple(
            Control(at_us, kind, feed)
            for at_us, kind, feed in self._manifest.controls
            if at_us != NO_TIME_US
        )
