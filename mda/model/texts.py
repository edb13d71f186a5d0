"""Columns of texts on their way out of the engine: bytes and codes, not an object a row.

A million names as Python texts cost more than decoding the sentences they came in. So they stay
what they are, fixed-width bytes or codes into a few names, until somebody looks at one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mda.model.reports import I32, Bytes


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as ASCII or Latin-1 bytes, one a row; an empty one is not available."""

    raw: Bytes

    def __len__(self) -> int:
        return int(self.raw.shape[0])

    def __getitem__(self, row: int) -> Any:
        """The text of a row, `numpy.ma.masked` where there is none."""
        text = bytes(self.raw[row]).decode("latin-1")
        return text or np.ma.masked

    def __iter__(self) -> Iterator[Any]:
        return (self[row] for row in range(len(self)))

    def tolist(self) -> list[str | None]:
        """All texts, None where there is none."""
        return [text.decode("latin-1") or None for text in self.raw.tolist()]


@dataclass(frozen=True, slots=True)
class Named:
    """One of a few names a row, by its code; a code outside the names is not available."""

    codes: I32
    names: Sequence[str]

    def __len__(self) -> int:
        return int(self.codes.shape[0])

    def __getitem__(self, row: int) -> Any:
        """The name of a row, `numpy.ma.masked` where there is none."""
        code = int(self.codes[row])
        return self.names[code] if 0 <= code < len(self.names) else np.ma.masked

    def __iter__(self) -> Iterator[Any]:
        return (self[row] for row in range(len(self)))

    def tolist(self) -> list[str | None]:
        """All names, None where there is none."""
        known = range(len(self.names))
        return [self.names[code] if code in known else None for code in self.codes.tolist()]
