import { describe, expect, it } from "vitest";
import {
  clockBanner,
  clockWords,
  furthestOf,
  lightOf,
  orderedStations,
  percent,
  problemWords,
  rosePath,
  scaleNmi,
  signedSpan,
  weekWords,
} from "../src/state/stations";
import { Store } from "../src/state/store";
import type { NodeClock, StationHealth } from "../src/wire/types";

const station = (name: string, ...problems: string[]): StationHealth => ({ station: name, feed: name, problems });
const clock = (offset_s: number, ships = 12, bases = 1, wrong = true): NodeClock => ({
  offset_s,
  error_s: 0.2,
  ships,
  bases,
  messages: 40,
  confidence: "high",
  wrong,
});

describe("lights", () => {
  it("silence is bad, anything else is a warning", () => {
    expect([station("a"), station("a", "clock"), station("a", "silent", "rate")].map(lightOf)).toEqual([
      "good",
      "warn",
      "bad",
    ]);
  });

  it("puts what wants an eye first, then goes by name and feed", () => {
    const rows = [station("d"), station("c", "rate"), station("b", "silent"), station("a"), { ...station("a"), feed: "0" }];
    expect(orderedStations(rows).map((row) => row.station + row.feed)).toEqual(["bb", "cc", "a0", "aa", "dd"]);
    expect(rows[0].station).toBe("d");
  });

  it("says every problem in words, and one it does not know by its code", () => {
    expect(problemWords(station("a", "silent", "jump"))).toBe("silent, its clock jumped");
    expect(problemWords(station("a", "odd"))).toBe("odd");
  });
});

describe("figures", () => {
  it("unknown is a dash, never a nought", () => {
    expect([percent(null), percent(undefined), percent(0), percent(0.0312)]).toEqual(["—", "—", "0.0 %", "3.1 %"]);
  });

  it("writes spans with their sign", () => {
    expect([signedSpan(7.24), signedSpan(-7), signedSpan(7200.1)]).toEqual(["+7.2 s", "−7.0 s", "+2 h 00 min"]);
  });

  it("says of a clock how far it is off, who says so, and whether that is sure", () => {
    const row = { ...station("a"), clock_offset_s: 7200.1, clock_error_s: 0.04, clock_ships: 0, clock_bases: 1 };
    expect(clockWords({ ...row, clock_confidence: "high" })).toBe("+2 h 00 min ± 0.0 s, 1 base station");
    expect(clockWords({ ...row, clock_ships: 2, clock_confidence: "low" })).toContain(
      "2 ships and 1 base station (not sure)",
    );
    expect(clockWords(station("a"))).toBe("nobody it hears states the time");
  });

  it("compares with last week only where that is known", () => {
    expect(weekWords(station("a"))).toBe("that hour is not known");
    expect(weekWords({ ...station("a"), week_ago_messages: 200, last_hour_messages: 50 })).toContain("25 %");
    expect(weekWords({ ...station("a"), week_ago_messages: 0, last_hour_messages: 50 })).toContain("none");
  });
});

describe("the banner of the node's clock", () => {
  it("says how far, which way and who says so", () => {
    expect(clockBanner(clock(7.2))).toBe(
      "This machine's clock differs by 7 s (it is ahead) from what 12 ships and 1 base station say",
    );
    expect(clockBanner(clock(-3600, 1, 0))).toContain("1 h 00 min (it is behind) from what 1 ship says");
    expect(clockBanner(clock(7, 0, 0))).toContain("0 ships");
  });

  it("is empty while the clock is right or not known", () => {
    expect([clockBanner(null), clockBanner(undefined), clockBanner(clock(1, 3, 0, false))]).toEqual(["", "", ""]);
  });
});

describe("the rose", () => {
  it("finds the sector heard furthest", () => {
    const sectors = new Array<number | null>(36).fill(null);
    expect(furthestOf(sectors)).toBeNull();
    sectors[3] = 1000;
    sectors[9] = 40_000;
    expect(furthestOf(sectors)).toEqual({ m: 40_000, deg: 95 });
  });

  it("has a round scale at or beyond the furthest", () => {
    expect([0.5, 1, 1.1, 4.9, 12, 21, 57, 100.1].map((nmi) => scaleNmi(nmi * 1852))).toEqual([
      1, 1, 2, 5, 20, 50, 100, 200,
    ]);
  });

  it("draws a wedge for each sector that heard, from north round by east", () => {
    const sectors: (number | null)[] = [100, null, 0, 50];
    const path = rosePath(sectors, 100, 10);
    expect(path.match(/M0 0/g)).toHaveLength(2);
    expect(path.startsWith("M0 0L0.0 -10.0A10.0 10.0 0 0 1 10.0 -0.0Z")).toBe(true);
    expect(path).toContain("L-5.0 0.0A5.0 5.0");
    expect(rosePath([500], 100, 10)).toContain("A10.0 10.0");
  });
});

it("the store tells of stations, and forgets them with their run", () => {
  const store = new Store(() => 0);
  let told = 0;
  store.on("stations", () => (told += 1));
  store.takeStations({ at: null, node_clock: null, stations: [station("a")] });
  expect(told).toBe(1);
  expect(store.stations?.stations).toHaveLength(1);
  store.takeHub({ type: "message", message: { id: "9", event: "run", data: JSON.stringify({ run: "2" }) } });
  expect(store.stations).toBeNull();
});
