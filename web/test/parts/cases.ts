// Cases and hellos for the tests, as the node writes them.

import type { Case, Hello, NodeInfo, WireMessage } from "../../src/wire/types";

export function aCase(over: Partial<Case> = {}): Case {
  return {
    id: "c1",
    priority: "W",
    state: "active_unacknowledged",
    filed: false,
    mmsis: [219_500_000],
    keys: ["219500000"],
    kind: "silence",
    title: "DANMARK: silent",
    sentence: "DANMARK has not been heard for 27 min.",
    opened_at: "2017-03-21T12:04:40Z",
    updated_at: "2017-03-21T12:04:50Z",
    closed_at: null,
    lon_deg: -61.5,
    lat_deg: 15.57,
    finding_ids: ["f1"],
    terms: [["last heard in watched water", 3]],
    revision: 1,
    acts: [],
    ...over,
  };
}

export function aNode(over: Partial<NodeInfo> = {}): NodeInfo {
  return {
    name: "node",
    version: "0.1.0",
    run: "run-1",
    mode: "replay",
    banner: "REPLAY 2017-03-21",
    speed: 60,
    now: "2017-03-21T12:05:00Z",
    watermark: "2017-03-21T12:04:58Z",
    zone_version: "v1",
    cannot_see: ["Small boats carry no AIS."],
    time_zone: "America/Dominica",
    ...over,
  };
}

export function hello(seq: number, over: Partial<Hello> = {}): WireMessage {
  const body: Hello = { seq, node: aNode(), cases: [], feeds: [], ...over };
  return { id: String(seq), event: "hello", data: JSON.stringify(body) };
}

export function event(seq: number, kind: string, body: unknown): WireMessage {
  return { id: String(seq), event: kind, data: JSON.stringify(body) };
}
