import { beforeEach, describe, expect, it } from "vitest";
import { Store } from "../src/state/store";
import { decodeFrame } from "../src/wire/frame";
import { aCase, aNode, event, hello } from "./parts/cases";
import { frameBytes } from "./parts/frame-bytes";

const T0 = Date.parse("2017-03-21T12:05:00Z");
let steady = 0;
let store: Store;
const say = (message: ReturnType<typeof hello>): void => store.takeHub({ type: "message", message });

beforeEach(() => {
  steady = 1000;
  store = new Store(() => steady);
});

describe("the store", () => {
  it("tells each watcher what it asked for", () => {
    const heard: string[] = [];
    store.on("cases", () => heard.push("cases"));
    store.on("picture", () => heard.push("picture"));
    say(hello(1, { cases: [aCase()] }));
    store.takeFrame(decodeFrame(frameBytes([{}])));
    say(event(2, "case", aCase({ revision: 2 })));
    say(event(2, "case", aCase({ revision: 2 })));
    expect(heard.filter((topic) => topic === "cases")).toHaveLength(2);
    expect(heard.at(-2)).toBe("picture");
  });

  it("runs the node's clock at the replay's speed", () => {
    say(hello(1));
    expect(store.nowMs()).toBe(T0);
    steady += 1000;
    expect(store.nowMs()).toBe(T0 + 60_000);
  });

  it("says that the node is lost after 15 s without a word, and forgets it at the next", () => {
    say(hello(1));
    steady += 14_999;
    expect(store.nodeLost()).toBe(false);
    steady += 1;
    expect(store.nodeLost()).toBe(true);
    say({ id: null, event: "clock", data: JSON.stringify({ now: "2017-03-21T12:06:00Z", feeds: [] }) });
    expect(store.nodeLost()).toBe(false);
  });

  it("stops carrying ships on once the picture is stale", () => {
    say(hello(1));
    store.takeFrame(decodeFrame(frameBytes([{ cog: 9000, sog: 1000 }], { atMs: T0 })));
    expect(store.pictureHealth()).toBe("fresh");
    steady += 15_000;
    expect(store.pictureHealth()).toBe("stopped");
    const drawn = store.drawnAtMs();
    expect(drawn).toBe(T0 + 15_000 * 60);
    steady += 60_000;
    expect(store.drawnAtMs()).toBe(drawn);
  });

  it("a heartbeat with the same picture version says that nothing has changed", () => {
    say(hello(1));
    store.takeFrame(decodeFrame(frameBytes([{}], { version: 7 })));
    steady += 20_000;
    const beat = (version: number): void =>
      say({
        id: null,
        event: "clock",
        data: JSON.stringify({ now: "2017-03-21T12:06:00Z", picture_version: version, feeds: [] }),
      });
    beat(8);
    expect(store.pictureHealth()).toBe("stopped");
    beat(7);
    expect(store.pictureHealth()).toBe("fresh");
  });

  it("does not make trails of frames too far apart, but asks the node for them", () => {
    say(hello(1));
    const frame = (atMs: number): void =>
      store.takeFrame(decodeFrame(frameBytes([{ lat: 150_000_000 + (atMs - T0) / 10 }], { atMs })));
    frame(T0);
    frame(T0 + 60_000);
    expect(store.trailsBehind).toBe(false);
    expect(store.trails.byKey.get(329_002_300)?.at).toHaveLength(2);
    frame(T0 + 960_000);
    expect(store.trailsBehind).toBe(true);
    expect(store.trails.byKey.get(329_002_300)?.at).toHaveLength(2);
    store.takeTrails({});
    frame(T0 + 1_020_000);
    expect(store.trailsBehind).toBe(false);
    expect(store.trails.byKey.get(329_002_300)?.at).toHaveLength(3);
  });

  it("drops picture, trails and cases when a new run begins", () => {
    say(hello(5, { cases: [aCase()] }));
    store.takeFrame(decodeFrame(frameBytes([{}])));
    store.chooseCase("c1");
    expect(store.chosenKey).toBe(219_500_000);
    say({ id: null, event: "run", data: "{}" });
    expect(store.targets.count).toBe(0);
    expect(store.trails.byKey.size).toBe(0);
    expect(store.cases()).toEqual([]);
    expect(store.chosenCase).toBeNull();
    store.takeFrame(decodeFrame(frameBytes([{}])));
    expect(store.targets.count).toBe(0);
    say(hello(2, { node: aNode({ run: "run-2" }) }));
    store.takeFrame(decodeFrame(frameBytes([{}])));
    expect(store.targets.count).toBe(1);
  });

  it("a snapshot of the same run keeps the picture; of another run drops it", () => {
    say(hello(5, { cases: [aCase()] }));
    store.takeFrame(decodeFrame(frameBytes([{}])));
    const desk = structuredClone(store.desk);
    store.takeHub({ type: "snapshot", desk, link: "open", heardMsAgo: 0 });
    expect(store.targets.count).toBe(1);
    expect(store.cases().map((one) => one.id)).toEqual(["c1"]);
    store.takeHub({
      type: "snapshot",
      desk: { ...desk, node: aNode({ run: "run-9" }) },
      link: "open",
      heardMsAgo: 0,
    });
    expect(store.targets.count).toBe(0);
  });

  it("does not share its cases with the hub that gave them", () => {
    say(hello(5, { cases: [aCase()] }));
    const desk = structuredClone(store.desk);
    store.takeHub({ type: "snapshot", desk, link: "open", heardMsAgo: 0 });
    say(event(6, "case", aCase({ id: "c2" })));
    expect(desk.cases.has("c2")).toBe(false);
  });

  it("finds the cases of a vessel by its key", () => {
    say(hello(5, { cases: [aCase(), aCase({ id: "c2", keys: ["1", "219500000"] }), aCase({ id: "c3", keys: ["1"] })] }));
    expect(store.casesOf(219_500_000).map((one) => one.id).sort()).toEqual(["c1", "c2"]);
  });
});
