"""An offline folium page: Leaflet inside the file, nothing asked for from outside.

folium's own page would fetch Leaflet and four more libraries from content networks, so every
default asset is taken out, and Leaflet itself is put into the file. Names come from the air or from
files of others, so they are escaped before they reach HTML.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import folium
from branca.element import Element

from mda.errors import MdaError
from mda.picture.geojson import Feature

LAND_STYLE: Final = {
    "color": "#8a7d5c", "weight": 1, "fillColor": "#e9dfc3", "fillOpacity": 1.0,
}  # fmt: skip
_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")


def blank_page(leaflet_dir: Path) -> Any:
    """A folium map without tiles; `leaflet_dir` holds `leaflet.js` and `leaflet.css` (1.9).

    MdaError: they are not there.
    """
    script, style = _leaflet(leaflet_dir)
    page: Any = folium.Map(tiles=None, prefer_canvas=True, control_scale=True)
    page.default_js, page.default_css = [], []
    header = page.get_root().header
    header.add_child(_verbatim(f"<style>{style}</style>"), name="leaflet_style")
    header.add_child(_verbatim(f"<script>{script}</script>"), name="leaflet_script")
    header.add_child(_verbatim(f"<style>{_OWN_STYLE}</style>"), name="own_style")
    return page


def save(page: Any, path: Path, caption: list[str]) -> None:
    """Finish the page with its layers control and a caption (lines of HTML), and write it.

    MdaError: the file cannot be written.
    """
    folium.LayerControl(collapsed=False).add_to(page)
    text = f'<div class="caption">{"<br>".join(caption)}</div>'
    page.get_root().html.add_child(_verbatim(text), name="caption")
    try:
        path.write_text(page.get_root().render(), encoding="utf-8")
    except OSError as error:
        raise MdaError(f"cannot write the map: {error.strerror}", where=str(path)) from error


def tree_of(geojson: bytes | Mapping[str, Any]) -> dict[str, Any]:
    """A feature collection as a tree."""
    tree = json.loads(geojson) if isinstance(geojson, bytes) else dict(geojson)
    return {"type": "FeatureCollection", "features": list(tree.get("features", ()))}


def add_layer(page: Any, name: str, features: list[Feature], style: Any, **options: Any) -> None:
    """Add features as one layer that can be switched off; folium refuses an empty one."""
    if not features:
        return
    collection = {"type": "FeatureCollection", "features": features}
    style_function = style if callable(style) else lambda _feature: style
    folium.GeoJson(
        collection, name=name, style_function=style_function, smooth_factor=0.5, **options
    ).add_to(page)


def add_land(page: Any, land: dict[str, Any]) -> None:
    """Land, always shown."""
    shapes = [{**f, "properties": {}} for f in land["features"]]
    add_layer(page, "Land", shapes, LAND_STYLE, interactive=False, control=False)


def safe_text(value: Any) -> str:
    """Text that is only text in HTML; what is not known is a dash."""
    return "–" if value is None or value == "" else html.escape(str(value))


def _leaflet(directory: Path) -> tuple[str, str]:
    """Leaflet's script and style, fit to stand inside one file."""
    try:
        script = (directory / "leaflet.js").read_text(encoding="utf-8")
        style = (directory / "leaflet.css").read_text(encoding="utf-8")
    except OSError as error:
        raise MdaError(
            "Leaflet is not there", where=str(directory), do="Build the page: make deps"
        ) from error
    script = re.sub(r"//# sourceMappingURL=\S*", "", script).replace("</script", "<\\/script")

    def inlined(match: re.Match[str]) -> str:
        image = directory / match[1]
        if not image.is_file():
            return "none"
        return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()})"

    return script, _IMAGE.sub(inlined, style)


def _verbatim(text: str) -> Element:
    """An element whose text is not a template."""
    return Element("{% raw %}" + text + "{% endraw %}")


_OWN_STYLE: Final = """
.leaflet-container { background: #cfe1e8; font: 14px/1.4 system-ui, sans-serif; }
.caption { position: fixed; left: 12px; bottom: 60px; z-index: 1000; padding: 8px 12px;
  max-width: min(640px, 80vw); background: #fff; color: #1b1b1b; border: 1px solid #555;
  font: 14px/1.4 system-ui, sans-serif; }
.ship { background: none; border: 0; }
.leaflet-popup-content { max-height: 320px; overflow: auto; }
.leaflet-popup-content th, .leaflet-tooltip th { text-align: left; padding-right: 8px;
  vertical-align: top; }
.leaflet-tooltip { width: max-content; max-width: 420px; white-space: normal; }
"""
