// Maritime zones: a line's style is its status, disputed water is hatched, joint water dotted.
// What is drawn comes from the node as limit lines and as areas; areas have no outline of their own,
// for most of it would be coast, which is no limit.

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

/** What can be shown and hidden, as listed in the layers panel. */
export const LAYERS = ["limits", "belts", "disputed", "joint", "rules", "own"] as const;
export type Layer = (typeof LAYERS)[number];

export interface ZoneProperties {
  status?: string;
  kind?: string;
  family?: string;
  own?: boolean;
}

interface Zone {
  layer: Layer;
  status: string;
  rings: Outline[];
  lines: Outline[];
  /** Whether its edge is its limit, all around; elsewhere the node says which lines are. */
  edged: boolean;
}

/** How the lines of a layer are drawn. */
export interface Stroke {
  token: keyof Tokens;
  width: number;
  dash: number[];
}

/** Families whose areas have no coast for an edge. */
const EDGED = ["rules", "own"];

const DASHES: Record<string, number[]> = {
  agreed: [],
  claimed: [8, 5],
  median: [8, 5],
  disputed: [8, 5],
  joint: [10, 4, 2, 4],
  /** Between two parts of one state: no boundary of states at all. */
  none: [1, 5],
};

/** Dashes of a limit by its status. An unknown status is no agreement. */
export function dashesOf(status: string): number[] {
  return DASHES[status] ?? DASHES.claimed;
}

/** Where a zone or a line belongs. */
export function layerOf(properties: ZoneProperties | null): Layer {
  const { status = "", kind = "", family = "waters", own = false } = properties ?? {};
  if (own || family === "own") return "own";
  if (family === "rules") return "rules";
  if (family === "belts") return "belts";
  if (status === "disputed" || kind === "overlap") return "disputed";
  return status === "joint" || kind === "joint" ? "joint" : "limits";
}

/** The line of a layer's zone. Layers differ by dash and width, not by colour alone. */
export function strokeOf(layer: Layer, status: string): Stroke {
  switch (layer) {
    case "belts":
      return { token: "zone", width: 0.8, dash: [3, 3] };
    case "disputed":
      return { token: "zone-disputed", width: 1.2, dash: dashesOf("disputed") };
    case "rules":
      return { token: "zone-rule", width: 1.6, dash: [2, 3] };
    case "own":
      return { token: "zone-own", width: 2, dash: status === "agreed" ? [] : [14, 4] };
    default:
      return { token: "zone", width: 1.2, dash: dashesOf(status) };
  }
}

export class Zones {
  private zones: Zone[] = [];
  private readonly hidden = new Set<Layer>();
  private readonly patterns = new Map<string, CanvasPattern>();
  /** Zones and lines of each layer drawn at the last paint, for tests. */
  readonly drawn = new Map<Layer, number>();

  load(geojson: unknown): void {
    const features = ((geojson as { features?: unknown[] }).features ?? []) as {
      properties: ZoneProperties | null;
      geometry: unknown;
    }[];
    this.zones = features
      .map(({ properties, geometry }) => ({
        layer: layerOf(properties),
        status: properties?.status ?? "claimed",
        rings: polygonsOf(geometry).flat(),
        lines: linesOf(geometry),
        edged: EDGED.includes(properties?.family ?? ""),
      }))
      // The plain areas of EEZs are for whoever asks the node; on the chart they are not filled.
      .filter((zone) => zone.lines.length > 0 || zone.layer !== "limits");
  }

  show(layer: Layer, shown: boolean): void {
    if (shown) this.hidden.delete(layer);
    else this.hidden.add(layer);
  }

  isShown(layer: Layer): boolean {
    return !this.hidden.has(layer);
  }

  paint(context: CanvasRenderingContext2D, surface: Surface, tokens: Tokens): void {
    const box = unitBoxOf(surface);
    this.drawn.clear();
    const shown = this.zones.filter((zone) => this.isShown(zone.layer));
    for (const zone of shown) this.paintArea(context, surface, zone, tokens);
    for (const zone of shown) {
      const lines = [...zone.lines, ...(zone.edged ? zone.rings : [])];
      const seen = lines.filter((line) => overlaps(line.box, box));
      if (seen.length === 0) continue;
      this.count(zone.layer);
      const { token, width, dash } = strokeOf(zone.layer, zone.status);
      context.strokeStyle = tokens[token];
      context.lineWidth = width;
      context.setLineDash(dash);
      context.beginPath();
      for (const line of seen) trace(context, line, surface, false, 1);
      context.stroke();
    }
    context.setLineDash([]);
  }

  private count(layer: Layer): void {
    this.drawn.set(layer, (this.drawn.get(layer) ?? 0) + 1);
  }

  /** Hatching over disputed water, dots over joint water. */
  private paintArea(
    context: CanvasRenderingContext2D,
    surface: Surface,
    zone: Zone,
    tokens: Tokens,
  ): void {
    const fill = FILLS[zone.layer];
    if (fill === undefined) return;
    const box = unitBoxOf(surface);
    const rings = zone.rings.filter((ring) => overlaps(ring.box, box));
    if (rings.length === 0) return;
    const pattern = this.pattern(context, tokens[fill.token], fill.draw);
    if (pattern === null) return;
    this.count(zone.layer);
    // Tied to the water, not to the canvas: the hatching does not swim when the map moves.
    pattern.setTransform(
      new DOMMatrix([1, 0, 0, 1, -(surface.originX % TILE_PX), -(surface.originY % TILE_PX)]),
    );
    context.beginPath();
    for (const ring of rings) trace(context, ring, surface, true, 1);
    context.fillStyle = pattern;
    context.fill("evenodd");
  }

  private pattern(
    context: CanvasRenderingContext2D,
    colour: string,
    draw: (pen: CanvasRenderingContext2D) => void,
  ): CanvasPattern | null {
    const name = `${draw.name} ${colour}`;
    const held = this.patterns.get(name);
    if (held !== undefined) return held;
    const tile = document.createElement("canvas");
    tile.width = TILE_PX;
    tile.height = TILE_PX;
    const pen = tile.getContext("2d");
    if (pen === null) return null;
    pen.strokeStyle = colour;
    pen.fillStyle = colour;
    pen.globalAlpha = 0.55;
    draw(pen);
    const pattern = context.createPattern(tile, "repeat");
    if (pattern !== null) this.patterns.set(name, pattern);
    return pattern;
  }
}

export const TILE_PX = 12;

/** One tile of the hatching of disputed water. */
export function hatch(pen: CanvasRenderingContext2D): void {
  pen.lineWidth = 1;
  pen.beginPath();
  for (const at of [-TILE_PX, 0, TILE_PX]) {
    pen.moveTo(at, TILE_PX);
    pen.lineTo(at + TILE_PX, 0);
  }
  pen.stroke();
}

/** One tile of the dots of joint water. */
export function dots(pen: CanvasRenderingContext2D): void {
  for (const at of [TILE_PX / 4, (3 * TILE_PX) / 4]) {
    pen.beginPath();
    pen.arc(at, at, 1.1, 0, 2 * Math.PI);
    pen.fill();
  }
}

interface Fill {
  token: keyof Tokens;
  draw: (pen: CanvasRenderingContext2D) => void;
}

const FILLS: Partial<Record<Layer, Fill>> = {
  disputed: { token: "zone-disputed", draw: hatch },
  joint: { token: "zone", draw: dots },
};

/** Paints an area's fill into a legend's swatch; layers that are not filled are left alone. */
export function paintFill(
  pen: CanvasRenderingContext2D,
  layer: Layer,
  tokens: Tokens,
  wide: number,
  high: number,
): void {
  const fill = FILLS[layer];
  if (fill === undefined) return;
  pen.save();
  pen.strokeStyle = tokens[fill.token];
  pen.fillStyle = tokens[fill.token];
  for (let x = 0; x < wide; x += TILE_PX) {
    for (let y = 0; y < high; y += TILE_PX) {
      pen.save();
      pen.beginPath();
      pen.rect(x, y, TILE_PX, TILE_PX);
      pen.clip();
      pen.translate(x, y);
      fill.draw(pen);
      pen.restore();
    }
  }
  pen.restore();
}
