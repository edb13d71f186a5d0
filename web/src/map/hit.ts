// Which target is under the pointer.

/** Targets drawn in the last frame: slots with their places in CSS pixels of the map. */
export interface Drawn {
  count: number;
  slot: Int32Array;
  x: Float32Array;
  y: Float32Array;
}

export const HIT_PX = 14;

/**
 * The slot drawn nearest to a point, within `radius`; −1 where there is none. `handicap` adds pixels
 * to a target's distance: aids give way to ships that lie on them.
 */
export function nearest(
  drawn: Drawn,
  x: number,
  y: number,
  handicap: (slot: number) => number = () => 0,
  radius = HIT_PX,
): number {
  let best = -1;
  let bestPx = Infinity;
  for (let i = 0; i < drawn.count; i += 1) {
    const dx = drawn.x[i] - x;
    const dy = drawn.y[i] - y;
    if (Math.abs(dx) > radius || Math.abs(dy) > radius) continue;
    const far = Math.hypot(dx, dy);
    if (far > radius) continue;
    const px = far + handicap(drawn.slot[i]);
    if (px < bestPx) {
      bestPx = px;
      best = drawn.slot[i];
    }
  }
  return best;
}
