"""Which zones hold each block and each cell, and which edges touch the cells.

*Sets of zones* are numbered: a set is the set without its last zone, and that zone; so a set that
was met before is found again by one look into a table.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np

from mda.geo.kernel import lean, whole
from mda.model.reports import F64, I32, I64
from zones.grid import NO_ZONES, is_odd
from zones.grid_edges import NO_EDGE, Shapes
from zones.grid_rows import Crossings, group_offsets, is_odd_at

ROUNDING = 1.3e-7
"""Cells (1e-9 degrees): an edge this near a cell counts as touching it."""
FIRST_SETS = 1 << 14
"""Room for this many sets of zones at first; it is doubled until it is enough."""


class Blocks(NamedTuple):
    """What zones have to do with each block."""

    frame: I64
    """As in `Grid`."""
    start: I64
    """Shape (columns * rows + 1,): zones of block i are zone[start[i]:start[i + 1]], ascending."""
    zone: I32
    """Twice the zone's code, and 1 where an edge of it touches the block."""
    cut: I32
    """Shape (columns * rows,): number of the block among those that edges touch, else -1."""
    edge_start: I64
    """Shape (256 * cut blocks + 1,): the edges that touch each cell."""
    edge: I32


class Sets(NamedTuple):
    """Sets of zones met so far; set 0 is the empty one."""

    before: I32
    """Number of the set without its last zone."""
    zone: I32
    """Its last zone."""
    size: I64
    """Shape (1,): how many sets there are."""
    table: I32
    """Numbers of sets by hash of (before, zone); 0 where free. Twice as long as the others."""


class Cells(NamedTuple):
    """What the building fills in: see `Grid`."""

    block: I32
    cell: I32
    entry_start: I64
    entry: I32
    entry_edge: I64
    edge: I32


@lean
def touched_cells(point: F64, k: int, frame: I64, out: I64) -> int:
    """Fill the cells (256 * block + cell) that edge k touches; returns how many."""
    low = k if point[k, 1] < point[k + 1, 1] else k + 1
    high = 2 * k + 1 - low
    u1, v1 = (point[low, 0] + 180.0) * 128.0, (point[low, 1] + 90.0) * 128.0
    u2, v2 = (point[high, 0] + 180.0) * 128.0, (point[high, 1] + 90.0) * 128.0
    west, east = frame[0] * 16, (frame[0] + frame[2]) * 16 - 1
    south, north = frame[1] * 16, (frame[1] + frame[3]) * 16 - 1
    n = 0
    for row in range(max(floor(v1 - ROUNDING), south), min(floor(v2 + ROUNDING), north) + 1):
        ua, ub = u1, u2
        if v2 - v1 > ROUNDING:
            ua = u1 + (u2 - u1) * (min(v2, max(v1, row - ROUNDING)) - v1) / (v2 - v1)
            ub = u1 + (u2 - u1) * (min(v2, row + 1 + ROUNDING) - v1) / (v2 - v1)
        first = max(floor(min(ua, ub) - ROUNDING), west)
        last = min(floor(max(ua, ub) + ROUNDING), east)
        for column in range(first, last + 1):
            block = ((row >> 4) - frame[1]) * frame[2] + (column >> 4) - frame[0]
            out[n] = (block << 8) + ((row & 15) << 4) + (column & 15)
            n += 1
    return n


def most_cells(frame: I64) -> int:
    """More cells than one edge can touch.

    In each row it touches its part of all columns and at most three more for rounding; an edge
    along the border of two rows touches all columns in both.
    """
    return 3 * 16 * int(frame[2] + frame[3]) + 64


@lean
def corner_of(frame: I64, block: int, cell: int) -> tuple[int, int]:
    """Column and row of a cell of a block."""
    column = (frame[0] + block % frame[2]) * 16 + (cell & 15)
    return column, (frame[1] + block // frame[2]) * 16 + (cell >> 4)


@lean
def zones_of_blocks(
    shapes: Shapes, lines: Crossings, frame: I64, found: I64, zone: I32, cells: I64, stamp: I32
) -> None:
    """Count the zones of each block in `found`; or, where `zone` has room, write them from
    `found` on, which then points behind the last."""
    fill = zone.size > 0
    stamp[:] = -1
    for z in range(shapes.start.size - 1):
        west, east, south, north = frame[2], -1, frame[3], -1
        for k in range(shapes.start[z], shapes.start[z + 1]):
            if shapes.side[k] > NO_EDGE:
                for i in range(touched_cells(shapes.point, k, frame, cells)):
                    block = cells[i] >> 8
                    if stamp[block] != z:
                        stamp[block] = z
                        west, east = min(west, block % frame[2]), max(east, block % frame[2])
                        south, north = min(south, block // frame[2]), max(north, block // frame[2])
                        if fill:
                            zone[found[block]] = 2 * z + 1
                        found[block] += 1
        for row in range(south, north + 1):
            for column in range(west, east + 1):
                block = row * frame[2] + column
                if stamp[block] != z:
                    corner = corner_of(frame, block, whole(0))
                    if is_odd_at(lines, z, (corner[0] + 0.5) / 128.0 - 180.0, corner[1]):
                        if fill:
                            zone[found[block]] = 2 * z
                        found[block] += 1


@lean
def edges_of_cells(shapes: Shapes, frame: I64, cut: I32, found: I64, edge: I32, cells: I64) -> None:
    """Count the edges that touch each cell, or write them, as `zones_of_blocks` does zones."""
    for k in range(shapes.side.size):
        if shapes.side[k] > NO_EDGE:
            for i in range(touched_cells(shapes.point, k, frame, cells)):
                at = cut[cells[i] >> 8] * 256 + (cells[i] & 255)
                if edge.size > 0:
                    edge[found[at]] = k
                found[at] += 1


def blocks_of(shapes: Shapes, lines: Crossings, frame: I64) -> Blocks:
    """Zones by block, and edges by cell of those blocks that edges touch."""
    blocks = int(frame[2] * frame[3])
    cells = np.empty(most_cells(frame), dtype=np.int64)
    stamp = np.empty(blocks, dtype=np.int32)
    found, nothing = np.zeros(blocks, dtype=np.int64), np.empty(0, dtype=np.int32)
    zones_of_blocks(shapes, lines, frame, found, nothing, cells, stamp)
    start = group_offsets(found)
    zone = np.zeros(int(start[-1]) + 1, dtype=np.int32)
    zones_of_blocks(shapes, lines, frame, start[:-1].copy(), zone, cells, stamp)
    owner = np.repeat(np.arange(blocks), found)
    touched = np.zeros(blocks, dtype=np.bool_)
    touched[owner[zone[:-1] & 1 == 1]] = True
    cut = np.where(touched, np.cumsum(touched) - 1, -1).astype(np.int32)
    found = np.zeros(256 * int(touched.sum()), dtype=np.int64)
    edges_of_cells(shapes, frame, cut, found, nothing, cells)
    edge_start = group_offsets(found)
    edge = np.empty(int(edge_start[-1]) + 1, dtype=np.int32)
    edges_of_cells(shapes, frame, cut, edge_start[:-1].copy(), edge, cells)
    return Blocks(frame, start, zone, cut, edge_start, edge)


@lean
def with_zone(sets: Sets, number: int, zone: int) -> int:
    """Number of the set that is another one and a zone behind its last; -1: no room for it."""
    size = sets.table.size
    slot = (int(number) * 8191 + int(zone) * 127) % size
    while sets.table[slot] != 0:
        known = sets.table[slot]
        if sets.before[known] == number and sets.zone[known] == zone:
            return int(known)
        slot = (slot + 1) % size
    fresh = sets.size[0]
    if fresh >= sets.before.size:
        return -1
    sets.before[fresh] = number
    sets.zone[fresh] = zone
    sets.table[slot] = fresh
    sets.size[0] = fresh + 1
    return int(fresh)


@lean
def set_of_cell(lines: Crossings, blocks: Blocks, sets: Sets, block: int, cell: int) -> int:
    """Number of the set of zones of a cell, or of a block's first cell, that no edge touches."""
    column, row = corner_of(blocks.frame, block, cell)
    lon_deg = (column + 0.5) / 128.0 - 180.0
    number = whole(NO_ZONES)
    for i in range(blocks.start[block], blocks.start[block + 1]):
        z = blocks.zone[i] >> 1
        if blocks.zone[i] & 1 == 0 or is_odd_at(lines, z, lon_deg, row):
            number = with_zone(sets, number, z)
            if number < 0:
                return -1
    return number


@lean
def add_edges(point: F64, raw: I32, span: tuple[int, int], corner: tuple[int, int], out: Cells,
              at: int) -> int:  # fmt: skip
    """Write a zone's edges of a cell from `at` on, and where chains of edges east of it end.

    Returns where the next may be written.
    """
    east = (corner[0] + 1) / 128.0 - 180.0
    south, north = corner[1] / 128.0 - 90.0, (corner[1] + 1) / 128.0 - 90.0
    begin = at
    for i in range(span[0], span[1]):
        k = raw[i]
        for end in range(k, k + 2):
            if point[end, 0] > east and south < point[end, 1] <= north:
                if at > begin and out.edge[at - 1] == ~end:
                    at -= 1  # the next edge of the ring begins where this one ends: no chain
                else:
                    out.edge[at] = ~end
                    at += 1
            if end == k and point[k, 1] != point[k + 1, 1]:
                out.edge[at] = k
                at += 1
    return at


@lean
def entries_of_cell(
    shapes: Shapes, lines: Crossings, blocks: Blocks, at: tuple[int, int], done: I64, out: Cells
) -> None:
    """Write the entries of a cell (block, cell) that edges touch; `done` counts cells, entries,
    edges."""
    block, cell = at
    corner = corner_of(blocks.frame, block, cell)
    lon_deg, lat_deg = (corner[0] + 0.5) / 128.0 - 180.0, corner[1] / 128.0 - 90.0
    raw = blocks.cut[block] * 256 + cell
    first, last = blocks.edge_start[raw], blocks.edge_start[raw + 1]
    for i in range(blocks.start[block], blocks.start[block + 1]):
        z = blocks.zone[i] >> 1
        begin = first
        while first < last and blocks.edge[first] < shapes.start[z + 1]:
            first += 1
        odd = blocks.zone[i] & 1 == 0 or is_odd_at(lines, z, lon_deg, corner[1])
        if first == begin and not odd:
            continue
        edges = done[2]
        done[2] = add_edges(shapes.point, blocks.edge, (begin, first), corner, out, edges)
        if is_odd(shapes.point, out.edge, edges, done[2], lon_deg, lat_deg):
            odd = not odd
        out.entry[done[1]] = 2 * z + (1 if odd else 0)
        done[1] += 1
        out.entry_edge[done[1]] = done[2]
    done[0] += 1
    out.entry_start[done[0]] = done[1]


@lean
def fill_cells(
    shapes: Shapes, lines: Crossings, blocks: Blocks, sets: Sets, done: I64, out: Cells
) -> bool:
    """Fill all blocks and cells; False where there is no room for all sets of zones."""
    for block in range(blocks.cut.size):
        cut = blocks.cut[block]
        if cut < 0:
            out.block[block] = set_of_cell(lines, blocks, sets, block, whole(0))
            if out.block[block] < 0:
                return False
            continue
        out.block[block] = ~cut
        for cell in range(256):
            raw = cut * 256 + cell
            if blocks.edge_start[raw + 1] > blocks.edge_start[raw]:
                out.cell[raw] = ~done[0]
                entries_of_cell(shapes, lines, blocks, (block, cell), done, out)
            else:
                out.cell[raw] = set_of_cell(lines, blocks, sets, block, cell)
                if out.cell[raw] < 0:
                    return False
    return True


def cells_of(
    shapes: Shapes, lines: Crossings, blocks: Blocks, room: int = FIRST_SETS
) -> tuple[Cells, Sets]:
    """Every block and cell, and the sets of zones they name; `room` for so many sets at first."""
    raw = np.diff(blocks.edge_start)
    zones = np.diff(blocks.start)[blocks.cut >= 0]
    entries = int(np.repeat(zones, 256)[raw > 0].sum())
    while True:
        done = np.zeros(3, dtype=np.int64)
        sets = Sets(
            np.zeros(room, dtype=np.int32),
            np.full(room, -1, dtype=np.int32),
            np.ones(1, dtype=np.int64),
            np.zeros(2 * room, dtype=np.int32),
        )
        out = Cells(
            np.empty(blocks.cut.size, dtype=np.int32),
            np.empty(raw.size, dtype=np.int32),
            np.zeros(int((raw > 0).sum()) + 1, dtype=np.int64),
            np.empty(entries, dtype=np.int32),
            np.zeros(entries + 1, dtype=np.int64),
            np.empty(3 * int(raw.sum()) + 1, dtype=np.int32),
        )
        if fill_cells(shapes, lines, blocks, sets, done, out):
            break
        room *= 2
    return out._replace(
        entry=out.entry[: done[1]].copy(),
        entry_edge=out.entry_edge[: done[1] + 1].copy(),
        edge=out.edge[: done[2]].copy(),
    ), sets


def listed(sets: Sets) -> tuple[I64, I32]:
    """Where each set's zones start, and the zones, ascending in each."""
    members: list[tuple[int, ...]] = [()]
    for number in range(1, int(sets.size[0])):
        members.append((*members[sets.before[number]], int(sets.zone[number])))
    start = group_offsets(np.array([len(row) for row in members], dtype=np.int64))
    return start, np.array([zone for row in members for zone in row], dtype=np.int32)
