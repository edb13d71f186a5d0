import { describe, expect, it } from "vitest";
import { HIT_PX, type Drawn, nearest } from "../src/map/hit";

function drawn(points: [number, number][]): Drawn {
  return {
    count: points.length,
    slot: Int32Array.from(points, (_, i) => i + 100),
    x: Float32Array.from(points, (p) => p[0]),
    y: Float32Array.from(points, (p) => p[1]),
  };
}

describe("nearest", () => {
  it("takes the nearest within reach", () => {
    const ships = drawn([[0, 0], [10, 0], [40, 40]]);
    expect(nearest(ships, 8, 0)).toBe(101);
    expect(nearest(ships, 2, 1)).toBe(100);
    expect(nearest(ships, 40, 40 + HIT_PX)).toBe(102);
    expect(nearest(ships, 40, 41 + HIT_PX)).toBe(-1);
    expect(nearest(ships, 40 + HIT_PX - 1, 40 + HIT_PX - 1)).toBe(-1);
  });

  it("looks only at what was drawn", () => {
    const ships = drawn([[0, 0], [5, 5]]);
    ships.count = 1;
    expect(nearest(ships, 5, 5)).toBe(100);
  });

  it("lets an aid give way to a ship that lies on it", () => {
    const ships = drawn([[0, 0], [4, 0]]);
    const aid = (slot: number): number => (slot === 100 ? 6 : 0);
    expect(nearest(ships, 0, 0, aid)).toBe(101);
    expect(nearest(ships, -8, 0, aid)).toBe(101);
    expect(nearest(drawn([[0, 0]]), 0, 0, aid)).toBe(100);
  });

  it("finds nothing in an empty sea", () => {
    expect(nearest(drawn([]), 0, 0)).toBe(-1);
  });
});
