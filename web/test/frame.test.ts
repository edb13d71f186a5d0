import { describe, expect, it } from "vitest";
import {
  FrameError,
  HEADER_BYTES,
  RECORD_BYTES,
  decodeFrame,
  hullOfKey,
  mmsiOfKey,
  vesselKey,
} from "../src/wire/frame";
import { frameBytes } from "./parts/frame-bytes";

describe("decodeFrame", () => {
  it("reads every field of the table", () => {
    const frame = decodeFrame(
      frameBytes([
        {
          mmsi: 219_500_000,
          lon: -615_043_783,
          lat: 155_753_780,
          cog: 17_410,
          heading: 15_600,
          sog: 480,
          age: 12,
          radius: 9,
          kind: (2 << 4) | 1,
          marks: 4 | 8,
        },
      ]),
    );
    expect(frame.whole).toBe(true);
    expect(frame.count).toBe(1);
    expect(frame.version).toBe(7);
    expect(frame.atMs).toBe(1_490_075_479_000);
    expect(frame.watermarkMs).toBe(1_490_075_470_000);
    expect(String(frame.key[0])).toBe(String(219_500_000n + (2n << 32n)));
    expect(frame.lonDeg[0]).toBeCloseTo(-61.5043783, 9);
    expect(frame.latDeg[0]).toBeCloseTo(15.575378, 9);
    expect(frame.cogDeg[0]).toBeCloseTo(174.1, 4);
    expect(frame.headingDeg[0]).toBe(156);
    expect(frame.sogKn[0]).toBeCloseTo(4.8, 5);
    expect(frame.ageS[0]).toBe(12);
    expect(frame.radiusM[0]).toBe(90);
    expect(frame.kind[0]).toBe(1);
    expect(frame.marks[0]).toBe(12);
  });

  it("makes what is not available NaN and leaves a saturated speed a number", () => {
    const frame = decodeFrame(frameBytes([{}, { sog: 0xfffe, cog: 0, heading: 35_999 }]));
    expect(frame.cogDeg[0]).toBeNaN();
    expect(frame.headingDeg[0]).toBeNaN();
    expect(frame.sogKn[0]).toBeNaN();
    expect(frame.sogKn[1]).toBeCloseTo(655.34, 3);
    expect(frame.cogDeg[1]).toBe(0);
    expect(frame.headingDeg[1]).toBeCloseTo(359.99, 3);
  });

  it("refuses what is not a frame, saying why", () => {
    expect(() => decodeFrame(new ArrayBuffer(8))).toThrow(FrameError);
    const wrong = frameBytes([{}]);
    new Uint8Array(wrong)[0] = 0;
    expect(() => decodeFrame(wrong)).toThrow(/CSP1/);
    expect(() => decodeFrame(frameBytes([{}, {}]).slice(0, HEADER_BYTES + RECORD_BYTES))).toThrow(
      /2 targets/,
    );
  });

  it("tells the hull from the MMSI in a key", () => {
    const key = vesselKey(775_123_456, 15);
    expect(mmsiOfKey(key)).toBe(775_123_456);
    expect(hullOfKey(key)).toBe(15);
    expect(Number.isSafeInteger(key)).toBe(true);
  });
});
