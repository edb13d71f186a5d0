// Figures as a watchkeeper writes them. Pure functions; words come from strings.ts.

import { S } from "./strings";

const U = S.units;

/** 15°18.300'N: degrees and decimal minutes, the minutes never 60. */
function angle(value: number, digits: number, positive: string, negative: string): string {
  const thousandths = Math.round(Math.abs(value) * 60_000);
  const degrees = Math.floor(thousandths / 60_000);
  const minutes = (thousandths - degrees * 60_000) / 1000;
  const sign = value < 0 && thousandths > 0 ? negative : positive;
  const whole = String(degrees).padStart(digits, "0");
  return `${whole}°${minutes.toFixed(3).padStart(6, "0")}'${sign}`;
}

export function formatLat(latDeg: number): string {
  return angle(latDeg, 2, "N", "S");
}

export function formatLon(lonDeg: number): string {
  const wrapped = ((((lonDeg + 180) % 360) + 360) % 360) - 180;
  return angle(wrapped, 3, "E", "W");
}

export function formatPosition(lonDeg: number, latDeg: number): string {
  if (!Number.isFinite(lonDeg) || !Number.isFinite(latDeg)) return S.unknown;
  return `${formatLat(latDeg)} ${formatLon(lonDeg)}`;
}

/** A span as one or two units: 45 s, 12 min, 3 h 05 min, 2 d 4 h. */
export function formatSpan(seconds: number): string {
  if (!Number.isFinite(seconds)) return S.unknown;
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} ${U.s}`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} ${U.min}`;
  const h = Math.floor(min / 60);
  if (h < 24) return `${h} ${U.h} ${String(min % 60).padStart(2, "0")} ${U.min}`;
  return `${Math.floor(h / 24)} ${U.d} ${h % 24} ${U.h}`;
}

export function formatSpeed(sogKn: number | null | undefined): string {
  if (sogKn === null || sogKn === undefined || Number.isNaN(sogKn)) return S.unknown;
  return `${sogKn.toFixed(1)} ${U.kn}`;
}

/** 007°: three figures, true. */
export function formatCourse(deg: number | null | undefined): string {
  if (deg === null || deg === undefined || Number.isNaN(deg)) return S.unknown;
  return `${String(Math.round(deg) % 360).padStart(3, "0")}°`;
}

/** A length or distance: metres below one nautical mile, nautical miles from there. */
export function formatDistance(metres: number | null | undefined): string {
  if (metres === null || metres === undefined || !Number.isFinite(metres)) return S.unknown;
  if (metres < 1000) return `${Math.round(metres)} ${U.m}`;
  if (metres < 1852) return `${Math.round(metres / 10) * 10} ${U.m}`;
  return `${(metres / 1852).toFixed(1)} ${U.nmi}`;
}

function parts(ms: number, timeZone: string): Record<string, string> {
  const format = formatterFor(timeZone);
  return Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, p.value]));
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  let format = formatters.get(timeZone);
  if (format === undefined) {
    const options: Intl.DateTimeFormatOptions = {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    };
    try {
      format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
    } catch {
      // A zone that this browser does not know: UTC is always right, and labelled so by the caller.
      format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
    formatters.set(timeZone, format);
  }
  return format;
}

export function isKnownZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** 05:51:19 in a time zone. */
export function formatTime(ms: number, timeZone = "UTC"): string {
  if (!Number.isFinite(ms)) return "--:--:--";
  const p = parts(ms, timeZone);
  return `${p.hour}:${p.minute}:${p.second}`;
}

/** 2017-03-21 in a time zone. */
export function formatDate(ms: number, timeZone = "UTC"): string {
  if (!Number.isFinite(ms)) return "";
  const p = parts(ms, timeZone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** 2017-03-21 05:51:19 Z. */
export function formatInstant(iso: string | null | undefined): string {
  const ms = iso ? Date.parse(iso) : NaN;
  return Number.isFinite(ms) ? `${formatDate(ms)} ${formatTime(ms)} Z` : S.unknown;
}

// -- evidence -----------------------------------------------------------------------------------

const UNIT_OF_SUFFIX: [RegExp, (value: number) => string][] = [
  [/_kn$/, (v) => `${round(v)} ${U.kn}`],
  [/_nmi$/, (v) => `${round(v)} ${U.nmi}`],
  [/_km$/, (v) => `${round(v)} ${U.km}`],
  [/_m$/, (v) => `${round(v)} ${U.m}`],
  [/(lat|lon)_deg$/, (v) => `${v.toFixed(5)}${U.deg}`],
  [/_deg$/, (v) => `${round(v)}${U.deg}`],
  [/_s$/, (v) => (Math.abs(v) < 60 ? `${round(v)} ${U.s}` : formatSpan(v))],
  [/_min$/, (v) => `${round(v)} ${U.min}`],
  [/_h$/, (v) => `${round(v)} ${U.h}`],
];

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}

const ABBREVIATIONS = /\b(ais|cog|eez|imo|mmsi|sog|utc)\b/gi;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** A key without its unit and its underscores, as words. */
export function wordsOfKey(key: string): string {
  const bare = key
    .replace(/_(kn|nmi|km|m|deg|s|min|h|at_us|at)$/, "")
    .replace(/_/g, " ")
    .trim()
    .replace(ABBREVIATIONS, (word) => word.toUpperCase());
  return bare === "" ? key : bare.charAt(0).toUpperCase() + bare.slice(1);
}

function lowerFirst(text: string): string {
  return /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

function valueText(key: string, value: unknown): string {
  if (value === null || value === undefined) return S.noValue;
  if (typeof value === "boolean") return value ? S.yes : S.no;
  if (typeof value === "number") {
    if (/_at_us$/.test(key)) return formatInstant(new Date(value / 1000).toISOString());
    for (const [suffix, text] of UNIT_OF_SUFFIX) if (suffix.test(key)) return text(value);
    return Number.isInteger(value) ? String(value) : round(value);
  }
  if (typeof value === "string") return ISO.test(value) ? formatInstant(value) : value;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 6).map((one) => valueText(key, one));
    if (value.length > shown.length) shown.push(`… (${value.length})`);
    return shown.length === 0 ? S.noValue : shown.join(", ");
  }
  return JSON.stringify(value);
}

/** Evidence as rows of words and values; nested objects become rows of their own. */
export function evidenceRows(evidence: Record<string, unknown>, prefix = ""): [string, string][] {
  const rows: [string, string][] = [];
  for (const [key, value] of Object.entries(evidence)) {
    const label = prefix === "" ? wordsOfKey(key) : `${prefix}: ${lowerFirst(wordsOfKey(key))}`;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      rows.push(...evidenceRows(value as Record<string, unknown>, label));
    } else {
      rows.push([label, valueText(key, value)]);
    }
  }
  return rows;
}
