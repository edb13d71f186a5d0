// Symbols after IMO SN.1/Circ.243 and IEC 62288, and names, drawn once and kept as stamps.

import type { Tokens } from "../palette";
import { S } from "../strings";
import { Kind } from "../wire/frame";
import { type Stamp, stampOf } from "./raster";

/** CSS pixels of a symbol's side, and directions it is drawn in: 5 degrees apart. */
export const SIDE = 40;
export const DIRECTIONS = 72;

export type Shape =
  | "heading" // triangle, apex on the heading
  | "course" // triangle, apex hollow: on the course, no heading was sent
  | "nodirection"
  | "aircraft"
  | "aid"
  | "virtual"
  | "base"
  | "sart"
  | "mob"
  | "epirb"
  | "handheld";
export type Age = "fresh" | "old" | "lost";

export interface Look {
  shape: Shape;
  age: Age;
  /** Index of `SIZES`: class B vessels are drawn smaller, and all where they crowd. */
  size: 0 | 1 | 2 | 3;
  /** A case on it is not acknowledged. */
  bold: boolean;
}

const SIZES = [1, 0.8, 0.6, 0.5];
const TURNS = new Set<Shape>(["heading", "course", "aircraft"]);
const SHAPE_OF_KIND: Record<number, Shape> = {
  [Kind.AID]: "aid",
  [Kind.AID_VIRTUAL]: "virtual",
  [Kind.BASE]: "base",
  [Kind.SAR_AIRCRAFT]: "aircraft",
  [Kind.SART]: "sart",
  [Kind.MOB]: "mob",
  [Kind.EPIRB]: "epirb",
  [Kind.HANDHELD]: "handheld",
};

/** What a target is drawn as: its kind, and for a vessel which of its angles is known. */
export function shapeOf(kind: number, headingDeg: number, cogDeg: number): Shape {
  const fixed = SHAPE_OF_KIND[kind];
  if (fixed === "aircraft" && Number.isNaN(cogDeg)) return "nodirection";
  if (fixed !== undefined) return fixed;
  if (!Number.isNaN(headingDeg)) return "heading";
  return Number.isNaN(cogDeg) ? "nodirection" : "course";
}

/** The direction that a shape points to, degrees; 0 for one that does not turn. */
export function directionOf(shape: Shape, headingDeg: number, cogDeg: number): number {
  if (shape === "heading") return headingDeg;
  return shape === "course" || shape === "aircraft" ? cogDeg : 0;
}

export function columnOf(directionDeg: number): number {
  const column = Math.round((directionDeg / 360) * DIRECTIONS) % DIRECTIONS;
  return column < 0 ? column + DIRECTIONS : column;
}

type Pen = CanvasRenderingContext2D;

function trianglePath(pen: Pen): void {
  pen.beginPath();
  pen.moveTo(0, -10);
  pen.lineTo(5.5, 7);
  pen.lineTo(-5.5, 7);
  pen.closePath();
}

function circlePath(pen: Pen, radius: number): void {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
}

function polygonPath(pen: Pen, points: [number, number][], close: boolean): void {
  pen.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  if (close) pen.closePath();
}

/** Strokes the path twice: a halo in the water's colour, then the line. */
function line(pen: Pen, tokens: Tokens, colour: string, width: number): void {
  pen.strokeStyle = tokens.halo;
  pen.lineWidth = width + 2;
  pen.stroke();
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

function letter(pen: Pen, colour: string, text: string): void {
  pen.fillStyle = colour;
  pen.font = "bold 10px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, 0, 0.5);
}

function drawVessel(pen: Pen, tokens: Tokens, look: Look, colour: string, width: number): void {
  if (look.shape === "nodirection") {
    circlePath(pen, 5);
    line(pen, tokens, colour, width);
    if (look.age === "fresh") {
      circlePath(pen, 1.8);
      pen.fillStyle = colour;
      pen.fill();
    }
    return;
  }
  trianglePath(pen);
  line(pen, tokens, colour, width);
  if (look.age !== "fresh") return;
  pen.save();
  if (look.shape === "course") {
    pen.beginPath();
    pen.rect(-8, 0, 16, 10);
    pen.clip();
  }
  trianglePath(pen);
  pen.fillStyle = colour;
  pen.fill();
  pen.restore();
}

function drawFixed(pen: Pen, tokens: Tokens, look: Look, width: number): void {
  switch (look.shape) {
    case "aid":
    case "virtual":
      polygonPath(pen, [[0, -7], [7, 0], [0, 7], [-7, 0]], true);
      if (look.shape === "virtual") pen.setLineDash([3, 2]);
      line(pen, tokens, tokens.aid, width);
      pen.setLineDash([]);
      circlePath(pen, 1.3);
      pen.fillStyle = tokens.aid;
      pen.fill();
      return;
    case "base":
      polygonPath(pen, [[-6, 8], [0, -2], [6, 8], [-6, 8]], true);
      line(pen, tokens, tokens.aid, width);
      circlePath(pen, 1.8);
      pen.translate(0, -5);
      circlePath(pen, 2.6);
      line(pen, tokens, tokens.aid, width);
      return;
    case "aircraft":
      polygonPath(pen, [[0, -10], [0, 8]], false);
      line(pen, tokens, tokens.ship, width + 1.2);
      polygonPath(pen, [[-9, 1], [0, -4], [9, 1]], false);
      line(pen, tokens, tokens.ship, width + 0.6);
      polygonPath(pen, [[-4, 9], [0, 7], [4, 9]], false);
      line(pen, tokens, tokens.ship, width);
      return;
    case "handheld":
      polygonPath(pen, [[-4, -4], [4, -4], [4, 7], [-4, 7]], true);
      line(pen, tokens, tokens.ship, width);
      polygonPath(pen, [[2.5, -4], [2.5, -10]], false);
      line(pen, tokens, tokens.ship, width);
      return;
    default:
      drawDistress(pen, tokens, look, width);
  }
}

function drawDistress(pen: Pen, tokens: Tokens, look: Look, width: number): void {
  circlePath(pen, 9);
  line(pen, tokens, tokens.distress, width + 0.6);
  if (look.shape === "sart") {
    polygonPath(pen, [[-6.4, -6.4], [6.4, 6.4]], false);
    line(pen, tokens, tokens.distress, width);
    polygonPath(pen, [[6.4, -6.4], [-6.4, 6.4]], false);
    line(pen, tokens, tokens.distress, width);
  } else {
    letter(pen, tokens.distress, look.shape === "mob" ? S.symbols.MOB : S.symbols.EPIRB);
  }
}

function drawCross(pen: Pen, tokens: Tokens): void {
  for (const side of [-1, 1]) {
    polygonPath(pen, [[-9 * side, -9], [9 * side, 9]], false);
    line(pen, tokens, tokens["ship-old"], 1.8);
  }
}

/** Draws one symbol about the pen's origin. */
export function drawSymbol(pen: Pen, tokens: Tokens, look: Look, directionDeg: number): void {
  const width = look.bold ? 2.6 : 1.5;
  const size = SIZES[look.size] * (look.bold ? 1.15 : 1);
  pen.save();
  pen.lineJoin = "round";
  pen.lineCap = "round";
  pen.scale(size, size);
  pen.save();
  pen.rotate((directionDeg * Math.PI) / 180);
  if (look.shape === "heading" || look.shape === "course" || look.shape === "nodirection") {
    const colour = look.age === "fresh" ? tokens.ship : tokens["ship-old"];
    drawVessel(pen, tokens, look, colour, width);
  } else {
    drawFixed(pen, tokens, look, width);
  }
  pen.restore();
  if (look.age === "lost") drawCross(pen, tokens);
  pen.restore();
}

const LABEL_FONT = "12px system-ui, sans-serif";
const LABEL_HIGH = 18;
const KEEP_LABELS = 3000;

/** A name beside its ship, legible on any ground. */
export function writeLabel(pen: Pen, tokens: Tokens, text: string, x: number, y: number): void {
  pen.font = LABEL_FONT;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.strokeStyle = tokens.halo;
  pen.lineWidth = 3;
  pen.strokeText(text, x, y);
  pen.fillStyle = tokens.label;
  pen.fillText(text, x, y);
}

/** Stamps of one palette, each made when it is first needed. */
export class Sprites {
  private readonly symbols: (Stamp | undefined)[] = [];
  private readonly labels = new Map<string, Stamp>();
  private readonly scratch: Pen;
  readonly ratio = window.devicePixelRatio || 1;

  constructor(private readonly tokens: Tokens) {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (pen === null) throw new Error("this browser has no 2D canvas");
    this.scratch = pen;
  }

  symbol(look: Look, directionDeg: number): Stamp {
    const column = TURNS.has(look.shape) ? columnOf(directionDeg) : 0;
    const kind = SHAPES.indexOf(look.shape) * AGES.length + AGES.indexOf(look.age);
    const id = (kind * 8 + look.size * 2 + (look.bold ? 1 : 0)) * DIRECTIONS + column;
    const stamp = this.symbols[id];
    if (stamp !== undefined) return stamp;
    const fresh = this.draw(SIDE, SIDE, SIDE / 2, SIDE / 2, (pen) =>
      drawSymbol(pen, this.tokens, look, (column * 360) / DIRECTIONS),
    );
    this.symbols[id] = fresh;
    return fresh;
  }

  /** A name, its origin at the left end of its middle line. */
  label(text: string): Stamp {
    const held = this.labels.get(text);
    if (held !== undefined) return held;
    this.scratch.font = LABEL_FONT;
    const wide = Math.ceil(this.scratch.measureText(text).width) + 6;
    const stamp = this.draw(wide, LABEL_HIGH, 2, LABEL_HIGH / 2, (pen) =>
      writeLabel(pen, this.tokens, text, 0, 0),
    );
    if (this.labels.size >= KEEP_LABELS) this.labels.clear();
    this.labels.set(text, stamp);
    return stamp;
  }

  private draw(wide: number, high: number, x: number, y: number, paint: (pen: Pen) => void): Stamp {
    const pen = this.scratch;
    const width = Math.ceil(wide * this.ratio);
    const height = Math.ceil(high * this.ratio);
    const [originX, originY] = [Math.round(x * this.ratio), Math.round(y * this.ratio)];
    pen.canvas.width = width;
    pen.canvas.height = height;
    pen.setTransform(this.ratio, 0, 0, this.ratio, originX, originY);
    paint(pen);
    const { data } = pen.getImageData(0, 0, width, height);
    return stampOf(new Int32Array(data.buffer), width, originX, originY);
  }
}

const SHAPES: Shape[] = [
  "heading",
  "course",
  "nodirection",
  "aircraft",
  "aid",
  "virtual",
  "base",
  "sart",
  "mob",
  "epirb",
  "handheld",
];
const AGES: Age[] = ["fresh", "old", "lost"];
