// The JSON that the node sends, as web/WIRE.md has it. Units are in the names; times are ISO 8601 UTC.

export type Priority = "E" | "A" | "W" | "C" | "L";

export type CaseState =
  | "active_unacknowledged"
  | "active_silenced"
  | "active_acknowledged"
  | "responsibility_transferred"
  | "rectified_unacknowledged"
  | "normal"
  | "suspended"
  | "false"
  | "withdrawn";

export interface CaseAct {
  act: string;
  desk: string;
  at: string;
  reason: string;
}

export interface Case {
  id: string;
  priority: Priority;
  state: CaseState;
  filed: boolean;
  mmsis: number[];
  keys: string[];
  kind: string;
  title: string;
  sentence: string;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
  lon_deg: number | null;
  lat_deg: number | null;
  finding_ids: string[];
  terms: [string, number][];
  revision: number;
  acts: CaseAct[];
}

export type FeedState = "live" | "quiet" | "down" | "ended";

export interface Feed {
  name: string;
  station: string;
  state: FeedState;
  last_heard: string | null;
  age_s: number | null;
  lines_per_min: number;
  hold_s: number;
  lines: number;
  decoded: number;
  rejected: number;
  pending: number;
}

/** The node's own clock against the UTC that ships and base stations state. */
export interface NodeClock {
  offset_s: number;
  error_s: number;
  ships: number;
  bases: number;
  messages: number;
  confidence: string;
  wrong: boolean;
}

/** A station over a feed; a feed that heard nothing yet has only its names and problems. */
export interface StationHealth {
  station: string;
  feed: string;
  problems: string[];
  last_heard?: string | null;
  messages?: number;
  messages_10min?: number;
  messages_60min?: number;
  last_hour_messages?: number;
  week_ago_messages?: number | null;
  duplicate_share?: number | null;
  unique_share?: number | null;
  reject_share?: number | null;
  level_db?: number | null;
  offset_ppm?: number | null;
  reconnects?: number;
  clock_offset_s?: number | null;
  clock_error_s?: number | null;
  clock_ships?: number | null;
  clock_bases?: number | null;
  clock_confidence?: string;
  furthest_m?: (number | null)[];
}

export interface StationsAnswer {
  at: string | null;
  node_clock: NodeClock | null;
  stations: StationHealth[];
}

export interface NodeInfo {
  name: string;
  version: string;
  run: string | number;
  mode: "live" | "replay" | "simulated";
  banner: string;
  speed: number;
  now: string;
  watermark: string | null;
  zone_version: string;
  cannot_see: string[];
  time_zone: string;
}

export interface Hello {
  seq: number;
  node: NodeInfo;
  cases: Case[];
  feeds: Feed[];
}

export interface ClockBeat {
  now: string;
  watermark: string | null;
  picture_version: number;
  feeds: Feed[];
}

export interface VesselInfo {
  name: string | null;
  callsign: string | null;
  imo: number | null;
  ship_type: number | null;
  ship_type_text: string | null;
  class: string | null;
  flag_claim: string | null;
  length_m: number | null;
  beam_m: number | null;
  draught_m: number | null;
  destination: string | null;
  hulls?: number | null;
}

export interface ZoneAnswer {
  id: string;
  name: string;
  kind: string;
  family: string;
  claimants: string[];
  status: string;
  basis: string;
  accuracy_m: number | null;
  p_inside: number;
  own: boolean;
}

export interface VesselCard extends VesselInfo {
  last_report: {
    at: string;
    lon_deg: number | null;
    lat_deg: number | null;
    sog_kn: number | null;
    cog_deg: number | null;
    heading_deg: number | null;
    nav_status_text: string | null;
    station: string | null;
  } | null;
  now: { lon_deg: number; lat_deg: number; radius_m: number } | null;
  zones: ZoneAnswer[];
  zones_text: string;
  nearest_port: string | null;
  claims: { what: string; value: unknown; since: string | null }[];
  conflicts: string[];
}

export interface Finding {
  id: string;
  kind: string;
  summary: string;
  status: string;
  probability: number | null;
  evidence: Record<string, unknown>;
  detector?: string;
  detector_version?: string;
  reason?: string;
}

export interface Located {
  text: string;
  zones: ZoneAnswer[];
}

/** One server-sent event, its data still as text. `id` is null where the event carries none. */
export interface WireMessage {
  id: string | null;
  event: string;
  data: string;
}

/** How the stream stands, as this browser sees it. */
export type LinkState = "connecting" | "open" | "waiting";
