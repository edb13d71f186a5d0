// Small pictures for legends, painted with the same pens as the map.

import { type Layer, paintFill, strokeOf } from "../map/zones";
import type { Tokens } from "../palette";
import { h } from "./dom";

export const WIDE = 56;
export const HIGH = 44;

/** A canvas with the water's colour, painted upon. */
export function swatch(
  draw: (pen: CanvasRenderingContext2D) => void,
  tokens: Tokens,
  wide = WIDE,
  high = HIGH,
): HTMLCanvasElement {
  const ratio = window.devicePixelRatio || 1;
  const canvas = h("canvas", { width: wide * ratio, height: high * ratio, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  if (pen !== null) {
    pen.scale(ratio, ratio);
    pen.fillStyle = tokens.water;
    pen.fillRect(0, 0, wide, high);
    draw(pen);
  }
  return canvas;
}

/** A limit as it is drawn on the map: a line of its layer and status over its layer's fill. */
export function zoneSwatch(
  layer: Layer,
  status: string,
  tokens: Tokens,
  wide = WIDE,
  high = HIGH,
): HTMLCanvasElement {
  return swatch(
    (pen) => {
      paintFill(pen, layer, tokens, wide, high);
      const { token, width, dash } = strokeOf(layer, status);
      line(pen, tokens[token], width, dash, wide, high);
    },
    tokens,
    wide,
    high,
  );
}

/** A level line through the middle. */
export function line(
  pen: CanvasRenderingContext2D,
  colour: string,
  width: number,
  dash: number[],
  wide = WIDE,
  high = HIGH,
): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(4, high / 2);
  pen.lineTo(wide - 4, high / 2);
  pen.stroke();
}
