import { describe, expect, it } from "vitest";
import {
  evidenceRows,
  formatCourse,
  formatDate,
  formatDistance,
  formatInstant,
  formatLat,
  formatLon,
  formatPosition,
  formatSpan,
  formatSpeed,
  formatTime,
  wordsOfKey,
} from "../src/format";

describe("positions", () => {
  it("are degrees and decimal minutes", () => {
    expect(formatLat(15.305)).toBe("15°18.300'N");
    expect(formatLat(-0.5)).toBe("00°30.000'S");
    expect(formatLon(-61.3933333)).toBe("061°23.600'W");
    expect(formatPosition(-61.504378, 15.575378)).toBe("15°34.523'N 061°30.263'W");
  });

  it("never show sixty minutes or a signed zero", () => {
    expect(formatLat(15.9999999)).toBe("16°00.000'N");
    expect(formatLat(-0.0000001)).toBe("00°00.000'N");
    expect(formatLon(-179.9999999)).toBe("180°00.000'W");
  });

  it("bring longitude home", () => {
    expect(formatLon(298.6066667)).toBe(formatLon(-61.3933333));
  });

  it("say when they are not known", () => {
    expect(formatPosition(NaN, 15)).toBe("not available");
  });
});

describe("figures", () => {
  it("spans", () => {
    expect([0, 59.4, 60, 3599, 3900, 90_000].map(formatSpan)).toEqual([
      "0 s",
      "59 s",
      "1 min",
      "59 min",
      "1 h 05 min",
      "1 d 1 h",
    ]);
    expect(formatSpan(NaN)).toBe("not available");
    expect(formatSpan(-3)).toBe("0 s");
  });

  it("courses have three figures and no 360", () => {
    expect([0, 7.4, 359.6].map(formatCourse)).toEqual(["000°", "007°", "000°"]);
    expect(formatCourse(NaN)).toBe("not available");
    expect(formatCourse(null)).toBe("not available");
  });

  it("speeds and distances", () => {
    expect(formatSpeed(4.84)).toBe("4.8 kn");
    expect(formatSpeed(NaN)).toBe("not available");
    expect([12, 999, 1234, 1852, 18_520].map(formatDistance)).toEqual([
      "12 m",
      "999 m",
      "1230 m",
      "1.0 nmi",
      "10.0 nmi",
    ]);
  });

  it("times in UTC and in the node's zone", () => {
    const ms = Date.parse("2017-03-21T05:51:19Z");
    expect(formatTime(ms)).toBe("05:51:19");
    expect(formatTime(ms, "America/Dominica")).toBe("01:51:19");
    expect(formatDate(Date.parse("2017-03-21T02:00:00Z"), "America/Dominica")).toBe("2017-03-20");
    expect(formatTime(ms, "Nowhere/Else")).toBe("05:51:19");
    expect(formatTime(NaN)).toBe("--:--:--");
    expect(formatInstant("2017-03-21T00:00:00Z")).toBe("2017-03-21 00:00:00 Z");
    expect(formatInstant(null)).toBe("not available");
  });
});

describe("evidence", () => {
  it("wears its units and opens what is nested", () => {
    expect(
      evidenceRows({
        last_sog_kn: 4.8,
        threshold_s: 799.261,
        station_interval_s: 1.12,
        near_nmi: 10,
        last_heard_at: "2017-03-21T11:38:02Z",
        in_place: null,
        others_heard: 11,
        thresholds: { floor_s: 600, habit_factor: 3 },
        not_known: ["a", "b"],
        terrain: true,
        last_lat_deg: 15.575378,
        history_since: "2017-03-21T05:51:56Z",
      }),
    ).toEqual([
      ["Last SOG", "4.8 kn"],
      ["Threshold", "13 min"],
      ["Station interval", "1.12 s"],
      ["Near", "10 nmi"],
      ["Last heard", "2017-03-21 11:38:02 Z"],
      ["In place", "—"],
      ["Others heard", "11"],
      ["Thresholds: floor", "10 min"],
      ["Thresholds: habit factor", "3"],
      ["Not known", "a, b"],
      ["Terrain", "yes"],
      ["Last lat", "15.57538°"],
      ["History since", "2017-03-21 05:51:56 Z"],
    ]);
  });

  it("cuts long lists and says how long they are", () => {
    expect(evidenceRows({ ids: [1, 2, 3, 4, 5, 6, 7, 8] })).toEqual([["Ids", "1, 2, 3, 4, 5, 6, … (8)"]]);
  });

  it("names keys in words", () => {
    expect(wordsOfKey("silence_listening_s")).toBe("Silence listening");
    expect(wordsOfKey("_s")).toBe("_s");
  });
});
