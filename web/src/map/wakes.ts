// Trails on the water: solid where a ship was heard, dashed over gaps.

import type { Tokens } from "../palette";
import type { Store } from "../state/store";
import { type Trail, splitAtGaps } from "../state/trails";
import { Mark } from "../wire/frame";
import { type Surface, unitBoxOf, unitX, unitY } from "./geometry";

/** Above so many ships in view only the chosen one and those with a case keep their trail. */
export const MOST_TRAILS = 400;

/** Paints the trails in view; returns false where there were too many for all. */
export function paintTrails(
  pen: CanvasRenderingContext2D,
  surface: Surface,
  store: Store,
  tokens: Tokens,
): boolean {
  const { targets, trails } = store;
  const box = unitBoxOf(surface);
  const inView: number[] = [];
  for (let slot = 0; slot < targets.count; slot += 1) {
    const x = unitX(targets.lonDeg[slot]);
    const y = unitY(targets.latDeg[slot]);
    const inside = x > box.west && x < box.east && y > box.north && y < box.south;
    if (inside || targets.key[slot] === store.chosenKey) inView.push(slot);
  }
  const all = inView.length <= MOST_TRAILS;
  pen.lineJoin = "round";
  for (const slot of inView) {
    const key = targets.key[slot];
    const chosen = key === store.chosenKey;
    if (!all && !chosen && (targets.marks[slot] & Mark.CASE) === 0) continue;
    const trail = trails.byKey.get(key);
    if (trail === undefined || trail.at.length < 2) continue;
    pen.strokeStyle = chosen ? tokens.chosen : tokens.trail;
    pen.lineWidth = chosen ? 2 : 1.3;
    paintTrail(pen, surface, trail);
  }
  pen.setLineDash([]);
  return all;
}

function paintTrail(pen: CanvasRenderingContext2D, surface: Surface, trail: Trail): void {
  for (const stretch of splitAtGaps(trail.at)) {
    pen.setLineDash(stretch.gap ? [6, 5] : []);
    pen.beginPath();
    for (let i = stretch.from; i <= stretch.to; i += 1) {
      const x = unitX(trail.lon[i]) * surface.scale - surface.originX;
      const y = unitY(trail.lat[i]) * surface.scale - surface.originY;
      if (i === stretch.from) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    }
    pen.stroke();
  }
}
