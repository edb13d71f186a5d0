// Stamps blitted into a pixel buffer by hand. A browser without a GPU spends some 50 µs on each
// drawImage; copying the two hundred pixels of a symbol takes a twentieth of that.

/** The pixels of one symbol or label that are not clear, about its own origin, in device pixels. */
export interface Stamp {
  dx: Int16Array;
  dy: Int16Array;
  /**
   * As in ImageData on a little-endian machine: alpha, blue, green, red from the top byte down;
   * signed, which a browser computes with twice as fast. The opaque ones come first.
   */
  rgba: Int32Array;
  opaque: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Offsets in a buffer of `stride` pixels a row; made when a buffer first asks. */
  stride: number;
  offset: Int32Array;
}

/** Keeps what is not clear of `pixels`, a picture `width` wide whose origin is at (originX, originY). */
export function stampOf(pixels: Int32Array, width: number, originX: number, originY: number): Stamp {
  const solid: number[] = [];
  const sheer: number[] = [];
  pixels.forEach((pixel, i) => {
    const alpha = pixel >>> 24;
    if (alpha !== 0) (alpha === 255 ? solid : sheer).push(i);
  });
  const kept = Int32Array.from([...solid, ...sheer]);
  const dx = Int16Array.from(kept, (i) => (i % width) - originX);
  const dy = Int16Array.from(kept, (i) => Math.floor(i / width) - originY);
  return {
    dx,
    dy,
    rgba: kept.map((i) => pixels[i]),
    opaque: solid.length,
    left: Math.min(0, ...dx),
    right: Math.max(0, ...dx),
    top: Math.min(0, ...dy),
    bottom: Math.max(0, ...dy),
    stride: -1,
    offset: new Int32Array(kept.length),
  };
}

/** One colour over another, alpha not multiplied in: what canvases do, to within a step of 255. */
export function over(top: number, under: number): number {
  const a = top >>> 24;
  const b = under >>> 24;
  if (b === 255) {
    // Over an opaque ground: two channels at a time, x / 255 as (x + 128 + (x + 128) / 256) / 256.
    const back = 255 - a;
    const rb = (top & 0xff00ff) * a + (under & 0xff00ff) * back;
    const g = ((top >>> 8) & 0xff) * a + ((under >>> 8) & 0xff) * back + 128;
    const r = (rb & 0xffff) + 128;
    const bl = (rb >>> 16) + 128;
    return (
      0xff000000 |
      (((bl + (bl >> 8)) >> 8) << 16) |
      ((g + (g >> 8)) & 0xff00) |
      ((r + (r >> 8)) >> 8)
    );
  }
  const kept = (b * (255 - a)) / 255;
  const alpha = a + kept;
  const red = ((top & 255) * a + (under & 255) * kept) / alpha;
  const green = (((top >>> 8) & 255) * a + ((under >>> 8) & 255) * kept) / alpha;
  const blue = (((top >>> 16) & 255) * a + ((under >>> 16) & 255) * kept) / alpha;
  return ((alpha + 0.5) << 24) | ((blue + 0.5) << 16) | ((green + 0.5) << 8) | (red + 0.5);
}

export class Raster {
  width = 0;
  height = 0;
  pixels = new Int32Array(0);

  /** Makes the buffer this size, all clear. */
  reset(width: number, height: number): void {
    if (width === this.width && height === this.height) {
      this.pixels.fill(0);
      return;
    }
    this.width = width;
    this.height = height;
    this.pixels = new Int32Array(width * height);
  }

  /** Puts a stamp with its origin at a pixel; what lies outside is cut off. */
  put(stamp: Stamp, x: number, y: number): void {
    const { width, height, pixels } = this;
    const inside =
      x + stamp.left >= 0 &&
      x + stamp.right < width &&
      y + stamp.top >= 0 &&
      y + stamp.bottom < height;
    if (!inside) {
      this.putCut(stamp, x, y);
      return;
    }
    const { rgba, offset, opaque } = stamp;
    if (stamp.stride !== width) {
      stamp.stride = width;
      for (let i = 0; i < offset.length; i += 1) offset[i] = stamp.dy[i] * width + stamp.dx[i];
    }
    const base = y * width + x;
    for (let i = 0; i < opaque; i += 1) pixels[base + offset[i]] = rgba[i];
    for (let i = opaque; i < rgba.length; i += 1) {
      const at = base + offset[i];
      const under = pixels[at];
      pixels[at] = under === 0 ? rgba[i] : over(rgba[i], under);
    }
  }

  private putCut(stamp: Stamp, x: number, y: number): void {
    const { width, height, pixels } = this;
    const { dx, dy, rgba } = stamp;
    for (let i = 0; i < rgba.length; i += 1) {
      const column = x + dx[i];
      const row = y + dy[i];
      if (column < 0 || row < 0 || column >= width || row >= height) continue;
      const at = row * width + column;
      const under = pixels[at];
      pixels[at] = under === 0 || rgba[i] >>> 24 === 255 ? rgba[i] : over(rgba[i], under);
    }
  }
}
