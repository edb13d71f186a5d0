// Dead reckoning: constant course and speed from the place and time of the last frame.

const A_M = 6_378_137.0; // WGS84 semi-major axis, NIMA TR8350.2
const E2 = 0.00669437999014; // WGS84 first eccentricity squared
const KN_MPS = 1852 / 3600;
const RAD = Math.PI / 180;

/** Metres in a degree of latitude and of longitude at a latitude. */
export function metresPerDegree(latDeg: number): { lat: number; lon: number } {
  const s = Math.sin(latDeg * RAD);
  const w2 = 1 - E2 * s * s;
  const w = Math.sqrt(w2);
  return {
    lat: ((A_M * (1 - E2)) / (w2 * w)) * RAD,
    lon: (A_M / w) * Math.cos(latDeg * RAD) * RAD,
  };
}

/** Degrees east and north per second of a vessel; zero where course or speed is not known. */
export function velocityDegS(
  latDeg: number,
  sogKn: number,
  cogDeg: number,
): { lon: number; lat: number } {
  if (!(sogKn > 0) || Number.isNaN(cogDeg)) return { lon: 0, lat: 0 };
  const metres = metresPerDegree(latDeg);
  const mps = sogKn * KN_MPS;
  return {
    lon: (mps * Math.sin(cogDeg * RAD)) / metres.lon,
    lat: (mps * Math.cos(cogDeg * RAD)) / metres.lat,
  };
}

/** The scale that a radius is taken to grow on until the next frame says better: about linear in age. */
const RADIUS_SCALE_S = 60;

/** The 95 % radius `dtS` after a frame gave it, with the age it then had. */
export function grownRadiusM(radiusM: number, ageS: number, dtS: number): number {
  return radiusM * ((ageS + dtS + RADIUS_SCALE_S) / (ageS + RADIUS_SCALE_S));
}

/** Metres between two near points, flat at mid-latitude. */
export function nearM(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const metres = metresPerDegree((lat1 + lat2) / 2);
  return Math.hypot((lon2 - lon1) * metres.lon, (lat2 - lat1) * metres.lat);
}

/** The node's clock as this page reckons it between messages. */
export class NodeClock {
  private atMs = NaN;
  private heardMs = 0;
  speed = 1;

  /** The node said `atMs` when our own steady clock stood at `heardMs`. */
  set(atMs: number, heardMs: number): void {
    if (!Number.isFinite(atMs)) return;
    this.atMs = atMs;
    this.heardMs = heardMs;
  }

  get known(): boolean {
    return !Number.isNaN(this.atMs);
  }

  /** The node's time at our steady time, NaN before anything was heard. */
  at(steadyMs: number): number {
    return this.atMs + (steadyMs - this.heardMs) * this.speed;
  }
}
