// Stamps blitted into a pixel buffer by hand. A browser without a GPU spends some 50 µs on each
// drawImage; copying the two hundred pixels of a symbol takes a twentieth of that.

/** The pixels of one symbol or label that are not clear, about its own origin, in device pixels. */
export interface Stamp {
  dx: Int16Array;
  dy: Int16Array;
  /** As in ImageData on a little-endian machine: alpha, blue, green, red from the top byte down. */
  rgba: Uint32Array;
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Offsets in a buffer of `stride` pixels a row; made when a buffer first asks. */
  stride: number;
  offset: Int32Array;
}

/** Keeps what is not clear of `pixels`, a picture `width` wide whose origin is at (originX, originY). */
export function stampOf(pixels: Uint32Array, width: number, originX: number, originY: number): Stamp {
  let n = 0;
  for (const pixel of pixels) if (pixel >>> 24 !== 0) n += 1;
  const stamp: Stamp = {
    dx: new Int16Array(n),
    dy: new Int16Array(n),
    rgba: new Uint32Array(n),
    left: 0,
    right: 0,
    top: 0,
    bottom: 0,
    stride: -1,
    offset: new Int32Array(n),
  };
  let at = 0;
  pixels.forEach((pixel, i) => {
    if (pixel >>> 24 === 0) return;
    const dx = (i % width) - originX;
    const dy = Math.floor(i / width) - originY;
    stamp.dx[at] = dx;
    stamp.dy[at] = dy;
    stamp.rgba[at] = pixel;
    stamp.left = Math.min(stamp.left, dx);
    stamp.right = Math.max(stamp.right, dx);
    stamp.top = Math.min(stamp.top, dy);
    stamp.bottom = Math.max(stamp.bottom, dy);
    at += 1;
  });
  return stamp;
}

/** One colour over another, alpha not multiplied in: what canvases do. */
export function over(top: number, under: number): number {
  const a = top >>> 24;
  const kept = ((under >>> 24) * (255 - a)) / 255;
  const alpha = a + kept;
  const mix = (shift: number): number =>
    Math.round((((top >>> shift) & 255) * a + ((under >>> shift) & 255) * kept) / alpha) << shift;
  return ((Math.round(alpha) << 24) | mix(16) | mix(8) | mix(0)) >>> 0;
}

export class Raster {
  width = 0;
  height = 0;
  pixels = new Uint32Array(0);

  /** Makes the buffer this size, all clear. */
  reset(width: number, height: number): void {
    if (width === this.width && height === this.height) {
      this.pixels.fill(0);
      return;
    }
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
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
    const { rgba, offset } = stamp;
    if (stamp.stride !== width) {
      stamp.stride = width;
      for (let i = 0; i < offset.length; i += 1) offset[i] = stamp.dy[i] * width + stamp.dx[i];
    }
    const base = y * width + x;
    for (let i = 0; i < rgba.length; i += 1) {
      const at = base + offset[i];
      const pixel = rgba[i];
      const under = pixels[at];
      pixels[at] = under === 0 || pixel >>> 24 === 255 ? pixel : over(pixel, under);
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
