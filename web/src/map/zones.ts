// Maritime zones: the line's style is the status of the limit, disputed water is hatched.

import type { Tokens } from "../palette";
import {
  type Outline,
  type Surface,
  linesOf,
  overlaps,
  polygonsOf,
  trace,
  unitBoxOf,
} from "./geometry";

interface Zone {
  status: string;
  kind: string;
  rings: Outline[];
  lines: Outline[];
}

interface ZoneFeature {
  properties: { status?: string; kind?: string } | null;
  geometry: unknown;
}

const DASHES: Record<string, number[]> = {
  agreed: [],
  claimed: [8, 5],
  median: [8, 5],
  disputed: [8, 5],
  joint: [10, 4, 2, 4],
};

/** Dashes of a limit by its status. An unknown status is no agreement. */
export function dashesOf(status: string): number[] {
  return DASHES[status] ?? DASHES.claimed;
}

/** From the most doubtful status to the surest; what is not named here is not sure at all. */
const DOUBT = ["disputed", "joint", "claimed", "median", "agreed"];
/** Steps of 1e-4 degree to the world's width. */
const EDGE_GRID = 3_600_000;
const CELL_UNITS = 0.025 / 360; // about 1.5 nmi
const ROW = 1 << 20;

/**
 * Tells what is near land. A zone's ring follows the coast for most of its length; those edges are
 * no limits and are not drawn as such.
 */
export class NearLand {
  private readonly cells = new Set<number>();

  constructor(coast: readonly Outline[]) {
    for (const { xy } of coast) {
      for (let i = 0; i + 3 < xy.length; i += 2) this.mark(xy[i], xy[i + 1], xy[i + 2], xy[i + 3]);
    }
  }

  has(x: number, y: number): boolean {
    return this.cells.has(Math.floor(x / CELL_UNITS) * ROW + Math.floor(y / CELL_UNITS));
  }

  private mark(x1: number, y1: number, x2: number, y2: number): void {
    const steps = Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) / CELL_UNITS) || 1;
    for (let s = 0; s <= steps; s += 1) {
      const column = Math.floor((x1 + ((x2 - x1) * s) / steps) / CELL_UNITS);
      const row = Math.floor((y1 + ((y2 - y1) * s) / steps) / CELL_UNITS);
      for (let dx = -1; dx <= 1; dx += 1) {
        for (let dy = -1; dy <= 1; dy += 1) this.cells.add((column + dx) * ROW + row + dy);
      }
    }
  }
}

/** Edges already drawn: a limit between two neighbours is one line, not two. */
export class DrawnEdges {
  private readonly edges = new Set<string>();

  /** True the first time that an edge is asked about, in whichever direction it runs. */
  take(x1: number, y1: number, x2: number, y2: number): boolean {
    const a = `${Math.round(x1 * EDGE_GRID)} ${Math.round(y1 * EDGE_GRID)}`;
    const b = `${Math.round(x2 * EDGE_GRID)} ${Math.round(y2 * EDGE_GRID)}`;
    const edge = a < b ? `${a} ${b}` : `${b} ${a}`;
    if (this.edges.has(edge)) return false;
    this.edges.add(edge);
    return true;
  }
}

/** The stretches of a ring that leave the coast and were not drawn before. */
export function seawardRuns(
  ring: Outline,
  land: Pick<NearLand, "has">,
  drawn: DrawnEdges,
): Outline[] {
  const { xy } = ring;
  const runs: Outline[] = [];
  let from = -1;
  const end = xy.length / 2 - 1;
  for (let i = 0; i < end; i += 1) {
    const [x1, y1, x2, y2] = [xy[2 * i], xy[2 * i + 1], xy[2 * i + 2], xy[2 * i + 3]];
    const along = land.has(x1, y1) && land.has(x2, y2) && land.has((x1 + x2) / 2, (y1 + y2) / 2);
    const wanted = !along && drawn.take(x1, y1, x2, y2);
    if (wanted && from < 0) from = i;
    if (!wanted && from >= 0) {
      runs.push(slice(ring, from, i));
      from = -1;
    }
  }
  if (from >= 0) runs.push(slice(ring, from, end));
  return runs;
}

function slice(ring: Outline, from: number, to: number): Outline {
  return { xy: ring.xy.slice(2 * from, 2 * to + 2), box: ring.box };
}

export class Zones {
  private zones: Zone[] = [];
  private hatch: { colour: string; pattern: CanvasPattern } | null = null;

  /** Takes the node's outlines. Call again when the coast has arrived: it tells limits from shores. */
  load(geojson: unknown, coast: readonly Outline[]): void {
    const land = new NearLand(coast);
    const drawn = new DrawnEdges();
    const features = ((geojson as { features?: unknown[] }).features ?? []) as ZoneFeature[];
    const doubt = (feature: ZoneFeature): number => DOUBT.indexOf(feature.properties?.status ?? "");
    // Where two zones meet, the line is no surer than the more doubtful of the two.
    this.zones = [...features]
      .sort((a, b) => doubt(a) - doubt(b))
      .map(({ properties, geometry }) => {
        const rings = polygonsOf(geometry).flat();
        const limits = rings.flatMap((ring) => seawardRuns(ring, land, drawn));
        return {
          status: properties?.status ?? "claimed",
          kind: properties?.kind ?? "",
          rings,
          lines: [...limits, ...linesOf(geometry)],
        };
      });
  }

  paint(context: CanvasRenderingContext2D, surface: Surface, tokens: Tokens): void {
    const box = unitBoxOf(surface);
    for (const zone of this.zones) {
      if (zone.status === "disputed") this.paintHatch(context, surface, zone, tokens);
    }
    for (const zone of this.zones) {
      context.strokeStyle = zone.status === "disputed" ? tokens["zone-disputed"] : tokens.zone;
      context.lineWidth = zone.kind === "eez" ? 1.2 : 1;
      context.setLineDash(dashesOf(zone.status));
      context.beginPath();
      for (const line of zone.lines) {
        if (overlaps(line.box, box)) trace(context, line, surface, false, 1);
      }
      context.stroke();
    }
    context.setLineDash([]);
  }

  private paintHatch(
    context: CanvasRenderingContext2D,
    surface: Surface,
    zone: Zone,
    tokens: Tokens,
  ): void {
    const box = unitBoxOf(surface);
    const rings = zone.rings.filter((ring) => overlaps(ring.box, box));
    if (rings.length === 0) return;
    const pattern = this.pattern(context, tokens["zone-disputed"]);
    if (pattern === null) return;
    // Tied to the water, not to the canvas: the hatching does not swim when the map moves.
    pattern.setTransform(
      new DOMMatrix([1, 0, 0, 1, -(surface.originX % HATCH_PX), -(surface.originY % HATCH_PX)]),
    );
    context.beginPath();
    for (const ring of rings) trace(context, ring, surface, true, 1);
    context.fillStyle = pattern;
    context.fill("evenodd");
  }

  private pattern(context: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
    if (this.hatch?.colour === colour) return this.hatch.pattern;
    const tile = document.createElement("canvas");
    tile.width = HATCH_PX;
    tile.height = HATCH_PX;
    const pen = tile.getContext("2d");
    if (pen === null) return null;
    pen.strokeStyle = colour;
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const at of [-HATCH_PX, 0, HATCH_PX]) {
      pen.moveTo(at, HATCH_PX);
      pen.lineTo(at + HATCH_PX, 0);
    }
    pen.stroke();
    const pattern = context.createPattern(tile, "repeat");
    if (pattern !== null) this.hatch = { colour, pattern };
    return pattern;
  }
}

const HATCH_PX = 12;
