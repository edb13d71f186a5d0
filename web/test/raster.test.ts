import { describe, expect, it } from "vitest";
import { Raster, over, stampOf } from "../src/map/raster";

const RED = 0xff0000ff | 0;
const BLUE = 0xffff0000 | 0;
const HALF_RED = 0x800000ff | 0;

describe("stamps", () => {
  it("keep what is not clear, about their origin", () => {
    const stamp = stampOf(Int32Array.from([0, RED, 0, 0, 0, HALF_RED]), 3, 1, 1);
    expect([...stamp.rgba]).toEqual([RED, HALF_RED]);
    expect([...stamp.dx]).toEqual([0, 1]);
    expect([...stamp.dy]).toEqual([-1, 0]);
    expect([stamp.left, stamp.right, stamp.top, stamp.bottom]).toEqual([0, 1, -1, 0]);
  });
});

describe("the raster", () => {
  const square = stampOf(Int32Array.from([RED, RED, RED, RED]), 2, 0, 0);
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
    raster.put(stampOf(Int32Array.from([BLUE, BLUE]), 2, 0, 0), 0, 0);
    raster.put(stampOf(Int32Array.from([RED, HALF_RED]), 2, 0, 0), 0, 0);
    expect(raster.pixels[0]).toBe(RED);
    expect(raster.pixels[1]).toBe(over(HALF_RED, BLUE));
  });
});

describe("over", () => {
  it("is a canvas' own source-over", () => {
    expect(over(HALF_RED, BLUE)).toBe(0xff7f0080 | 0);
    expect(over(RED, BLUE)).toBe(RED);
    for (let a = 1; a < 256; a += 1) {
      for (const [top, under] of [
        [10, 200],
        [255, 0],
        [0, 255],
        [77, 78],
      ]) {
        const pixel = over(((a << 24) | (top << 16) | (top << 8) | top) | 0, (0xff000000 | (under << 16) | (under << 8) | under) | 0);
        const exact = Math.round((top * a + under * (255 - a)) / 255);
        for (const shift of [0, 8, 16]) expect((pixel >>> shift) & 255).toBe(exact);
        expect(pixel >>> 24).toBe(255);
      }
    }
    expect(over(HALF_RED, 0x00000000)).toBe(HALF_RED);
    expect(over(HALF_RED, HALF_RED)).toBe(0xc00000ff | 0);
  });
});
