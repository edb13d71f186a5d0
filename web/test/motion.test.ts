import { describe, expect, it } from "vitest";
import { grownRadiusM, metresPerDegree, nearM, velocityDegS } from "../src/state/motion";
import { Targets } from "../src/state/targets";
import { decodeFrame } from "../src/wire/frame";
import { frameBytes } from "./parts/frame-bytes";

describe("dead reckoning", () => {
  it("agrees with the ellipsoid: a degree at 15.35 N", () => {
    // The house's own example: 11,066 m from 15.3 N to 15.4 N by Karney's geodesic.
    expect(metresPerDegree(15.35).lat / 10).toBeCloseTo(1106.6 * 10, -1);
    expect(metresPerDegree(0).lon).toBeCloseTo(111_319.49, 1);
  });

  it("goes a nautical mile in an hour at a knot, on the course", () => {
    for (const cog of [0, 90, 143, 270, 359]) {
      const rate = velocityDegS(15.3, 1, cog);
      const lon = -61.4 + rate.lon * 3600;
      const lat = 15.3 + rate.lat * 3600;
      expect(nearM(-61.4, 15.3, lon, lat)).toBeCloseTo(1852, -1);
      const east = Math.sign(Math.round(Math.sin((cog * Math.PI) / 180) * 1e6));
      expect(Math.sign(Math.round(rate.lon * 1e12))).toBe(east);
    }
  });

  it("does not move what has no speed or no course", () => {
    for (const [sog, cog] of [[NaN, 90], [5, NaN], [0, 90]]) {
      expect(velocityDegS(15, sog, cog)).toEqual({ lon: 0, lat: 0 });
    }
  });

  it("lets the radius grow with the age", () => {
    expect(grownRadiusM(100, 0, 0)).toBe(100);
    expect(grownRadiusM(100, 60, 60)).toBe(150);
    expect(grownRadiusM(100, 600, 10)).toBeGreaterThan(100);
  });
});

describe("targets", () => {
  const AT = 1_490_075_479_000;

  it("moves each target from the time of its own frame", () => {
    const targets = new Targets();
    targets.apply(decodeFrame(frameBytes([{ mmsi: 1, cog: 9000, sog: 1000 }, { mmsi: 2 }], { atMs: AT })));
    targets.apply(
      decodeFrame(frameBytes([{ mmsi: 2, lat: 160_000_000 }], { atMs: AT + 30_000, whole: false, version: 8 })),
    );
    const slot = targets.slotOf(1);
    const m = nearM(-61.4, 15.3, targets.lonAt(slot, AT + 60_000), targets.latAt(slot, AT + 60_000));
    expect(m).toBeCloseTo((10 * 1852) / 60, 0);
    expect(targets.ageAt(slot, AT + 60_000)).toBe(60);
    expect(targets.latAt(targets.slotOf(2), AT + 60_000)).toBe(16);
    expect(targets.version).toBe(8);
  });

  it("never reckons backwards when a clock is behind the frame", () => {
    const targets = new Targets();
    targets.apply(decodeFrame(frameBytes([{ cog: 0, sog: 1000 }], { atMs: AT })));
    expect(targets.latAt(0, AT - 5000)).toBe(targets.latDeg[0]);
  });

  it("forgets what is in no whole picture and grows past its first room", () => {
    const targets = new Targets();
    const many = Array.from({ length: 3000 }, (_, i) => ({ mmsi: 200_000_000 + i, lat: i * 1000 }));
    targets.apply(decodeFrame(frameBytes(many)));
    expect(targets.count).toBe(3000);
    expect(targets.latDeg[targets.slotOf(200_002_999)]).toBeCloseTo(0.2999, 6);
    targets.apply(decodeFrame(frameBytes([{ mmsi: 5 }], { whole: false })));
    expect(targets.count).toBe(3001);
    targets.apply(decodeFrame(frameBytes([{ mmsi: 200_000_007 }])));
    expect(targets.count).toBe(1);
    expect(targets.slotOf(5)).toBe(-1);
  });
});
