import { describe, expect, it } from "vitest";
import {
  LOG_LINES,
  applyMessage,
  canAcknowledge,
  emptyDesk,
  groupOf,
  orderedCases,
  putCase,
  wantsAcknowledgement,
} from "../src/state/desk";
import { aCase, aNode, event, hello } from "./parts/cases";

describe("the desk folds the stream", () => {
  it("starts with the hello and goes on from its number", () => {
    const desk = emptyDesk();
    expect(applyMessage(desk, event(3, "case", aCase())).cases).toEqual([]);
    expect(desk.cases.size).toBe(0);
    applyMessage(desk, hello(10, { cases: [aCase()] }));
    expect(desk.seq).toBe(10);
    expect(desk.cases.get("c1")?.state).toBe("active_unacknowledged");
    const change = applyMessage(desk, event(12, "case", aCase({ id: "c2" })));
    expect(change.cases).toEqual(["c2"]);
    expect(desk.seq).toBe(12);
  });

  it("takes an event once, whatever is repeated after a resume", () => {
    const desk = emptyDesk();
    applyMessage(desk, hello(10));
    const events = [
      event(11, "case", aCase()),
      event(12, "act", { case_id: "c1", act: "acknowledge", desk: "A" }),
      event(13, "case", aCase({ state: "active_acknowledged", revision: 2 })),
    ];
    for (const one of events) applyMessage(desk, one);
    const before = structuredClone(desk);
    for (const one of [...events, events[0]]) applyMessage(desk, one);
    expect(desk).toEqual(before);
    expect(desk.log).toHaveLength(1);
    expect(desk.cases.get("c1")?.state).toBe("active_acknowledged");
  });

  it("folds to the same desk with and without a resume in the middle", () => {
    const events = Array.from({ length: 20 }, (_, i) =>
      event(11 + i, i % 3 === 0 ? "log" : "case", i % 3 === 0 ? { text: `${i}` } : aCase({ id: `c${i % 4}`, revision: i })),
    );
    const straight = emptyDesk();
    applyMessage(straight, hello(10));
    for (const one of events) applyMessage(straight, one);
    for (let cut = 1; cut < events.length; cut += 1) {
      const resumed = emptyDesk();
      applyMessage(resumed, hello(10));
      // The last two before the cut come twice.
      for (const one of [...events.slice(0, cut), ...events.slice(Math.max(0, cut - 2))]) {
        applyMessage(resumed, one);
      }
      expect(resumed).toEqual(straight);
    }
  });

  it("drops everything when a new run begins and waits for its hello", () => {
    const desk = emptyDesk();
    applyMessage(desk, hello(500, { cases: [aCase()] }));
    expect(applyMessage(desk, { id: null, event: "run", data: '{"run":"run-2"}' }).run).toBe(true);
    expect(desk.cases.size).toBe(0);
    expect(desk.awaitsHello).toBe(true);
    applyMessage(desk, event(501, "case", aCase()));
    expect(desk.cases.size).toBe(0);
    applyMessage(desk, hello(3, { node: aNode({ run: "run-2" }) }));
    expect(desk.seq).toBe(3);
    expect(applyMessage(desk, event(4, "case", aCase())).cases).toEqual(["c1"]);
  });

  it("a heartbeat renews clock and feeds and moves no number", () => {
    const desk = emptyDesk();
    applyMessage(desk, hello(10));
    const feed = { name: "f", state: "quiet" };
    applyMessage(desk, {
      id: null,
      event: "clock",
      data: JSON.stringify({ now: "2017-03-21T12:06:00Z", watermark: null, picture_version: 4, feeds: [feed] }),
    });
    expect(desk.seq).toBe(10);
    expect(desk.clock?.picture_version).toBe(4);
    expect(desk.feeds[0].state).toBe("quiet");
    applyMessage(desk, event(11, "feed", { name: "f", state: "down" }));
    expect(desk.feeds[0].state).toBe("down");
  });

  it("counts what it cannot read and goes on", () => {
    const desk = emptyDesk();
    applyMessage(desk, hello(10));
    applyMessage(desk, { id: "11", event: "case", data: "{" });
    applyMessage(desk, { id: null, event: "case", data: "{}" });
    expect(desk.unreadable).toBe(2);
    expect(applyMessage(desk, event(12, "case", aCase())).cases).toEqual(["c1"]);
  });

  it("keeps a bounded log", () => {
    const desk = emptyDesk();
    applyMessage(desk, hello(0));
    for (let i = 1; i <= LOG_LINES + 5; i += 1) applyMessage(desk, event(i, "log", { text: "x" }));
    expect(desk.log).toHaveLength(LOG_LINES);
    expect(desk.log.at(-1)?.seq).toBe(LOG_LINES + 5);
  });
});

describe("cases", () => {
  it("an older state never replaces a newer one", () => {
    const desk = emptyDesk();
    const acted = aCase({ revision: 2, acts: [{ act: "acknowledge", desk: "A", at: "", reason: "" }] });
    expect(putCase(desk, acted)).toBe(true);
    expect(putCase(desk, aCase({ revision: 1 }))).toBe(false);
    expect(putCase(desk, aCase({ revision: 2 }))).toBe(false);
    expect(putCase(desk, aCase({ revision: 3 }))).toBe(true);
  });

  it("stand in the order in which they must be handled", () => {
    const cases = [
      aCase({ id: "withdrawn", state: "withdrawn", priority: "A" }),
      aCase({ id: "filed", filed: true, priority: "A" }),
      aCase({ id: "acknowledged", state: "active_acknowledged" }),
      aCase({ id: "old", opened_at: "2017-03-21T10:00:00Z" }),
      aCase({ id: "new", opened_at: "2017-03-21T12:00:00Z" }),
      aCase({ id: "alarm", priority: "A", opened_at: "2017-03-21T09:00:00Z" }),
      aCase({ id: "caution", priority: "C" }),
    ];
    expect(orderedCases(cases).map((one) => one.id)).toEqual([
      "alarm",
      "new",
      "old",
      "acknowledged",
      "caution",
      "filed",
      "withdrawn",
    ]);
    expect(orderedCases([...cases].reverse())).toEqual(orderedCases(cases));
  });

  it("a caution asks for no acknowledgement but may have one", () => {
    const caution = aCase({ priority: "C" });
    expect(wantsAcknowledgement(caution)).toBe(false);
    expect(canAcknowledge(caution)).toBe(true);
    expect(groupOf(aCase({ state: "rectified_unacknowledged" }))).toBe("hand");
    expect(groupOf(aCase({ state: "normal" }))).toBe("closed");
  });
});
