// Under and over the coast: deep water, land borders, names of lands, seas and towns.

import type { Tokens } from "../palette";
import { fetchPageFile } from "../wire/api";
import {
  type Outline,
  type Surface,
  type UnitBox,
  outlineOf,
  overlaps,
  trace,
  unitBoxOf,
  unitX,
  unitY,
} from "./geometry";

type Named = [name: string, lonDeg: number, latDeg: number, leastZoom: number];

interface ContextFile {
  deep_200m: number[][][][];
  borders: number[][][];
  lands: Named[];
  seas: Named[];
  towns: Named[];
}

const COVERED: UnitBox = { west: unitX(-100), east: unitX(-45), north: unitY(35), south: unitY(0) };
/** From here on the 200 m line would be drawn finer than it is known. */
const NO_SHELF_ZOOM = 9.5;
const LAND_FONT = "600 13px system-ui, sans-serif";
const SEA_FONT = "italic 13px system-ui, sans-serif";
const TOWN_FONT = "11px system-ui, sans-serif";

/** Boxes already written on; a label that would cross one is left out. */
export class Placed {
  private readonly boxes: [number, number, number, number][] = [];

  take(left: number, top: number, width: number, height: number): boolean {
    const right = left + width;
    const bottom = top + height;
    for (const b of this.boxes) {
      if (left < b[2] && b[0] < right && top < b[3] && b[1] < bottom) return false;
    }
    this.boxes.push([left, top, right, bottom]);
    return true;
  }
}

export class Context {
  private deep: Outline[][] = [];
  private borders: Outline[] = [];
  private file: ContextFile | null = null;

  constructor(private readonly onArrival: () => void) {}

  async load(): Promise<void> {
    const file = await fetchPageFile<ContextFile>("coast/context.json");
    this.deep = file.deep_200m.map((rings) => rings.map(outlineOf));
    this.borders = file.borders.map(outlineOf);
    this.file = file;
    this.onArrival();
  }

  /** Sea, shelf, and beyond the box that the data covers neither: nothing is known there. */
  paintWater(context: CanvasRenderingContext2D, surface: Surface, tokens: Tokens): void {
    const { scale, originX, originY } = surface;
    const left = COVERED.west * scale - originX;
    const top = COVERED.north * scale - originY;
    const wide = (COVERED.east - COVERED.west) * scale;
    const high = (COVERED.south - COVERED.north) * scale;
    context.fillStyle = tokens.beyond;
    context.fillRect(0, 0, surface.width, surface.height);
    context.fillStyle = tokens["water-deep"];
    context.fillRect(left, top, wide, high);
    if (this.deep.length === 0 || surface.zoom >= NO_SHELF_ZOOM) return;
    const box = unitBoxOf(surface);
    context.fillStyle = tokens.water;
    context.beginPath();
    context.rect(left, top, wide, high);
    for (const rings of this.deep) {
      if (!overlaps(rings[0].box, box)) continue;
      for (const ring of rings) trace(context, ring, surface, true);
    }
    context.fill("evenodd");
  }

  paintBorders(context: CanvasRenderingContext2D, surface: Surface, tokens: Tokens): void {
    const box = unitBoxOf(surface);
    context.strokeStyle = tokens.border;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    for (const line of this.borders) {
      if (overlaps(line.box, box)) trace(context, line, surface, false);
    }
    context.stroke();
    context.setLineDash([]);
  }

  paintNames(context: CanvasRenderingContext2D, surface: Surface, tokens: Tokens): void {
    if (this.file === null) return;
    const placed = new Placed();
    context.fillStyle = tokens.place;
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.write(context, surface, placed, this.file.lands, LAND_FONT, false);
    this.write(context, surface, placed, this.file.seas, SEA_FONT, false);
    this.write(context, surface, placed, this.file.towns, TOWN_FONT, true);
  }

  private write(
    context: CanvasRenderingContext2D,
    surface: Surface,
    placed: Placed,
    names: Named[],
    font: string,
    dot: boolean,
  ): void {
    context.font = font;
    for (const [name, lon, lat, leastZoom] of names) {
      if (surface.zoom < leastZoom) continue;
      const x = unitX(lon) * surface.scale - surface.originX;
      const y = unitY(lat) * surface.scale - surface.originY;
      if (x < 0 || y < 0 || x > surface.width || y > surface.height) continue;
      const width = context.measureText(name).width;
      const below = dot ? 10 : 0;
      if (!placed.take(x - width / 2 - 3, y - 9 + below, width + 6, 18)) continue;
      if (dot) {
        context.beginPath();
        context.arc(x, y, 2, 0, 2 * Math.PI);
        context.fill();
      }
      context.fillText(name, x, y + below);
    }
  }
}
