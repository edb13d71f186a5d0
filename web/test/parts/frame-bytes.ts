// Frames for the tests.

/** A frame written byte by byte from the table in web/WIRE.md. */
export function frameBytes(
  records: Partial<{
    mmsi: number;
    lon: number;
    lat: number;
    cog: number;
    heading: number;
    sog: number;
    age: number;
    radius: number;
    kind: number;
    marks: number;
  }>[],
  head: { whole?: boolean; version?: number; atMs?: number } = {},
): ArrayBuffer {
  const buffer = new ArrayBuffer(32 + 24 * records.length);
  const bytes = new Uint8Array(buffer);
  bytes.set([0x43, 0x53, 0x50, 0x31, (head.whole ?? true) ? 1 : 0]);
  const view = new DataView(buffer);
  view.setUint32(8, records.length, true);
  view.setUint32(12, head.version ?? 7, true);
  view.setFloat64(16, head.atMs ?? 1_490_075_479_000, true);
  view.setFloat64(24, 1_490_075_470_000, true);
  records.forEach((r, i) => {
    const at = 32 + 24 * i;
    view.setUint32(at, r.mmsi ?? 329_002_300, true);
    view.setInt32(at + 4, r.lon ?? -614_000_000, true);
    view.setInt32(at + 8, r.lat ?? 153_000_000, true);
    view.setUint16(at + 12, r.cog ?? 0xffff, true);
    view.setUint16(at + 14, r.heading ?? 0xffff, true);
    view.setUint16(at + 16, r.sog ?? 0xffff, true);
    view.setUint16(at + 18, r.age ?? 0, true);
    view.setUint16(at + 20, r.radius ?? 0, true);
    view.setUint8(at + 22, r.kind ?? 0);
    view.setUint8(at + 23, r.marks ?? 0);
  });
  return buffer;
}
