// Acts on their way to the node: kept in the browser until the node says they are durable.

import type { Case } from "../wire/types";

export interface PendingAct {
  id: string;
  run: string;
  caseId: string;
  act: "acknowledge";
  desk: string;
}

/** What the node answered: the case as it now stands, a refusal, or nothing (try again). */
export type Delivery = { case: Case } | { refused: number } | "again";

export interface OutboxOptions {
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
  deliver: (act: PendingAct) => Promise<Delivery>;
  onCase: (one: Case) => void;
  onRefused: (act: PendingAct, status: number) => void;
  onChange: () => void;
  newId?: () => string;
}

/** One entry an act, so that tabs do not write over each other. */
const PREFIX = "caribsis.act.";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/** A fresh act's id, also where the page is not a secure context. */
export function randomUuid(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}

/** Sends each act again with the same id until it is confirmed: the node takes it once. */
export class Outbox {
  private readonly pending = new Map<string, PendingAct>();

  constructor(private readonly options: OutboxOptions) {}

  /** Takes up acts that an earlier page of this run left behind. */
  resume(run: string): void {
    for (const act of this.stored()) {
      if (act.run !== run) this.forget(act.id);
      else if (!this.pending.has(act.id)) this.start(act);
    }
  }

  acknowledge(run: string, caseId: string, desk: string): void {
    if (this.saving(caseId)) return;
    const id = (this.options.newId ?? randomUuid)();
    const act: PendingAct = { id, run, caseId, act: "acknowledge", desk };
    this.keep(act);
    this.start(act);
  }

  /** Whether an act on this case is still under way. */
  saving(caseId: string): boolean {
    for (const act of this.pending.values()) if (act.caseId === caseId) return true;
    return false;
  }

  /** A new run: acts on the old one's cases have no object any more. */
  drop(): void {
    for (const id of this.pending.keys()) this.forget(id);
    this.pending.clear();
  }

  private start(act: PendingAct): void {
    this.pending.set(act.id, act);
    this.options.onChange();
    void this.send(act);
  }

  private async send(act: PendingAct): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (this.pending.has(act.id)) {
      let answer: Delivery;
      try {
        answer = await this.options.deliver(act);
      } catch {
        answer = "again";
      }
      if (!this.pending.has(act.id)) return;
      if (answer !== "again") {
        this.pending.delete(act.id);
        this.forget(act.id);
        if ("case" in answer) this.options.onCase(answer.case);
        else this.options.onRefused(act, answer.refused);
        this.options.onChange();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  private stored(): PendingAct[] {
    const { storage } = this.options;
    const out: PendingAct[] = [];
    try {
      for (let i = 0; i < storage.length; i += 1) {
        const name = storage.key(i);
        if (name?.startsWith(PREFIX)) out.push(JSON.parse(storage.getItem(name) ?? "") as PendingAct);
      }
    } catch {
      // What cannot be read was not written by us: acts that can be are still taken up.
    }
    return out;
  }

  private keep(act: PendingAct): void {
    try {
      this.options.storage.setItem(PREFIX + act.id, JSON.stringify(act));
    } catch {
      // No room or no permission: the act is still under way, only a reload would forget it.
    }
  }

  private forget(id: string): void {
    try {
      this.options.storage.removeItem(PREFIX + id);
    } catch {
      // As above: the node takes a repeated act once.
    }
  }
}
