// The ships: one canvas, drawn anew from the columns of the store. Nothing is kept per ship.

import type L from "leaflet";
import type { Tokens } from "../palette";
import type { Store } from "../state/store";
import type { Targets } from "../state/targets";
import { Kind, Mark, mmsiOfKey } from "../wire/frame";
import { LiveCanvas } from "./canvas";
import { Placed } from "./context";
import { type Surface, unitX, unitY } from "./geometry";
import { type Drawn, nearest } from "./hit";
import type { Raster } from "./raster";
import { type Age, type Look, SIDE, Sprites, directionOf, shapeOf, writeLabel } from "./sprites";
import * as marking from "./marking";

export const LABEL_ZOOM = 11;
const MOST_LABELS = 400;
const FLASH_MS = 500;
/** With more ships in view than this, those that nobody asked about are drawn smaller. */
const CROWD = 1500;
/** From a ship to its name. */
const LABEL_PX = 13;
/** Fixed things lie under ships, chosen ships and cases over all. */
const LAYERS = 3;

export class Ships {
  readonly drawn: Drawn = {
    count: 0,
    slot: new Int32Array(1024),
    x: new Float32Array(1024),
    y: new Float32Array(1024),
  };
  /** Redraws so far. */
  frames = 0;
  private readonly canvas: LiveCanvas;
  private sprites: Sprites;
  private due = true;
  private drawnAtMs = 0;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(
    private readonly map: L.Map,
    private readonly store: Store,
    private tokens: Tokens,
  ) {
    this.canvas = new LiveCanvas(map, "ships", 450);
    this.sprites = new Sprites(tokens);
    map.on("move zoom resize viewreset moveend", () => (this.due = true));
    store.on(["picture", "choice", "names", "run"], () => (this.due = true));
    const step = (now: number): void => {
      requestAnimationFrame(step);
      // At real time a ship needs seconds to cross a pixel; a faster replay needs every other frame.
      const leastMs = store.pictureClock.speed > 1 ? 33 : 100;
      if (this.due || now - this.drawnAtMs >= leastMs) this.draw(now);
    };
    requestAnimationFrame(step);
  }

  repaint(tokens: Tokens): void {
    this.tokens = tokens;
    this.sprites = new Sprites(tokens);
    this.due = true;
  }

  /** The key under a point of the map, CSS pixels; null where no target is. */
  at(x: number, y: number): number | null {
    const { targets } = this.store;
    const fixed = (slot: number): number => (isFixed(targets.kind[slot]) ? 6 : 0);
    const slot = nearest(this.drawn, x, y, fixed);
    return slot < 0 ? null : targets.key[slot];
  }

  private draw(steadyMs: number): void {
    this.due = false;
    this.drawnAtMs = steadyMs;
    if (this.map.getSize().x === 0) return;
    const { surface, raster } = this.canvas.begin();
    this.place(surface);
    this.frames += 1;
    const flash = this.still.matches || Math.floor(steadyMs / FLASH_MS) % 2 === 0;
    const nowMs = this.store.drawnAtMs();
    for (let layer = 0; layer < LAYERS; layer += 1) this.blit(raster, layer);
    if (surface.zoom >= LABEL_ZOOM) this.blitLabels(raster);
    const context = this.canvas.stamp();
    this.drawReach(context, surface, nowMs);
    this.drawMarks(context, surface, nowMs, flash);
  }

  /** Finds where each target stands now and keeps those in view. */
  private place(surface: Surface): void {
    const { targets } = this.store;
    const { drawn } = this;
    if (drawn.slot.length < targets.count) {
      drawn.slot = new Int32Array(targets.key.length);
      drawn.x = new Float32Array(targets.key.length);
      drawn.y = new Float32Array(targets.key.length);
    }
    const nowMs = this.store.drawnAtMs();
    const pad = SIDE / 2;
    let n = 0;
    for (let slot = 0; slot < targets.count; slot += 1) {
      const x = unitX(targets.lonAt(slot, nowMs)) * surface.scale - surface.originX;
      if (!(x > -pad && x < surface.width + pad)) continue;
      const y = unitY(targets.latAt(slot, nowMs)) * surface.scale - surface.originY;
      if (!(y > -pad && y < surface.height + pad)) continue;
      drawn.slot[n] = slot;
      drawn.x[n] = x;
      drawn.y[n] = y;
      n += 1;
    }
    drawn.count = n;
  }

  private blit(raster: Raster, layer: number): void {
    const { targets, chosenKey } = this.store;
    const { drawn, sprites } = this;
    const { ratio } = sprites;
    const look: Look = { shape: "heading", age: "fresh", size: 0, bold: false };
    const crowded = drawn.count > CROWD;
    for (let i = 0; i < drawn.count; i += 1) {
      const slot = drawn.slot[i];
      const kind = targets.kind[slot];
      const marks = targets.marks[slot];
      if (layerOf(kind, marks, targets.key[slot] === chosenKey) !== layer) continue;
      const heading = targets.headingDeg[slot];
      const cog = targets.cogDeg[slot];
      look.shape = shapeOf(kind, heading, cog);
      look.age = ageOf(kind, marks);
      const small = kind === Kind.CLASS_B;
      look.size = crowded && layer < 2 ? (small ? 3 : 2) : small ? 1 : 0;
      look.bold = (marks & Mark.ALERT) !== 0;
      const stamp = sprites.symbol(look, directionOf(look.shape, heading, cog));
      raster.put(stamp, Math.round(drawn.x[i] * ratio), Math.round(drawn.y[i] * ratio));
    }
  }

  /** Circles of uncertainty and vectors. */
  private drawReach(context: CanvasRenderingContext2D, surface: Surface, nowMs: number): void {
    const { targets, chosenKey, hoveredKey } = this.store;
    for (let i = 0; i < this.drawn.count; i += 1) {
      const slot = this.drawn.slot[i];
      const key = targets.key[slot];
      const marks = targets.marks[slot];
      const kind = targets.kind[slot];
      const pointed = key === chosenKey || key === hoveredKey;
      if (isFixed(kind)) continue;
      const place = { x: this.drawn.x[i], y: this.drawn.y[i] };
      if (pointed || (marks & (Mark.OLD | Mark.LOST)) !== 0) {
        marking.drawRadius(context, surface, place, targets, slot, nowMs, this.tokens, pointed);
      }
      if (pointed || (marks & Mark.CASE) !== 0) {
        marking.drawVectors(context, surface, place, targets, slot, this.tokens);
      }
    }
  }

  /** Rings of cases, corners of the chosen one, question marks. */
  private drawMarks(
    context: CanvasRenderingContext2D,
    surface: Surface,
    nowMs: number,
    flash: boolean,
  ): void {
    const { targets, chosenKey, hoveredKey } = this.store;
    let chosenDrawn = chosenKey === null;
    for (let i = 0; i < this.drawn.count; i += 1) {
      const slot = this.drawn.slot[i];
      const key = targets.key[slot];
      const marks = targets.marks[slot];
      const place = { x: this.drawn.x[i], y: this.drawn.y[i] };
      if ((marks & Mark.ALERT) !== 0) marking.drawAlert(context, place, this.tokens, flash);
      else if ((marks & Mark.CASE) !== 0) marking.drawCase(context, place, this.tokens);
      if ((marks & Mark.UNCERTAIN) !== 0) marking.drawQuestion(context, place, this.tokens);
      if (key === chosenKey) {
        marking.drawCorners(context, place, this.tokens.chosen);
        chosenDrawn = true;
      }
      if (surface.zoom < LABEL_ZOOM && (key === chosenKey || key === hoveredKey)) {
        writeLabel(context, this.tokens, this.labelOf(key), place.x + LABEL_PX, place.y);
      }
    }
    if (!chosenDrawn && chosenKey !== null) this.pointToChosen(context, surface, nowMs, chosenKey);
  }

  /** The chosen ship is out of view: a mark at the edge of the map tells where it is. */
  private pointToChosen(
    context: CanvasRenderingContext2D,
    surface: Surface,
    nowMs: number,
    key: number,
  ): void {
    const { targets } = this.store;
    const slot = targets.slotOf(key);
    if (slot < 0) return;
    const x = unitX(targets.lonAt(slot, nowMs)) * surface.scale - surface.originX;
    const y = unitY(targets.latAt(slot, nowMs)) * surface.scale - surface.originY;
    if (Number.isFinite(x) && Number.isFinite(y)) {
      marking.drawEdge(context, surface, { x, y }, this.tokens.chosen);
    }
  }

  private blitLabels(raster: Raster): void {
    const { targets } = this.store;
    const { ratio } = this.sprites;
    const placed = new Placed();
    let written = 0;
    for (let layer = LAYERS - 1; layer >= 0; layer -= 1) {
      for (let i = 0; i < this.drawn.count && written < MOST_LABELS; i += 1) {
        const slot = this.drawn.slot[i];
        const key = targets.key[slot];
        const own = layerOf(targets.kind[slot], targets.marks[slot], key === this.store.chosenKey);
        if (own !== layer) continue;
        const stamp = this.sprites.label(this.labelOf(key));
        const x = this.drawn.x[i] + LABEL_PX;
        const y = this.drawn.y[i];
        if (!placed.take(x, y - 8, stamp.right / ratio, 16)) continue;
        raster.put(stamp, Math.round(x * ratio), Math.round(y * ratio));
        written += 1;
      }
    }
  }

  private labelOf(key: number): string {
    return this.store.name(key) ?? String(mmsiOfKey(key));
  }
}

function isFixed(kind: number): boolean {
  return kind === Kind.AID || kind === Kind.AID_VIRTUAL || kind === Kind.BASE;
}

function ageOf(kind: number, marks: number): Age {
  if ((marks & Mark.LOST) !== 0) return "lost";
  return (marks & Mark.OLD) !== 0 && !isFixed(kind) ? "old" : "fresh";
}

function layerOf(kind: number, marks: number, chosen: boolean): number {
  if (chosen || (marks & (Mark.ALERT | Mark.CASE)) !== 0) return 2;
  if (kind >= Kind.SART && kind <= Kind.EPIRB) return 2;
  return isFixed(kind) ? 0 : 1;
}

/** What the ship layer draws, for tests in a browser: nothing here is a second truth. */
export function drawnTargets(
  targets: Targets,
  drawn: Drawn,
  nowMs: number,
  offset: { left: number; top: number },
): { key: string; lon: number; lat: number; x: number; y: number }[] {
  return Array.from({ length: drawn.count }, (_, i) => ({
    key: String(targets.key[drawn.slot[i]]),
    lon: targets.lonAt(drawn.slot[i], nowMs),
    lat: targets.latAt(drawn.slot[i], nowMs),
    x: drawn.x[i] + offset.left,
    y: drawn.y[i] + offset.top,
  }));
}
