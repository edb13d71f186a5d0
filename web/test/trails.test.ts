import { describe, expect, it } from "vitest";
import { velocityDegS } from "../src/state/motion";
import { Trails, splitAtGaps } from "../src/state/trails";
import { decodeFrame } from "../src/wire/frame";
import { frameBytes } from "./parts/frame-bytes";

const MIN = 60_000;

describe("splitAtGaps", () => {
  it("keeps an unbroken trail whole", () => {
    expect(splitAtGaps([0, MIN, 2 * MIN])).toEqual([{ from: 0, to: 2, gap: false }]);
  });

  it("parts it where more than five minutes were not heard, and only there", () => {
    expect(splitAtGaps([0, MIN, 6 * MIN, 11 * MIN + 1, 12 * MIN])).toEqual([
      { from: 0, to: 2, gap: false },
      { from: 2, to: 3, gap: true },
      { from: 3, to: 4, gap: false },
    ]);
  });

  it("joins two gaps through one lone fix", () => {
    expect(splitAtGaps([0, 10 * MIN, 20 * MIN])).toEqual([
      { from: 0, to: 1, gap: true },
      { from: 1, to: 2, gap: true },
    ]);
  });

  it("has nothing to draw of none or one", () => {
    expect(splitAtGaps([])).toEqual([]);
    expect(splitAtGaps([5])).toEqual([]);
  });

  it("covers every step exactly once", () => {
    const at = [0, 1, 2, 9, 10, 30, 31, 60].map((m) => m * MIN);
    const steps = splitAtGaps(at).map((s) => [s.from, s.to]);
    expect(steps[0][0]).toBe(0);
    expect(steps.at(-1)?.[1]).toBe(at.length - 1);
    for (let i = 1; i < steps.length; i += 1) expect(steps[i][0]).toBe(steps[i - 1][1]);
  });
});

describe("Trails", () => {
  it("takes back a predicted place to the fix behind it", () => {
    const trails = new Trails();
    const atMs = 1_490_075_479_000;
    trails.follow(decodeFrame(frameBytes([{ mmsi: 1, cog: 9000, sog: 1200, age: 60 }], { atMs })));
    const trail = trails.byKey.get(1);
    const rate = velocityDegS(15.3, 12, 90);
    expect(trail?.at).toEqual([atMs - 60_000]);
    expect(trail?.lon[0]).toBeCloseTo(-61.4 - rate.lon * 60, 9);
    expect(trail?.lat[0]).toBeCloseTo(15.3, 9);
  });

  it("adds nothing of a ship that was not heard: dead reckoning is no trail", () => {
    const trails = new Trails();
    for (let minute = 0; minute < 5; minute += 1) {
      const atMs = 1_490_075_479_000 + minute * MIN;
      trails.follow(decodeFrame(frameBytes([{ mmsi: 1, cog: 9000, sog: 1200, age: minute * 60 }], { atMs })));
    }
    expect(trails.byKey.get(1)?.at).toHaveLength(1);
  });

  it("loads the node's own trails in place of ours", () => {
    const trails = new Trails();
    trails.add(7, 0, -61, 15);
    trails.load({ "7": [[1000, -61.5, 15.5], [61_000, -61.6, 15.5]] });
    expect(trails.byKey.get(7)).toEqual({ at: [1000, 61_000], lon: [-61.5, -61.6], lat: [15.5, 15.5] });
  });

  it("thins ships that lie still, drops what is too old, never takes a place that is not known", () => {
    const trails = new Trails();
    for (let i = 0; i <= 600; i += 1) trails.add(1, i * 30_000, -61, 15);
    const at = trails.byKey.get(1)?.at ?? [];
    expect(at.length).toBeLessThan(110);
    expect(splitAtGaps(at).every((stretch) => !stretch.gap)).toBe(true);
    expect(at[0]).toBeGreaterThan(600 * 30_000 - 140 * MIN);
    trails.add(2, 0, NaN, 15);
    expect(trails.byKey.has(2)).toBe(false);
  });
});
