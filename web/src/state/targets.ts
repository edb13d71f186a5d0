// All targets of the picture as columns, one slot each: what the ship layer draws from.

import type { Frame } from "../wire/frame";
import { grownRadiusM, velocityDegS } from "./motion";

/** A picture that has not been renewed for this long is not carried on: ships stop where they were. */
export const CARRY_MS = 15_000;
const FIRST_CAPACITY = 1024;

export class Targets {
  count = 0;
  version = 0;
  /** Node time of the newest frame, ms. */
  atMs = NaN;
  watermarkMs = NaN;
  key = new Float64Array(FIRST_CAPACITY);
  lonDeg = new Float64Array(FIRST_CAPACITY);
  latDeg = new Float64Array(FIRST_CAPACITY);
  /** Degrees per second of node time. */
  lonRate = new Float64Array(FIRST_CAPACITY);
  latRate = new Float64Array(FIRST_CAPACITY);
  /** Node time that the place is predicted to, ms: an unchanged target keeps its older one. */
  baseMs = new Float64Array(FIRST_CAPACITY);
  cogDeg = new Float32Array(FIRST_CAPACITY);
  headingDeg = new Float32Array(FIRST_CAPACITY);
  sogKn = new Float32Array(FIRST_CAPACITY);
  ageS = new Float32Array(FIRST_CAPACITY);
  radiusM = new Float32Array(FIRST_CAPACITY);
  kind = new Uint8Array(FIRST_CAPACITY);
  marks = new Uint8Array(FIRST_CAPACITY);
  private readonly slots = new Map<number, number>();

  /** Takes a frame: a whole picture replaces all, another one changes what it names. */
  apply(frame: Frame): void {
    if (frame.whole) this.clear();
    for (let i = 0; i < frame.count; i += 1) {
      const key = frame.key[i];
      let slot = this.slots.get(key);
      if (slot === undefined) {
        slot = this.count;
        this.count += 1;
        if (this.count > this.key.length) this.grow();
        this.slots.set(key, slot);
      }
      this.put(slot, frame, i);
    }
    this.version = frame.version;
    this.atMs = frame.atMs;
    this.watermarkMs = frame.watermarkMs;
  }

  clear(): void {
    this.count = 0;
    this.slots.clear();
  }

  slotOf(key: number): number {
    return this.slots.get(key) ?? -1;
  }

  lonAt(slot: number, nowMs: number): number {
    return this.lonDeg[slot] + this.lonRate[slot] * this.sinceS(slot, nowMs);
  }

  latAt(slot: number, nowMs: number): number {
    return this.latDeg[slot] + this.latRate[slot] * this.sinceS(slot, nowMs);
  }

  ageAt(slot: number, nowMs: number): number {
    return this.ageS[slot] + this.sinceS(slot, nowMs);
  }

  radiusAt(slot: number, nowMs: number): number {
    return grownRadiusM(this.radiusM[slot], this.ageS[slot], this.sinceS(slot, nowMs));
  }

  private sinceS(slot: number, nowMs: number): number {
    return Math.max(0, (nowMs - this.baseMs[slot]) / 1000);
  }

  private put(slot: number, frame: Frame, i: number): void {
    const rate = velocityDegS(frame.latDeg[i], frame.sogKn[i], frame.cogDeg[i]);
    this.key[slot] = frame.key[i];
    this.lonDeg[slot] = frame.lonDeg[i];
    this.latDeg[slot] = frame.latDeg[i];
    this.lonRate[slot] = rate.lon;
    this.latRate[slot] = rate.lat;
    this.baseMs[slot] = frame.atMs;
    this.cogDeg[slot] = frame.cogDeg[i];
    this.headingDeg[slot] = frame.headingDeg[i];
    this.sogKn[slot] = frame.sogKn[i];
    this.ageS[slot] = frame.ageS[i];
    this.radiusM[slot] = frame.radiusM[i];
    this.kind[slot] = frame.kind[i];
    this.marks[slot] = frame.marks[i];
  }

  private grow(): void {
    const size = this.key.length * 2;
    const wider = <T extends Float64Array | Float32Array | Uint8Array>(old: T): T => {
      const fresh = new (old.constructor as new (n: number) => T)(size);
      fresh.set(old as never);
      return fresh;
    };
    this.key = wider(this.key);
    this.lonDeg = wider(this.lonDeg);
    this.latDeg = wider(this.latDeg);
    this.lonRate = wider(this.lonRate);
    this.latRate = wider(this.latRate);
    this.baseMs = wider(this.baseMs);
    this.cogDeg = wider(this.cogDeg);
    this.headingDeg = wider(this.headingDeg);
    this.sogKn = wider(this.sogKn);
    this.ageS = wider(this.ageS);
    this.radiusM = wider(this.radiusM);
    this.kind = wider(this.kind);
    this.marks = wider(this.marks);
  }
}
