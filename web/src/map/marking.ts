// Marks about a ship: radius, vectors, rings, corners. Drawn for the few, not for the many.

import type { Tokens } from "../palette";
import { metresPerDegree } from "../state/motion";
import type { Targets } from "../state/targets";
import type { Surface } from "./geometry";

type Pen = CanvasRenderingContext2D;

interface Place {
  x: number;
  y: number;
}

const RING_PX = 15;
const VECTOR_MIN = 6;
const HEADING_PX = 24;
const LEAST_RADIUS_PX = 8;
/** Circles of ships that nobody asked about stay small and faint: they must not hide the others. */
const FAINT_RADIUS_PX = 90;
const FAINT = 0.45;
const TURN = 2 * Math.PI;

/** Metres under a pixel at a latitude. */
export function metresPerPixel(surface: Surface, latDeg: number): number {
  return (metresPerDegree(latDeg).lon * 360) / surface.scale;
}

/** The growing circle in which the target is by 95 in 100. */
export function drawRadius(
  pen: Pen,
  surface: Surface,
  place: Place,
  targets: Targets,
  slot: number,
  nowMs: number,
  tokens: Tokens,
  pointed: boolean,
): void {
  const px = targets.radiusAt(slot, nowMs) / metresPerPixel(surface, targets.latDeg[slot]);
  if (px < LEAST_RADIUS_PX || px > (pointed ? surface.width * 2 : FAINT_RADIUS_PX)) return;
  pen.beginPath();
  pen.arc(place.x, place.y, px, 0, TURN);
  pen.setLineDash([3, 4]);
  pen.lineWidth = pointed ? 1.5 : 1;
  pen.strokeStyle = pointed ? tokens.chosen : tokens["ship-old"];
  pen.globalAlpha = pointed ? 1 : FAINT;
  pen.stroke();
  pen.globalAlpha = 1;
  pen.setLineDash([]);
}

/** Dashed: where course and speed take it in six minutes. Solid: where its bow points. */
export function drawVectors(
  pen: Pen,
  surface: Surface,
  place: Place,
  targets: Targets,
  slot: number,
  tokens: Tokens,
): void {
  const sog = targets.sogKn[slot];
  const cog = targets.cogDeg[slot];
  pen.strokeStyle = tokens.ship;
  if (sog > 0 && !Number.isNaN(cog)) {
    const metres = ((sog * 1852) / 60) * VECTOR_MIN;
    const px = metres / metresPerPixel(surface, targets.latDeg[slot]);
    ray(pen, place, cog, px, 1.5, [5, 4]);
  }
  const heading = targets.headingDeg[slot];
  if (!Number.isNaN(heading)) ray(pen, place, heading, HEADING_PX, 1.5, []);
}

function ray(pen: Pen, place: Place, deg: number, px: number, width: number, dash: number[]): void {
  const angle = (deg * Math.PI) / 180;
  pen.beginPath();
  pen.moveTo(place.x, place.y);
  pen.lineTo(place.x + Math.sin(angle) * px, place.y - Math.cos(angle) * px);
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

/** Not acknowledged: a thick ring with four ticks; the ring flashes, the ticks stay. */
export function drawAlert(pen: Pen, place: Place, tokens: Tokens, flash: boolean): void {
  pen.strokeStyle = tokens.alert;
  pen.lineWidth = 3;
  if (flash) {
    pen.beginPath();
    pen.arc(place.x, place.y, RING_PX, 0, TURN);
    pen.stroke();
  }
  pen.beginPath();
  for (const [dx, dy] of [[0, -1], [1, 0], [0, 1], [-1, 0]]) {
    pen.moveTo(place.x + dx * (RING_PX - 1), place.y + dy * (RING_PX - 1));
    pen.lineTo(place.x + dx * (RING_PX + 7), place.y + dy * (RING_PX + 7));
  }
  pen.stroke();
}

/** Acknowledged: a thin steady ring. */
export function drawCase(pen: Pen, place: Place, tokens: Tokens): void {
  pen.beginPath();
  pen.arc(place.x, place.y, RING_PX, 0, TURN);
  pen.strokeStyle = tokens.case;
  pen.lineWidth = 1.8;
  pen.stroke();
}

export function drawQuestion(pen: Pen, place: Place, tokens: Tokens): void {
  pen.font = "bold 13px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 3;
  pen.strokeStyle = tokens.halo;
  pen.strokeText("?", place.x - 13, place.y - 9);
  pen.fillStyle = tokens.label;
  pen.fillText("?", place.x - 13, place.y - 9);
}

/** The four corners of a square: exactly one target is chosen. */
export function drawCorners(pen: Pen, place: Place, colour: string): void {
  const far = 19;
  const near = 11;
  pen.beginPath();
  for (const sx of [-1, 1]) {
    for (const sy of [-1, 1]) {
      pen.moveTo(place.x + sx * near, place.y + sy * far);
      pen.lineTo(place.x + sx * far, place.y + sy * far);
      pen.lineTo(place.x + sx * far, place.y + sy * near);
    }
  }
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.stroke();
}

/** An arrow head at the map's edge towards a place out of view. */
export function drawEdge(pen: Pen, surface: Surface, to: Place, colour: string): void {
  const pad = 16;
  const x = Math.max(pad, Math.min(surface.width - pad, to.x));
  const y = Math.max(pad, Math.min(surface.height - pad, to.y));
  pen.save();
  pen.translate(x, y);
  pen.rotate(Math.atan2(to.y - y, to.x - x));
  pen.beginPath();
  pen.moveTo(10, 0);
  pen.lineTo(-6, 7);
  pen.lineTo(-2, 0);
  pen.lineTo(-6, -7);
  pen.closePath();
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.stroke();
  pen.restore();
}
