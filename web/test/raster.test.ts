import { describe, expect, it } from "vitest";
import { Raster, over, stampOf } from "../src/map/raster";

const RED = 0xff0000ff;
const BLUE = 0xffff0000;
const HALF_RED = 0x800000ff;

describe("stamps", () => {
  it("keep what is not clear, about their origin", () => {
    const stamp = stampOf(Uint32Array.from([0, RED, 0, 0, 0, HALF_RED]), 3, 1, 1);
    expect([...stamp.rgba]).toEqual([RED, HALF_RED]);
    expect([...stamp.dx]).toEqual([0, 1]);
    expect([...stamp.dy]).toEqual([-1, 0]);
    expect([stamp.left, stamp.right, stamp.top, stamp.bottom]).toEqual([0, 1, -1, 0]);
  });
});

describe("the raster", () => {
  const square = stampOf(Uint32Array.from([RED, RED, RED, RED]), 2, 0, 0);
  const lit = (raster: Raster): number[] => [...raster.pixels].flatMap((p, i) => (p === 0 ? [] : [i]));

  it("puts a stamp where it is told", () => {
    const raster = new Raster();
    raster.reset(4, 3);
    raster.put(square, 1, 1);
    expect(lit(raster)).toEqual([5, 6, 9, 10]);
    raster.reset(4, 3);
    expect(lit(raster)).toEqual([]);
    raster.reset(6, 3);
    raster.put(square, 0, 0);
    expect(lit(raster)).toEqual([0, 1, 6, 7]);
  });

  it("cuts off what lies outside and never wraps to the next row", () => {
    for (const [x, y, expected] of [
      [-1, 0, [0, 4]],
      [3, 0, [3, 7]],
      [3, 2, [11]],
      [0, -1, [0, 1]],
      [-5, 0, []],
      [0, 9, []],
    ] as [number, number, number[]][]) {
      const raster = new Raster();
      raster.reset(4, 3);
      raster.put(square, x, y);
      expect(lit(raster)).toEqual(expected);
    }
  });

  it("lays one over the other", () => {
    const raster = new Raster();
    raster.reset(2, 1);
    raster.put(stampOf(Uint32Array.from([BLUE, BLUE]), 2, 0, 0), 0, 0);
    raster.put(stampOf(Uint32Array.from([RED, HALF_RED]), 2, 0, 0), 0, 0);
    expect(raster.pixels[0]).toBe(RED);
    expect(raster.pixels[1]).toBe(over(HALF_RED, BLUE));
  });
});

describe("over", () => {
  it("is a canvas' own source-over", () => {
    expect(over(HALF_RED, BLUE)).toBe(0xff7f0080);
    expect(over(RED, BLUE)).toBe(RED);
    expect(over(HALF_RED, 0x00000000)).toBe(HALF_RED);
    expect(over(HALF_RED, HALF_RED)).toBe(0xc00000ff);
  });
});
