import { describe, expect, it } from "vitest";
import { readTile } from "../src/map/coast";
import { Placed } from "../src/map/context";
import { type Surface, linesOf, outlineOf, overlaps, polygonsOf, trace, unitBoxOf, unitX, unitY } from "../src/map/geometry";
import { columnOf, directionOf, shapeOf } from "../src/map/sprites";
import { LAYERS, dashesOf, layerOf, strokeOf } from "../src/map/zones";
import { Kind } from "../src/wire/frame";

const surface: Surface = { scale: 256 * 2 ** 10, originX: 0, originY: 0, width: 800, height: 600, zoom: 10 };

/** Writes down what a path is told. */
class Pen {
  readonly points: [number, number][] = [];
  closed = false;
  moveTo(x: number, y: number): void {
    this.points.push([x, y]);
  }
  lineTo(x: number, y: number): void {
    this.points.push([x, y]);
  }
  closePath(): void {
    this.closed = true;
  }
}

describe("the unit square", () => {
  it("is spherical Mercator", () => {
    expect(unitX(-180)).toBe(0);
    expect(unitX(0)).toBe(0.5);
    expect(unitY(0)).toBe(0.5);
    expect(unitY(85.0511287798)).toBeCloseTo(0, 9);
    expect(unitY(90)).toBeCloseTo(0, 9);
    // Tile row of 15.3 N at zoom 10 by the usual slippy-map formula: 467.
    expect(Math.floor(unitY(15.3) * 1024)).toBe(467);
  });

  it("knows what a surface shows", () => {
    const box = unitBoxOf(surface);
    expect(box.east).toBeCloseTo(800 / surface.scale, 12);
    expect(overlaps(box, { west: 0, north: 0, east: 1, south: 1 })).toBe(true);
    expect(overlaps(box, { west: 0.5, north: 0, east: 1, south: 1 })).toBe(false);
  });

  it("leaves out vertices that nobody can see, never the last", () => {
    const near = Array.from({ length: 100 }, (_, i) => [-180 + i * 1e-6, 80]);
    const pen = new Pen();
    trace(pen as unknown as CanvasPath, outlineOf(near), surface, true);
    expect(pen.points).toHaveLength(2);
    expect(pen.closed).toBe(true);
  });

  it("reads polygons and lines of GeoJSON", () => {
    const square = [[[0, 0], [1, 0], [1, 1], [0, 0]]];
    expect(polygonsOf({ type: "Polygon", coordinates: square })).toHaveLength(1);
    expect(polygonsOf({ type: "MultiPolygon", coordinates: [square, square] })).toHaveLength(2);
    expect(linesOf({ type: "MultiLineString", coordinates: square })).toHaveLength(1);
    const both = { type: "GeometryCollection", geometries: [{ type: "LineString", coordinates: square[0] }] };
    expect(linesOf(both)).toHaveLength(1);
    expect(polygonsOf(null)).toEqual([]);
  });
});

describe("coast tiles", () => {
  it("adds steps up from the south-west corner", () => {
    const tile = readTile("-62_15", [[[5000, 5000], [100, 0], [0, 100]].flat()], 10_000);
    expect(tile.rings[0].xy[0]).toBeCloseTo(unitX(-61.5), 12);
    expect(tile.rings[0].xy[1]).toBeCloseTo(unitY(15.5), 12);
    expect(tile.rings[0].xy[4]).toBeCloseTo(unitX(-61.49), 12);
    expect(tile.rings[0].xy[5]).toBeCloseTo(unitY(15.51), 12);
    expect(tile.shores).toHaveLength(1);
    expect(tile.shores[0].xy).toHaveLength(8); // an island: its coast comes back to where it began
  });

  it("does not take the tile's border for a coast", () => {
    // Land in the west: along the border from south to north, the coast is the slanted east side.
    const tile = readTile("-62_15", [[0, 0, 0, 10_000, 4000, 0, 1000, -5000, -2000, -5000]], 10_000);
    expect(tile.shores).toHaveLength(1);
    const lons = Array.from({ length: 3 }, (_, i) => (tile.shores[0].xy[2 * i] - 0.5) * 360);
    expect(lons.map((lon) => Number(lon.toFixed(4)))).toEqual([-61.6, -61.5, -61.7]);
  });
});

describe("zones", () => {
  it("go where their family, status and owner say", () => {
    expect(layerOf({ family: "waters", kind: "eez", status: "claimed" })).toBe("limits");
    expect(layerOf({ family: "waters", kind: "eez", status: "disputed" })).toBe("disputed");
    expect(layerOf({ family: "waters", kind: "overlap", status: "claimed" })).toBe("disputed");
    expect(layerOf({ family: "waters", kind: "joint", status: "joint" })).toBe("joint");
    expect(layerOf({ family: "belts", kind: "territorial", status: "disputed" })).toBe("belts");
    expect(layerOf({ family: "rules", kind: "exclusion", status: "agreed" })).toBe("rules");
    expect(layerOf({ family: "own", kind: "season", status: "none" })).toBe("own");
    expect(layerOf({ family: "waters", kind: "eez", status: "agreed", own: true })).toBe("own");
    expect(layerOf(null)).toBe("limits");
  });

  it("differ by dash or width from layer to layer, not by colour alone", () => {
    const looks = LAYERS.map((layer) => {
      const { width, dash } = strokeOf(layer, layer === "joint" ? "joint" : "agreed");
      return `${width} ${dash.join(" ")}`;
    });
    expect(new Set(looks).size).toBe(LAYERS.length);
  });

  it("has a line of its own for each status, and doubts what it does not know", () => {
    expect(dashesOf("agreed")).toEqual([]);
    expect(dashesOf("joint")).toHaveLength(4);
    expect(dashesOf("median")).toEqual(dashesOf("claimed"));
    expect(dashesOf("none")).not.toEqual(dashesOf("claimed"));
    expect(dashesOf("whatever")).toEqual(dashesOf("claimed"));
  });
});

describe("symbols", () => {
  it("point where the vessel points, and say when they do not know", () => {
    expect(shapeOf(Kind.CLASS_A, 90, 100)).toBe("heading");
    expect(shapeOf(Kind.CLASS_B, NaN, 100)).toBe("course");
    expect(shapeOf(Kind.CLASS_A, NaN, NaN)).toBe("nodirection");
    expect(shapeOf(Kind.SAR_AIRCRAFT, NaN, NaN)).toBe("nodirection");
    expect(shapeOf(Kind.AID, 90, 90)).toBe("aid");
    expect(shapeOf(Kind.MOB, NaN, NaN)).toBe("mob");
    expect(directionOf("heading", 90, 100)).toBe(90);
    expect(directionOf("course", NaN, 100)).toBe(100);
    expect(directionOf("aid", 90, 100)).toBe(0);
  });

  it("fall into columns of five degrees, 360 being 0", () => {
    expect([0, 2.4, 2.6, 357.6, 359.99, 360, -5].map(columnOf)).toEqual([0, 0, 1, 0, 0, 0, 71]);
  });

  it("labels do not lie over each other", () => {
    const placed = new Placed();
    expect(placed.take(0, 0, 50, 16)).toBe(true);
    expect(placed.take(40, 8, 50, 16)).toBe(false);
    expect(placed.take(51, 0, 50, 16)).toBe(true);
  });
});
