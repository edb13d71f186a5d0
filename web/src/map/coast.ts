// The coast: Natural Earth for small scales, GSHHG in tiles of a degree from zoom 8 (data/coast).

import type { Tokens } from "../palette";
import { fetchPageFile } from "../wire/api";
import {
  type Outline,
  type Surface,
  type UnitBox,
  outlineOf,
  overlaps,
  polygonsOf,
  trace,
  unitBoxOf,
  unitX,
  unitY,
} from "./geometry";

export const DETAIL_ZOOM = 8;
const KEEP_TILES = 160;
const RETRY_MS = 5_000;

interface TileIndex {
  quanta: number;
  tiles: string[];
  full: string[];
}

interface Tile {
  rings: Outline[];
  /** Open runs of real coast: the edges along the tile's border are cuts. */
  shores: Outline[];
}

interface Cell {
  name: string;
  box: UnitBox;
}

/** The rings of a tile file and the stretches of them that are coast. */
export function readTile(name: string, rings: number[][], quanta: number): Tile {
  const [west, south] = name.split("_").map(Number);
  const tile: Tile = { rings: [], shores: [] };
  for (const steps of rings) {
    const corners: [number, number][] = [];
    let x = 0;
    let y = 0;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      corners.push([x, y]);
    }
    const degrees = (c: [number, number]): number[] => [west + c[0] / quanta, south + c[1] / quanta];
    tile.rings.push(outlineOf(corners.map(degrees)));
    for (const run of shoreRuns(corners, quanta)) tile.shores.push(outlineOf(run.map(degrees)));
  }
  return tile;
}

/** Parts a closed ring into its runs that do not follow the tile's border. */
function shoreRuns(corners: [number, number][], quanta: number): [number, number][][] {
  const n = corners.length;
  const cut = (i: number): boolean => {
    const a = corners[i % n];
    const b = corners[(i + 1) % n];
    return (
      (a[0] === b[0] && (a[0] === 0 || a[0] === quanta)) ||
      (a[1] === b[1] && (a[1] === 0 || a[1] === quanta))
    );
  };
  let start = 0;
  while (start < n && !cut(start)) start += 1;
  if (start === n) return [[...corners, corners[0]]];
  const runs: [number, number][][] = [];
  let run: [number, number][] = [];
  for (let step = 1; step <= n; step += 1) {
    const i = (start + step) % n;
    if (cut(i)) {
      if (run.length > 1) runs.push(run);
      run = [];
      continue;
    }
    if (run.length === 0) run.push(corners[i]);
    run.push(corners[(i + 1) % n]);
  }
  if (run.length > 1) runs.push(run);
  return runs;
}

export class Coast {
  private coarse: Outline[] = [];
  private index: TileIndex | null = null;
  private known = new Set<string>();
  private full = new Set<string>();
  private readonly tiles = new Map<string, Tile>();
  private readonly asked = new Set<string>();

  constructor(private readonly onArrival: () => void) {}

  async load(): Promise<void> {
    const land = await fetchPageFile<{ features: { geometry: unknown }[] }>("coast/land_coarse.geojson");
    this.coarse = land.features.flatMap((f) => polygonsOf(f.geometry)).flat();
    this.onArrival();
    this.index = await fetchPageFile<TileIndex>("coast/index.json");
    this.known = new Set(this.index.tiles);
    this.full = new Set(this.index.full);
    this.onArrival();
  }

  paint(context: CanvasRenderingContext2D, surface: Surface, tokens: Tokens): void {
    context.fillStyle = tokens.land;
    context.strokeStyle = tokens.coast;
    context.lineWidth = 1;
    context.lineJoin = "round";
    if (surface.zoom < DETAIL_ZOOM || this.index === null) {
      this.paintCoarse(context, surface, unitBoxOf(surface));
      return;
    }
    const missing: Cell[] = [];
    for (const cell of cellsOf(surface)) {
      if (this.full.has(cell.name)) fillCell(context, surface, cell.box);
      else if (this.known.has(cell.name)) {
        const tile = this.tileOf(cell.name);
        if (tile === null) missing.push(cell);
        else paintTile(context, surface, tile);
      }
    }
    if (missing.length > 0) this.paintMissing(context, surface, missing);
  }

  private paintCoarse(context: CanvasRenderingContext2D, surface: Surface, box: UnitBox): void {
    context.beginPath();
    for (const ring of this.coarse) {
      if (overlaps(ring.box, box)) trace(context, ring, surface, true);
    }
    context.fill("evenodd");
    context.stroke();
  }

  /** Where a tile is still on its way the coarse coast stands in. */
  private paintMissing(context: CanvasRenderingContext2D, surface: Surface, cells: Cell[]): void {
    context.save();
    context.beginPath();
    for (const { box } of cells) {
      context.rect(
        box.west * surface.scale - surface.originX,
        box.north * surface.scale - surface.originY,
        (box.east - box.west) * surface.scale,
        (box.south - box.north) * surface.scale,
      );
    }
    context.clip();
    this.paintCoarse(context, surface, unitBoxOf(surface));
    context.restore();
  }

  private tileOf(name: string): Tile | null {
    const tile = this.tiles.get(name);
    if (tile !== undefined) {
      // Youngest last: the oldest go first when there are too many.
      this.tiles.delete(name);
      this.tiles.set(name, tile);
      return tile;
    }
    if (!this.asked.has(name)) {
      this.asked.add(name);
      void this.fetchTile(name);
    }
    return null;
  }

  private async fetchTile(name: string): Promise<void> {
    try {
      const body = await fetchPageFile<{ rings: number[][] }>(`coast/${name}.json`);
      this.tiles.set(name, readTile(name, body.rings, this.index?.quanta ?? 1));
      for (const old of this.tiles.keys()) {
        if (this.tiles.size <= KEEP_TILES) break;
        this.tiles.delete(old);
      }
      this.onArrival();
      this.asked.delete(name);
    } catch {
      // The coarse coast stands in; a redraw after a pause asks again.
      setTimeout(() => {
        this.asked.delete(name);
        this.onArrival();
      }, RETRY_MS);
    }
  }
}

function cellsOf(surface: Surface): Cell[] {
  const lon = (x: number): number => ((x + surface.originX) / surface.scale - 0.5) * 360;
  const lat = (y: number): number =>
    (Math.atan(Math.sinh((0.5 - (y + surface.originY) / surface.scale) * 2 * Math.PI)) * 180) / Math.PI;
  const cells: Cell[] = [];
  for (let west = Math.floor(lon(0)); west < lon(surface.width); west += 1) {
    for (let south = Math.floor(lat(surface.height)); south < lat(0); south += 1) {
      const box = {
        west: unitX(west),
        east: unitX(west + 1),
        north: unitY(south + 1),
        south: unitY(south),
      };
      cells.push({ name: `${west}_${south}`, box });
    }
  }
  return cells;
}

function fillCell(context: CanvasRenderingContext2D, surface: Surface, box: UnitBox): void {
  // Whole pixels outward, so that no seam of water shows between two cells of land.
  const left = Math.floor(box.west * surface.scale - surface.originX);
  const top = Math.floor(box.north * surface.scale - surface.originY);
  const right = Math.ceil(box.east * surface.scale - surface.originX);
  const bottom = Math.ceil(box.south * surface.scale - surface.originY);
  context.fillRect(left, top, right - left, bottom - top);
}

function paintTile(context: CanvasRenderingContext2D, surface: Surface, tile: Tile): void {
  context.beginPath();
  for (const ring of tile.rings) trace(context, ring, surface, true);
  context.fill("evenodd");
  // The hairline in the land's own colour closes the seam that smoothing leaves along a cut.
  context.save();
  context.strokeStyle = context.fillStyle;
  context.stroke();
  context.restore();
  context.beginPath();
  for (const shore of tile.shores) trace(context, shore, surface, false);
  context.stroke();
}
