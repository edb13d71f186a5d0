"""The file an operator names, made safe to read: known formats only, whole, and of a bearable size.

Four formats: GeoJSON, shapefile (a .shp with its neighbours, or zipped), GeoPackage (also zipped),
KML (also as KMZ). What a reader would silently make less of (a shapefile cut short, a text that is
not UTF-8) is found here; archives are unpacked to a temporary directory, never beside the file.
"""

from __future__ import annotations

import hashlib
import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mda.errors import ZoneError

MIB = 2**20
MOST_TEXT_BYTES = 100 * MIB
"""GeoJSON and KML are held whole in memory, some ten times as large: 1 GiB on a node's machine."""
MOST_BYTES = 1024 * MIB
"""Shapefile and GeoPackage, and what an archive unpacks to (Marine Regions v12: 0.2 GiB)."""
MOST_MEMBERS = 1000
"""Files in an archive."""
FORMATS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "shapefile",
    ".gpkg": "GeoPackage",
    ".kml": "KML",
}
_NEIGHBOURS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_POLYGONS = (5, 15, 25)
"""Shape types of polygons in a shapefile's header (ESRI Shapefile Technical Description, 1998)."""
_UNSOUND = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, ValueError)
"""What reading a damaged, encrypted or unknown archive raises."""
_KNOWN = "GeoJSON (.geojson, .json), shapefile (.shp, .zip), GeoPackage (.gpkg), KML (.kml, .kmz)"
_DECLARED = re.compile(rb"""^[^>]*encoding\s*=\s*["'](?!utf-?8)""", re.IGNORECASE)


@dataclass(slots=True)
class Source:
    """A file that can be read: what to open, its format, its hash, and what had to be mended."""

    path: Path
    format: str
    sha256: dict[str, str]
    """SHA-256 of the operator's files by name."""
    notes: list[str] = field(default_factory=list)


@contextmanager
def opened(file: Path, layers: tuple[str, ...] = ()) -> Iterator[Source]:
    """The file ready to be read, while the context lasts; `layers` chooses in an archive.

    ZoneError: no such file, none of our formats, damaged, cut short, or too large.
    """
    if not file.is_file():
        raise ZoneError("no such file", where=str(file))
    with tempfile.TemporaryDirectory(prefix="zones-") as folder:
        try:
            yield _source(file, Path(folder), layers)
        except OSError as error:
            raise ZoneError(f"cannot be read ({error.strerror})", where=file.name) from error


def _source(file: Path, folder: Path, layers: tuple[str, ...]) -> Source:
    suffix = file.suffix.lower()
    notes: list[str] = []
    path = file
    parts = [file]
    if suffix in (".zip", ".kmz"):
        path = _unpacked(file, folder, layers, notes)
    elif suffix == ".shp":
        parts = [p for p in _beside(file).values() if p.is_file()]
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise ZoneError(f"is none of our formats: {_KNOWN}", where=file.name)
    most = MOST_TEXT_BYTES if kind in ("GeoJSON", "KML") else MOST_BYTES
    size = path.stat().st_size
    if size > most:
        do = "Cut it to the region, or convert it to a GeoPackage"
        raise ZoneError(
            f"{size / MIB:,.0f} MiB of {kind} is more than the {most // MIB:,} MiB we read",
            where=file.name,
            do=do if most == MOST_TEXT_BYTES else "Cut it to the region",
        )
    if size == 0:
        raise ZoneError("is empty", where=file.name)
    source = Source(path.resolve(), kind, {p.name: _sha256(p) for p in parts}, notes)
    if kind == "shapefile":
        _check_shapefile(source, file.name)
    elif kind == "GeoPackage":
        _check_geopackage(path, file.name)
    else:
        _check_text(source, folder, file.name)
    return source


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _beside(shp: Path) -> dict[str, Path]:
    """The files of a shapefile by suffix, whatever the case of their names."""
    near = {p.suffix.lower(): p for p in sorted(shp.parent.glob(f"{_plain(shp.stem)}.*"))}
    return {suffix: near.get(suffix, shp.with_suffix(suffix)) for suffix in _NEIGHBOURS}


def _plain(text: str) -> str:
    """A name without a meaning of its own in a glob."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _unpacked(file: Path, folder: Path, layers: tuple[str, ...], notes: list[str]) -> Path:
    """The one zone file of an archive, unpacked; of several shapefiles the one with polygons."""
    try:
        with zipfile.ZipFile(file) as archive:
            named = [m for m in archive.infolist() if m.filename]  # is_dir() fails without a name
            members = {m.filename: m for m in named if not m.is_dir()}
            if len(members) > MOST_MEMBERS:
                raise ZoneError(f"holds more than {MOST_MEMBERS} files", where=file.name)
            chosen = _chosen(archive, [*members], layers, file.name, notes)
            stem = PurePosixPath(chosen).with_suffix("")
            suffix = PurePosixPath(chosen).suffix.lower()
            names = [n for n in members if suffix == ".shp" and PurePosixPath(n).with_suffix("")
                     == stem and PurePosixPath(n).suffix.lower() in _NEIGHBOURS]  # fmt: skip
            wanted = [members[n] for n in names or [chosen]]
            size = sum(m.file_size for m in wanted)
            most = MOST_TEXT_BYTES if suffix in (".kml", ".geojson", ".json") else MOST_BYTES
            if size > most:
                raise ZoneError(
                    f"unpacks to {size / MIB:,.0f} MiB, more than the {most // MIB:,} MiB we read",
                    where=file.name,
                    do="Cut it to the region",
                )
            for member in wanted:
                target = folder / (stem.name + PurePosixPath(member.filename).suffix.lower())
                with archive.open(member) as packed, target.open("wb") as out:
                    while data := packed.read(MIB):
                        out.write(data)
    except _UNSOUND as error:
        raise ZoneError(f"is no sound archive ({error})", where=file.name) from error
    return folder / (stem.name + suffix)


def _chosen(
    archive: zipfile.ZipFile,
    names: list[str],
    layers: tuple[str, ...],
    where: str,
    notes: list[str],
) -> str:
    """The member that holds the zones."""
    found = [n for n in names if PurePosixPath(n).suffix.lower() in FORMATS
             and "__MACOSX" not in n]  # fmt: skip
    if where.lower().endswith(".kmz"):
        # the first .kml of a KMZ is its document (KML 2.3, OGC 12-007r2, annex C)
        found = [n for n in found if n.lower().endswith(".kml")][:1]
    named = [n for n in found if PurePosixPath(n).stem in layers]
    if len(named) == 1:
        return named[0]
    if len(found) > 1:
        kept = [n for n in found if n.lower().endswith(".shp") and _shape_type(archive, n)
                in _POLYGONS]  # fmt: skip
        if len(kept) == 1:
            others = ", ".join(PurePosixPath(n).name for n in found if n != kept[0])
            notes.append(f"{PurePosixPath(kept[0]).name} was read; {others} was left")
            return kept[0]
    if not found:
        raise ZoneError(f"holds none of our formats: {_KNOWN}", where=where)
    if len(found) > 1:
        stems = ", ".join(PurePosixPath(n).stem for n in found)
        raise ZoneError(f"holds {len(found)} files: {stems}", where=where, do="Choose by --layer")
    return found[0]


def _shape_type(archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as file:
        return int.from_bytes(file.read(36)[32:36], "little")


def _check_shapefile(source: Source, where: str) -> None:
    """A shapefile that is one, with its index, none of its files cut short."""
    beside = _beside(source.path)
    with source.path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or int.from_bytes(head[:4], "big") != 9994:
        raise ZoneError("is no shapefile", where=where)
    if not beside[".shx"].is_file():
        raise ZoneError("has no .shx", where=where, do="Bring all files of the shapefile, or a zip")
    # length of the file in 16-bit words, in the header of .shp and .shx
    for suffix in (".shp", ".shx"):
        with beside[suffix].open("rb") as file:
            told = 2 * int.from_bytes(file.read(28)[24:28], "big")
        if beside[suffix].stat().st_size < told:
            raise ZoneError(f"its {suffix} is cut short", where=where, do="Copy the file again")
    if not beside[".dbf"].is_file():
        source.notes.append("there is no .dbf: the shapes come without names")
        return
    with beside[".dbf"].open("rb") as file:
        dbf = file.read(12)
    rows, header, row = (int.from_bytes(dbf[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    if beside[".dbf"].stat().st_size < header + rows * row:
        raise ZoneError("its .dbf is cut short", where=where, do="Copy the file again")


def _check_geopackage(path: Path, where: str) -> None:
    """An SQLite file as long as its header says (SQLite file format, 1.3)."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(b"SQLite format 3\x00"):
        raise ZoneError("is no GeoPackage", where=where)
    page = int.from_bytes(head[16:18], "big")
    told = (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    if path.stat().st_size < told:
        raise ZoneError("is cut short", where=where, do="Copy the file again")


def _check_text(source: Source, folder: Path, where: str) -> None:
    """A JSON object or KML in UTF-8; else it is written anew as UTF-8, which is noted."""
    data = source.path.read_bytes()
    plain = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if source.format == "KML":
        if re.search(rb"<!(DOCTYPE|ENTITY)", data):
            raise ZoneError("declares entities, which KML does not need", where=where)
        if b"<kml" not in data[: 64 * 1024]:
            raise ZoneError("is no KML", where=where)
        if _DECLARED.match(plain):
            return
    elif not plain.startswith(b"{"):
        raise ZoneError("is no GeoJSON", where=where)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = plain.decode("cp1252", errors="replace")
        source.path = folder / f"utf-8{source.path.suffix.lower()}"
        source.path.write_text(text, encoding="utf-8", newline="")
        source.notes.append("its text is not UTF-8: read as Western European (Windows-1252)")
