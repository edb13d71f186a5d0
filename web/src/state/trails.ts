// Where targets have been: the node's trails, carried on with each fix that a frame shows.

import type { Frame } from "../wire/frame";
import { nearM, velocityDegS } from "./motion";

/** A step longer than this is a gap and is drawn dashed (web/WIRE.md). */
export const GAP_MS = 5 * 60_000;
const KEEP_MS = 120 * 60_000;
const LEAST_STEP_MS = 30_000;
const STILL_STEP_MS = 120_000;
const STILL_M = 20;

/** One trail, oldest first: node times in ms and places in degrees. */
export interface Trail {
  at: number[];
  lon: number[];
  lat: number[];
}

/** A run of vertices `from`…`to`, both included; a gap is a run of two. */
export interface Stretch {
  from: number;
  to: number;
  gap: boolean;
}

/** Parts a trail into what was heard and what was not. */
export function splitAtGaps(at: readonly number[], gapMs = GAP_MS): Stretch[] {
  const out: Stretch[] = [];
  let from = 0;
  for (let i = 1; i < at.length; i += 1) {
    if (at[i] - at[i - 1] <= gapMs) continue;
    if (i - 1 > from) out.push({ from, to: i - 1, gap: false });
    out.push({ from: i - 1, to: i, gap: true });
    from = i;
  }
  if (at.length - 1 > from) out.push({ from, to: at.length - 1, gap: false });
  return out;
}

export class Trails {
  readonly byKey = new Map<number, Trail>();

  /** Takes the node's own trails; what we had of a target is replaced. */
  load(trails: Record<string, [number, number, number][]>): void {
    for (const [key, points] of Object.entries(trails)) {
      this.byKey.set(Number(key), {
        at: points.map((p) => p[0]),
        lon: points.map((p) => p[1]),
        lat: points.map((p) => p[2]),
      });
    }
  }

  clear(): void {
    this.byKey.clear();
  }

  /**
   * Adds the fixes behind a frame. A frame gives places predicted to its own time; the report is
   * the same course and speed taken back by the report's age.
   */
  follow(frame: Frame): void {
    for (let i = 0; i < frame.count; i += 1) {
      const ageS = frame.ageS[i];
      if (ageS * 1000 > GAP_MS) continue;
      const rate = velocityDegS(frame.latDeg[i], frame.sogKn[i], frame.cogDeg[i]);
      this.add(
        frame.key[i],
        frame.atMs - ageS * 1000,
        frame.lonDeg[i] - rate.lon * ageS,
        frame.latDeg[i] - rate.lat * ageS,
      );
    }
  }

  /** Adds one fix unless it is old, the same again, or tells nothing new. */
  add(key: number, atMs: number, lonDeg: number, latDeg: number): void {
    if (Number.isNaN(lonDeg) || Number.isNaN(latDeg)) return;
    let trail = this.byKey.get(key);
    if (trail === undefined) {
      trail = { at: [], lon: [], lat: [] };
      this.byKey.set(key, trail);
    }
    const last = trail.at.length - 1;
    if (last >= 0) {
      const stepMs = atMs - trail.at[last];
      if (stepMs < LEAST_STEP_MS) return;
      const moved = nearM(trail.lon[last], trail.lat[last], lonDeg, latDeg);
      if (moved < STILL_M && stepMs < STILL_STEP_MS) return;
    }
    trail.at.push(atMs);
    trail.lon.push(lonDeg);
    trail.lat.push(latDeg);
    let old = 0;
    while (trail.at[old] < atMs - KEEP_MS) old += 1;
    if (old >= 8) for (const column of [trail.at, trail.lon, trail.lat]) column.splice(0, old);
  }
}
