// Mercator and prepared outlines: places as fractions of the world square, so that a redraw is two
// multiplications a vertex.

const RAD = Math.PI / 180;
const MAX_LAT_DEG = 85.0511287798;

/** 0 at 180° W, 1 at 180° E. */
export function unitX(lonDeg: number): number {
  return lonDeg / 360 + 0.5;
}

/** 0 at the north edge of the Mercator square, 1 at the south. */
export function unitY(latDeg: number): number {
  const lat = Math.max(-MAX_LAT_DEG, Math.min(MAX_LAT_DEG, latDeg));
  return 0.5 - Math.asinh(Math.tan(lat * RAD)) / (2 * Math.PI);
}

/** A drawing surface on the world: pixel = unit × scale − origin. */
export interface Surface {
  scale: number;
  originX: number;
  originY: number;
  width: number;
  height: number;
  zoom: number;
}

/** What of the unit square a surface shows. */
export interface UnitBox {
  west: number;
  north: number;
  east: number;
  south: number;
}

export function unitBoxOf(surface: Surface): UnitBox {
  return {
    west: surface.originX / surface.scale,
    north: surface.originY / surface.scale,
    east: (surface.originX + surface.width) / surface.scale,
    south: (surface.originY + surface.height) / surface.scale,
  };
}

export function overlaps(a: UnitBox, b: UnitBox): boolean {
  return a.west <= b.east && b.west <= a.east && a.north <= b.south && b.north <= a.south;
}

/** One closed or open line: x, y, x, y … in the unit square, with its box. */
export interface Outline {
  xy: Float64Array;
  box: UnitBox;
}

export function outlineOf(points: ArrayLike<ArrayLike<number>>): Outline {
  const xy = new Float64Array(points.length * 2);
  const box = { west: Infinity, north: Infinity, east: -Infinity, south: -Infinity };
  for (let i = 0; i < points.length; i += 1) {
    const x = unitX(points[i][0]);
    const y = unitY(points[i][1]);
    xy[2 * i] = x;
    xy[2 * i + 1] = y;
    box.west = Math.min(box.west, x);
    box.east = Math.max(box.east, x);
    box.north = Math.min(box.north, y);
    box.south = Math.max(box.south, y);
  }
  return { xy, box };
}

/** Traces an outline, leaving out vertices that move the pen less than `leastPx`. */
export function trace(
  path: CanvasPath,
  outline: Outline,
  surface: Surface,
  close: boolean,
  leastPx = 0.7,
): void {
  const { xy } = outline;
  const { scale, originX, originY } = surface;
  let lastX = xy[0] * scale - originX;
  let lastY = xy[1] * scale - originY;
  path.moveTo(lastX, lastY);
  const end = xy.length - 2;
  for (let i = 2; i <= end; i += 2) {
    const x = xy[i] * scale - originX;
    const y = xy[i + 1] * scale - originY;
    if (i < end && Math.abs(x - lastX) < leastPx && Math.abs(y - lastY) < leastPx) continue;
    path.lineTo(x, y);
    lastX = x;
    lastY = y;
  }
  if (close) path.closePath();
}

type Position = number[];

/** The rings of every polygon of a GeoJSON geometry, one list of outlines a polygon. */
export function polygonsOf(geometry: unknown): Outline[][] {
  const shape = geometry as { type?: string; coordinates?: unknown; geometries?: unknown[] } | null;
  if (shape === null || shape === undefined) return [];
  if (shape.type === "Polygon") return [(shape.coordinates as Position[][]).map(outlineOf)];
  if (shape.type === "MultiPolygon") {
    return (shape.coordinates as Position[][][]).map((rings) => rings.map(outlineOf));
  }
  if (shape.type === "GeometryCollection") return (shape.geometries ?? []).flatMap(polygonsOf);
  return [];
}

/** The open lines of a GeoJSON geometry. */
export function linesOf(geometry: unknown): Outline[] {
  const shape = geometry as { type?: string; coordinates?: unknown; geometries?: unknown[] } | null;
  if (shape === null || shape === undefined) return [];
  if (shape.type === "LineString") return [outlineOf(shape.coordinates as Position[])];
  if (shape.type === "MultiLineString") return (shape.coordinates as Position[][]).map(outlineOf);
  if (shape.type === "GeometryCollection") return (shape.geometries ?? []).flatMap(linesOf);
  return [];
}
