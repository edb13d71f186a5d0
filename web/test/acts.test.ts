import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Delivery, Outbox, type PendingAct, randomUuid } from "../src/state/acts";
import { aCase } from "./parts/cases";

/** A storage as a browser's, in memory. */
class MemoryStorage {
  private readonly entries = new Map<string, string>();
  get length(): number {
    return this.entries.size;
  }
  key(i: number): string | null {
    return [...this.entries.keys()][i] ?? null;
  }
  getItem(name: string): string | null {
    return this.entries.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.entries.set(name, value);
  }
  removeItem(name: string): void {
    this.entries.delete(name);
  }
}

describe("the outbox", () => {
  let storage: MemoryStorage;
  let sent: PendingAct[];
  let answers: (Delivery | Error)[];
  let cases: string[];
  let refused: number[];

  const box = (): Outbox =>
    new Outbox({
      storage,
      deliver: async (act) => {
        sent.push(act);
        const answer = answers.shift() ?? "again";
        if (answer instanceof Error) throw answer;
        return answer;
      },
      onCase: (one) => cases.push(one.state),
      onRefused: (_, status) => refused.push(status),
      onChange: () => undefined,
    });

  beforeEach(() => {
    vi.useFakeTimers();
    storage = new MemoryStorage();
    sent = [];
    answers = [];
    cases = [];
    refused = [];
  });
  afterEach(() => vi.useRealTimers());

  it("sends the same act again until it is durable", async () => {
    answers = [new Error("no network"), "again", { case: aCase({ state: "active_acknowledged" }) }];
    const outbox = box();
    outbox.acknowledge("run-1", "c1", "Desk 1");
    expect(outbox.saving("c1")).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((act) => act.id)).size).toBe(1);
    expect(cases).toEqual(["active_acknowledged"]);
    expect(outbox.saving("c1")).toBe(false);
    expect(storage.length).toBe(0);
  });

  it("one act at a time for a case", async () => {
    const outbox = box();
    outbox.acknowledge("run-1", "c1", "Desk 1");
    outbox.acknowledge("run-1", "c1", "Desk 1");
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
  });

  it("a reload takes up what was under way, with the same id", async () => {
    box().acknowledge("run-1", "c1", "Desk 1");
    const id = sent[0].id;
    sent = [];
    answers = [{ case: aCase({ state: "active_acknowledged" }) }];
    const reloaded = box();
    reloaded.resume("run-1");
    expect(reloaded.saving("c1")).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent[0].id).toBe(id);
    expect(cases).toEqual(["active_acknowledged"]);
  });

  it("acts of a run that ended are dropped", async () => {
    box().acknowledge("run-1", "c1", "Desk 1");
    sent = [];
    const next = box();
    next.resume("run-2");
    await vi.advanceTimersByTimeAsync(10);
    expect(next.saving("c1")).toBe(false);
    expect(storage.length).toBe(0);
  });

  it("when a run ends in mid-act nothing more is sent", async () => {
    const outbox = box();
    outbox.acknowledge("run-1", "c1", "Desk 1");
    await vi.advanceTimersByTimeAsync(1);
    outbox.drop();
    sent = [];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
    expect(storage.length).toBe(0);
  });

  it("a refusal ends it and is told", async () => {
    answers = [{ refused: 404 }];
    const outbox = box();
    outbox.acknowledge("run-1", "c1", "Desk 1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refused).toEqual([404]);
    expect(sent).toHaveLength(1);
    expect(outbox.saving("c1")).toBe(false);
  });

  it("what another page wrote badly does not stop it", () => {
    storage.setItem("caribsis.act.x", "{");
    expect(() => box().resume("run-1")).not.toThrow();
  });
});

describe("randomUuid", () => {
  it("is a version 4 UUID and never the same", () => {
    const ids = Array.from({ length: 100 }, randomUuid);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(100);
  });
});
