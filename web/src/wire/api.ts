// The JSON questions that the page asks its node. Always its own origin.

import type { Delivery, PendingAct } from "../state/acts";
import type { Case, Finding, Located, StationsAnswer, VesselCard, VesselInfo } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    path: string,
  ) {
    super(`${path}: status ${status}`);
  }
}

const PATIENCE_MS = 10_000;

/** What the node may have to make first: outlines of all zones, trails of all ships. */
const LONG_PATIENCE_MS = 120_000;

async function getJson<T>(path: string, signal?: AbortSignal, patienceMs = PATIENCE_MS): Promise<T> {
  const patience = AbortSignal.timeout(patienceMs);
  const answer = await fetch(path, {
    cache: "no-store",
    signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
  });
  if (!answer.ok) throw new ApiError(answer.status, path);
  return (await answer.json()) as T;
}

const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

/** Does what the page cannot be without again and again until it succeeds. */
export async function untilDone(task: () => Promise<void>): Promise<void> {
  for (let waitMs = RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
    try {
      await task();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

export function fetchVessels(): Promise<{ vessels: Record<string, VesselInfo> }> {
  return getJson("/api/vessels");
}

export function fetchCard(key: number): Promise<VesselCard> {
  return getJson(`/api/vessels/${key}`);
}

export function fetchTrails(minutes: number): Promise<{
  trails: Record<string, [number, number, number][]>;
}> {
  return getJson(`/api/trails?minutes=${minutes}`, undefined, LONG_PATIENCE_MS);
}

export function fetchCase(id: string): Promise<{ case: Case; findings: Finding[]; first_look: string[] }> {
  return getJson(`/api/cases/${encodeURIComponent(id)}`);
}

export function fetchStations(): Promise<StationsAnswer> {
  return getJson("/api/stations");
}

export function fetchZones(): Promise<unknown> {
  return getJson("/api/zones.geojson", undefined, LONG_PATIENCE_MS);
}

export function fetchLocated(lonDeg: number, latDeg: number, signal: AbortSignal): Promise<Located> {
  return getJson(`/api/zones/at?lon=${lonDeg.toFixed(4)}&lat=${latDeg.toFixed(4)}`, signal);
}

/** Files under the page's own folder: the coast. */
export function fetchPageFile<T>(name: string): Promise<T> {
  return fetch(`/page/${name}`, { signal: AbortSignal.timeout(PATIENCE_MS) }).then((answer) => {
    if (!answer.ok) throw new ApiError(answer.status, name);
    return answer.json() as Promise<T>;
  });
}

/** Sends an act. A refusal is final; no answer or a failing node means: again, with the same id. */
export async function deliverAct(act: PendingAct): Promise<Delivery> {
  const answer = await fetch(`/api/cases/${encodeURIComponent(act.caseId)}/acts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id: act.id, act: act.act, desk: act.desk }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.ok) return { case: ((await answer.json()) as { case: Case }).case };
  const final = answer.status >= 400 && answer.status < 500 && ![408, 425, 429].includes(answer.status);
  return final ? { refused: answer.status } : "again";
}
