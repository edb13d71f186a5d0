"""Columns on their way out of the engine that NumPy has no type for: not an object a row.

A million names as Python texts cost more than decoding the sentences they came in. So they stay
what they are, fixed-width bytes or codes into a few names, until somebody looks at one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mda.model.reports import I32, I64, Bytes


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as ASCII or Latin-1 bytes; an empty one is not available."""

    raw: Bytes
    rows: I64 | None = None
    """Where each one stands, where only some rows have any; None: one a row."""
    size: int = 0
    """Rows, where only some have any."""

    def __len__(self) -> int:
        return int(self.raw.shape[0]) if self.rows is None else self.size

    def __getitem__(self, row: int) -> Any:
        """The text of a row, `numpy.ma.masked` where there is none."""
        at = [row] if self.rows is None else np.flatnonzero(self.rows == row).tolist()
        text = bytes(self.raw[at[0]]).decode("latin-1") if at else ""
        return text or np.ma.masked

    def __iter__(self) -> Iterator[Any]:
        return (np.ma.masked if text is None else text for text in self.tolist())

    def tolist(self) -> list[str | None]:
        """All texts, None where there is none."""
        own = [text.decode("latin-1") or None for text in self.raw.tolist()]
        if self.rows is None:
            return own
        texts: list[str | None] = [None] * self.size
        for row, text in zip(self.rows.tolist(), own, strict=True):
            texts[row] = text
        return texts


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


@dataclass(frozen=True, slots=True)
class Marked:
    """Numbers, and which of them are known; the others are not available."""

    values: NDArray[Any]
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def __getitem__(self, row: int) -> Any:
        """The number of a row, `numpy.ma.masked` where there is none."""
        return self.values[row] if self.known[row] else np.ma.masked

    def __iter__(self) -> Iterator[Any]:
        return (self[row] for row in range(len(self)))

    def tolist(self) -> list[Any]:
        """All numbers, None where there is none."""
        pairs = zip(self.values.tolist(), self.known.tolist(), strict=True)
        return [value if known else None for value, known in pairs]
