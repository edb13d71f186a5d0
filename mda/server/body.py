"""Nouns as the JSON bodies of web/WIRE.md: instants in ISO 8601, keys as strings, unknown as null.

Inside, an instant is a field `*_us`; on the wire the same field without `_us` is text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from mda.clock import NO_TIME_US, format_at
from mda.model import Case, Event, Finding
from mda.picture.geojson import finding_properties, plain


def wire(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body for the wire: `opened_at_us` becomes `opened_at`, `keys` become strings, NaN null."""
    out: dict[str, Any] = {}
    for name, value in body.items():
        if name.endswith("_us"):
            known = value is not None and value != NO_TIME_US
            out[name.removesuffix("_us")] = format_at(int(value)) if known else None
        elif name in ("key", "keys"):
            out[name] = [str(k) for k in value] if isinstance(value, (list, tuple)) else str(value)
        else:
            out[name] = _inside(value)
    return out


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return wire({str(name): item for name, item in value.items()})
    if isinstance(value, (list, tuple)):
        return [_inside(item) for item in value]
    return plain(value)


def case_body(case: Case) -> dict[str, Any]:
    """A case as the page gets it."""
    return wire(case.to_json())


def finding_body(finding: Finding) -> dict[str, Any]:
    """A finding with its evidence, place and path."""
    body = {
        **finding_properties(finding),
        "reason": finding.reason,
        "lon_deg": finding.lon_deg,
        "lat_deg": finding.lat_deg,
        "path": [list(p) for p in finding.path],
        "detector": finding.detector,
        "detector_version": finding.detector_version,
        "config_hash": finding.config_hash,
    }
    result: dict[str, Any] = plain(body)
    return result


def event_text(event: Event) -> str:
    """An event as one server-sent message, its number as the id."""
    return message(event.kind, wire(event.body), event.seq)


def message(kind: str, body: Mapping[str, Any], seq: int | None = None) -> str:
    """One server-sent message; without a number it does not move `Last-Event-ID`."""
    data = json.dumps(body, allow_nan=False, separators=(",", ":"))
    head = f"id: {seq}\n" if seq is not None else ""
    return f"{head}event: {kind}\ndata: {data}\n\n"


def refusal(status: int, error: str, do: str = "") -> JSONResponse:
    """An error in plain words: what was wrong and what to do."""
    return JSONResponse({"error": error, "do": do}, status_code=status)
