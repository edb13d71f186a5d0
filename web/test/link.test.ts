import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Hub, type HubMessage } from "../src/wire/hub";
import { EventLink, SILENCE_MS } from "../src/wire/sse";
import type { WireMessage } from "../src/wire/types";
import { aCase, aNode, event, hello } from "./parts/cases";

/** A node's end of the stream, in place of the network. */
class FakeNode {
  readonly asked: { url: string; lastId: string | null }[] = [];
  private out: ReadableStreamDefaultController<Uint8Array> | null = null;
  refuse = false;

  fetch = (url: string, init: RequestInit): Promise<Response> => {
    this.asked.push({ url, lastId: new Headers(init.headers).get("Last-Event-ID") });
    if (this.refuse) return Promise.reject(new TypeError("refused"));
    const body = new ReadableStream<Uint8Array>({
      start: (out) => {
        this.out = out;
        init.signal?.addEventListener("abort", () => out.error(new Error("aborted")));
      },
    });
    return Promise.resolve(new Response(body, { status: 200 }));
  };

  say(message: WireMessage): void {
    const id = message.id === null ? "" : `id: ${message.id}\n`;
    this.out?.enqueue(new TextEncoder().encode(`${id}event: ${message.event}\ndata: ${message.data}\n\n`));
  }

  hangUp(): void {
    this.out?.close();
  }
}

let node: FakeNode;
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);

beforeEach(() => {
  vi.useFakeTimers();
  node = new FakeNode();
  vi.stubGlobal("fetch", node.fetch);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("EventLink", () => {
  it("resumes after the last event that it delivered, in the run that it was of", async () => {
    const got: (string | null)[] = [];
    const link = new EventLink({
      url: "/api/events",
      run: () => "run 1",
      onMessage: (message) => got.push(message.id),
      onState: () => undefined,
    });
    void link.run();
    await settle();
    node.say(hello(10));
    node.say(event(11, "case", aCase()));
    node.say({ id: null, event: "clock", data: "{}" });
    await settle();
    node.hangUp();
    await vi.advanceTimersByTimeAsync(1000);
    link.close();
    expect(got).toEqual(["10", "11", null]);
    expect(node.asked).toEqual([
      { url: "/api/events", lastId: null },
      { url: "/api/events?run=run%201", lastId: "11" },
    ]);
  });

  it("leaves a stream that says nothing for 15 s", async () => {
    const states: string[] = [];
    const link = new EventLink({
      url: "/api/events",
      run: () => "",
      onMessage: () => undefined,
      onState: (state) => states.push(state),
    });
    void link.run();
    await settle();
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 100);
    expect(node.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(node.asked).toHaveLength(2);
    expect(states).toEqual(["connecting", "open", "waiting", "connecting", "open"]);
    link.close();
  });

  it("keeps asking a node that is down, at most every 5 s", async () => {
    node.refuse = true;
    const link = new EventLink({ url: "/e", run: () => "", onMessage: () => undefined, onState: () => undefined });
    void link.run();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(node.asked.length).toBeGreaterThan(10);
    expect(node.asked.length).toBeLessThan(20);
    link.close();
  });
});

describe("the hub", () => {
  it("opens one stream for all and gives each newcomer the state as it stands", async () => {
    const hub = new Hub("/api/events");
    const first: HubMessage[] = [];
    const second: HubMessage[] = [];
    hub.join((said) => first.push(said));
    await settle();
    node.say(hello(10, { cases: [aCase()] }));
    node.say(event(11, "case", aCase({ id: "c2" })));
    await settle();
    hub.join((said) => second.push(structuredClone(said)));
    node.say(event(12, "case", aCase({ id: "c3" })));
    await settle();
    expect(node.asked).toHaveLength(1);
    expect(first.filter((said) => said.type === "message")).toHaveLength(3);
    const [snapshot, ...rest] = second;
    expect(snapshot.type === "snapshot" && [...snapshot.desk.cases.keys()]).toEqual(["c1", "c2"]);
    expect(snapshot.type === "snapshot" && snapshot.desk.seq).toBe(11);
    expect(rest.filter((said) => said.type === "message")).toHaveLength(1);
  });

  it("asks for a hello where a new run began without one", async () => {
    const hub = new Hub("/api/events");
    hub.join(() => undefined);
    await settle();
    node.say(hello(10));
    node.say(event(11, "run", { run: "run-2" }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(node.asked.at(-1)).toEqual({ url: "/api/events", lastId: null });
    node.say(hello(2, { node: aNode({ run: "run-2" }) }));
    await settle();
    const asked = node.asked.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(node.asked).toHaveLength(asked);
  });
});
