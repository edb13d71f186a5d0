// What the event stream says, folded into one state. The hub and every page fold with this one
// function, so that no two of them can differ.

import type { Case, ClockBeat, Feed, Hello, NodeInfo, WireMessage } from "../wire/types";

export interface LogLine {
  seq: number;
  kind: string;
  body: Record<string, unknown>;
}

export interface Desk {
  /** The newest event folded in; −1 before the first hello and after a new run began. */
  seq: number;
  awaitsHello: boolean;
  node: NodeInfo | null;
  cases: Map<string, Case>;
  feeds: Feed[];
  /** The newest last, at most `LOG_LINES`. */
  log: LogLine[];
  clock: ClockBeat | null;
  /** Messages that could not be read. */
  unreadable: number;
}

/** Which parts a message changed. */
export interface DeskChange {
  hello: boolean;
  run: boolean;
  clock: boolean;
  feeds: boolean;
  log: boolean;
  /** Ids of the cases that changed. */
  cases: string[];
}

export const LOG_LINES = 200;

export function emptyDesk(): Desk {
  return {
    seq: -1,
    awaitsHello: true,
    node: null,
    cases: new Map(),
    feeds: [],
    log: [],
    clock: null,
    unreadable: 0,
  };
}

function noChange(): DeskChange {
  return { hello: false, run: false, clock: false, feeds: false, log: false, cases: [] };
}

/** Folds one message into the desk, in place. An event seen before changes nothing. */
export function applyMessage(desk: Desk, message: WireMessage): DeskChange {
  const change = noChange();
  let body: unknown;
  try {
    body = JSON.parse(message.data);
  } catch {
    desk.unreadable += 1;
    return change;
  }
  if (message.event === "hello") {
    takeHello(desk, body as Hello);
    change.hello = true;
    return change;
  }
  if (message.event === "clock") {
    desk.clock = body as ClockBeat;
    desk.feeds = desk.clock.feeds ?? desk.feeds;
    change.clock = true;
    change.feeds = true;
    return change;
  }
  if (message.event === "run") {
    // A fresh recording loop: nothing of the old run may be shown as of the new one.
    Object.assign(desk, emptyDesk(), { node: desk.node, unreadable: desk.unreadable });
    change.run = true;
    return change;
  }
  const seq = message.id === null ? NaN : Number(message.id);
  if (!Number.isFinite(seq)) {
    desk.unreadable += 1;
    return change;
  }
  if (desk.awaitsHello || seq <= desk.seq) return change;
  desk.seq = seq;
  takeEvent(desk, seq, message.event, body as Record<string, unknown>, change);
  return change;
}

function takeHello(desk: Desk, hello: Hello): void {
  desk.seq = hello.seq;
  desk.awaitsHello = false;
  desk.node = hello.node;
  desk.cases = new Map(hello.cases.map((one) => [one.id, one]));
  desk.feeds = hello.feeds;
  desk.log = [];
  desk.clock = null;
}

function takeEvent(
  desk: Desk,
  seq: number,
  kind: string,
  body: Record<string, unknown>,
  change: DeskChange,
): void {
  if (kind === "case") {
    const one = body as unknown as Case;
    if (putCase(desk, one)) change.cases.push(one.id);
    return;
  }
  if (kind === "feed") {
    const feed = body as unknown as Feed;
    const at = desk.feeds.findIndex((one) => one.name === feed.name);
    if (at >= 0) desk.feeds = desk.feeds.with(at, { ...desk.feeds[at], ...feed } as Feed);
    change.feeds = true;
  }
  desk.log.push({ seq, kind, body });
  if (desk.log.length > LOG_LINES) desk.log.splice(0, desk.log.length - LOG_LINES);
  change.log = true;
}

/** Takes a case unless what we hold is newer (an answer to our own act may outrun the stream). */
export function putCase(desk: Desk, incoming: Case): boolean {
  const held = desk.cases.get(incoming.id);
  if (held !== undefined) {
    if (incoming.revision < held.revision) return false;
    if (incoming.revision === held.revision && incoming.acts.length < held.acts.length) return false;
  }
  desk.cases.set(incoming.id, incoming);
  return true;
}

const WANTS_HAND = new Set(["active_unacknowledged", "rectified_unacknowledged"]);
const CLOSED = new Set(["normal", "false", "withdrawn"]);
const RANK: Record<string, number> = { E: 0, A: 1, W: 2, C: 3, L: 4 };

export type CaseGroup = "hand" | "open" | "filed" | "closed";
export const CASE_GROUPS: readonly CaseGroup[] = ["hand", "open", "filed", "closed"];

export function canAcknowledge(one: Case): boolean {
  return WANTS_HAND.has(one.state);
}

/** A caution needs no acknowledgement (IEC 62923), though it may have one; a log entry neither. */
export function wantsAcknowledgement(one: Case): boolean {
  return canAcknowledge(one) && one.priority !== "C" && one.priority !== "L";
}

export function isClosed(one: Case): boolean {
  return CLOSED.has(one.state);
}

export function groupOf(one: Case): CaseGroup {
  if (isClosed(one)) return "closed";
  if (one.filed) return "filed";
  return wantsAcknowledgement(one) ? "hand" : "open";
}

/** All cases as the list shows them: group, then priority, then the newest first. */
export function orderedCases(cases: Iterable<Case>): Case[] {
  const keyed = Array.from(cases, (one) => ({
    one,
    group: CASE_GROUPS.indexOf(groupOf(one)),
    rank: RANK[one.priority] ?? 9,
    at: Date.parse(one.opened_at),
  }));
  keyed.sort(
    (a, b) => a.group - b.group || a.rank - b.rank || b.at - a.at || (a.one.id < b.one.id ? -1 : 1),
  );
  return keyed.map((entry) => entry.one);
}
