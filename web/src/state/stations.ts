// What the node says of its stations, made ready to be shown. Pure functions; words in strings.ts.

import { formatSpan } from "../format";
import { S } from "../strings";
import type { NodeClock, StationHealth } from "../wire/types";

export type StationLight = "good" | "warn" | "bad";

/** Silent is bad; anything else to look at is a warning. */
export function lightOf(row: StationHealth): StationLight {
  if (row.problems.includes("silent") || row.problems.includes("unheard")) return "bad";
  return row.problems.length > 0 ? "warn" : "good";
}

/** The stations that want an eye first, then by name. */
export function orderedStations(rows: StationHealth[]): StationHealth[] {
  const rank = { bad: 0, warn: 1, good: 2 };
  return [...rows].sort(
    (a, b) =>
      rank[lightOf(a)] - rank[lightOf(b)] || a.station.localeCompare(b.station) || a.feed.localeCompare(b.feed),
  );
}

export function problemWords(row: StationHealth): string {
  return row.problems.map((code) => S.stationProblem[code] ?? code).join(", ");
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? S.noValue : `${(share * 100).toFixed(1)} %`;
}

/** +7.2 s, −3 min, +2 h 00 min: seconds with a decimal, longer spans in words. */
export function signedSpan(seconds: number): string {
  const sign = seconds < 0 ? "−" : "+";
  const size = Math.abs(seconds);
  return sign + (size < 60 ? `${size.toFixed(1)} ${S.units.s}` : formatSpan(size));
}

/** The clock's offset with its error and how sure it is. */
export function clockWords(row: StationHealth): string {
  if (row.clock_offset_s === null || row.clock_offset_s === undefined) return S.clockUntold;
  const error = (row.clock_error_s ?? 0).toFixed(1);
  const by = S.clockBy(row.clock_ships ?? 0, row.clock_bases ?? 0);
  const words = `${signedSpan(row.clock_offset_s)} ± ${error} ${S.units.s}, ${by}`;
  return row.clock_confidence === "high" ? words : `${words} (${S.clockUnsure})`;
}

/** This hour against the same one last week. */
export function weekWords(row: StationHealth): string {
  const before = row.week_ago_messages;
  if (before === null || before === undefined) return S.weekUnknown;
  return S.weekCompared(row.last_hour_messages ?? 0, before);
}

/** What the page says across its width while the node's clock is wrong; empty while it is right. */
export function clockBanner(clock: NodeClock | null | undefined): string {
  if (!clock?.wrong) return "";
  const size = Math.abs(clock.offset_s);
  const span = size < 60 ? `${Math.round(size)} ${S.units.s}` : formatSpan(size);
  const by = S.clockBy(clock.ships, clock.bases);
  return S.clockBanner(span, clock.offset_s > 0, by, clock.ships + clock.bases === 1);
}

/** The sector heard furthest: metres and the bearing of its middle; null where none is known. */
export function furthestOf(sectors: (number | null)[]): { m: number; deg: number } | null {
  let best = -1;
  sectors.forEach((m, at) => {
    if (m !== null && (best < 0 || m > (sectors[best] ?? 0))) best = at;
  });
  const m = best < 0 ? null : sectors[best];
  return m === null ? null : { m, deg: ((best + 0.5) * 360) / sectors.length };
}

/** A round figure of nautical miles at or beyond a range: 5, 10, 20, 50, 100 … */
export function scaleNmi(metres: number): number {
  const nmi = metres / 1852;
  for (let ten = 1; ; ten *= 10) for (const step of [1, 2, 5]) if (step * ten >= nmi) return step * ten;
}

/** The rose as one SVG path about (0, 0), north up: a wedge a sector, as long as it heard. */
export function rosePath(sectors: (number | null)[], fullM: number, radiusPx: number): string {
  const width = 360 / sectors.length;
  const at = (deg: number, r: number): string => {
    const a = (deg * Math.PI) / 180;
    return `${(r * Math.sin(a)).toFixed(1)} ${(-r * Math.cos(a)).toFixed(1)}`;
  };
  return sectors
    .map((m, i) => {
      if (m === null || m <= 0) return "";
      const r = (Math.min(m, fullM) / fullM) * radiusPx;
      return `M0 0L${at(i * width, r)}A${r.toFixed(1)} ${r.toFixed(1)} 0 0 1 ${at((i + 1) * width, r)}Z`;
    })
    .join("");
}
