// The binary position frame: 32 bytes of header, then 24 bytes a target (web/WIRE.md).

export const HEADER_BYTES = 32;
export const RECORD_BYTES = 24;
const MAGIC = 0x31505343; // "CSP1" read little-endian
const WHOLE = 1;
const NO_VALUE = 0xffff;
const HULL_STEP = 2 ** 32;

export const Kind = {
  CLASS_A: 0,
  CLASS_B: 1,
  AID: 2,
  AID_VIRTUAL: 3,
  BASE: 4,
  SAR_AIRCRAFT: 5,
  SART: 6,
  MOB: 7,
  EPIRB: 8,
  HANDHELD: 9,
} as const;

export const Mark = { OLD: 1, LOST: 2, ALERT: 4, CASE: 8, UNCERTAIN: 16 } as const;

/** One frame as columns. What is not available is NaN, never a number. */
export interface Frame {
  whole: boolean;
  count: number;
  version: number;
  atMs: number;
  watermarkMs: number;
  /** mmsi + hull × 2³², exact in a double. */
  key: Float64Array;
  lonDeg: Float64Array;
  latDeg: Float64Array;
  cogDeg: Float32Array;
  headingDeg: Float32Array;
  sogKn: Float32Array;
  ageS: Float32Array;
  radiusM: Float32Array;
  kind: Uint8Array;
  marks: Uint8Array;
}

export class FrameError extends Error {}

/** The vessel key of an MMSI and a hull number; as the decimal string of the JSON it is `String(key)`. */
export function vesselKey(mmsi: number, hull: number): number {
  return mmsi + hull * HULL_STEP;
}

export function mmsiOfKey(key: number): number {
  return key % HULL_STEP;
}

export function hullOfKey(key: number): number {
  return Math.floor(key / HULL_STEP);
}

/** Reads a frame; throws `FrameError` where it is not one, saying why. */
export function decodeFrame(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new FrameError(`a frame of ${buffer.byteLength} bytes has no header`);
  }
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== MAGIC) throw new FrameError("a frame without the mark CSP1");
  const count = view.getUint32(8, true);
  if (buffer.byteLength !== HEADER_BYTES + count * RECORD_BYTES) {
    throw new FrameError(`a frame of ${count} targets has ${buffer.byteLength} bytes`);
  }
  const frame: Frame = {
    whole: (view.getUint8(4) & WHOLE) !== 0,
    count,
    version: view.getUint32(12, true),
    atMs: view.getFloat64(16, true),
    watermarkMs: view.getFloat64(24, true),
    key: new Float64Array(count),
    lonDeg: new Float64Array(count),
    latDeg: new Float64Array(count),
    cogDeg: new Float32Array(count),
    headingDeg: new Float32Array(count),
    sogKn: new Float32Array(count),
    ageS: new Float32Array(count),
    radiusM: new Float32Array(count),
    kind: new Uint8Array(count),
    marks: new Uint8Array(count),
  };
  for (let i = 0, at = HEADER_BYTES; i < count; i += 1, at += RECORD_BYTES) {
    const kindAndHull = view.getUint8(at + 22);
    frame.key[i] = vesselKey(view.getUint32(at, true), kindAndHull >> 4);
    frame.lonDeg[i] = view.getInt32(at + 4, true) / 1e7;
    frame.latDeg[i] = view.getInt32(at + 8, true) / 1e7;
    frame.cogDeg[i] = hundredths(view.getUint16(at + 12, true));
    frame.headingDeg[i] = hundredths(view.getUint16(at + 14, true));
    frame.sogKn[i] = hundredths(view.getUint16(at + 16, true));
    frame.ageS[i] = view.getUint16(at + 18, true);
    frame.radiusM[i] = view.getUint16(at + 20, true) * 10;
    frame.kind[i] = kindAndHull & 0x0f;
    frame.marks[i] = view.getUint8(at + 23);
  }
  return frame;
}

function hundredths(raw: number): number {
  return raw === NO_VALUE ? NaN : raw / 100;
}
