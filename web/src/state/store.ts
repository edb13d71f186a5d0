// The one state of the page. Map, list and card are drawn from here and from nowhere else.

import type { HubMessage } from "../wire/hub";
import type { Frame } from "../wire/frame";
import { SILENCE_MS } from "../wire/sse";
import type { Case, LinkState, StationsAnswer, VesselInfo, WireMessage } from "../wire/types";
import { type Desk, applyMessage, emptyDesk, orderedCases, putCase } from "./desk";
import { NodeClock } from "./motion";
import { CARRY_MS, Targets } from "./targets";
import { GAP_MS, Trails } from "./trails";

export type Topic =
  | "desk" // node, feeds, link
  | "cases"
  | "log"
  | "picture" // a frame came, or the picture was dropped
  | "names"
  | "trails"
  | "stations"
  | "choice" // chosen vessel or case, hovered vessel
  | "run"; // a new run: everything was dropped

export type PictureHealth = "none" | "fresh" | "stopped";

const TOPICS: Topic[] = ["desk", "cases", "log", "picture", "names", "trails", "stations", "choice", "run"];

export class Store {
  desk: Desk = emptyDesk();
  readonly targets = new Targets();
  readonly trails = new Trails();
  readonly vessels = new Map<number, VesselInfo>();
  link: LinkState = "connecting";
  /** How well the stations hear; null before the first answer. */
  stations: StationsAnswer | null = null;
  /** For what is shown as the time: the stream's own word. */
  readonly clock = new NodeClock();
  /** For where ships are drawn: the frames' word. */
  readonly pictureClock = new NodeClock();
  chosenKey: number | null = null;
  chosenCase: string | null = null;
  hoveredKey: number | null = null;
  /** The node has fixes that no frame showed us: its trails must be asked for. */
  trailsBehind = false;
  private heardMs: number;
  private pictureMs = NaN;
  private ordered: Case[] | null = null;
  private readonly watchers = new Map<Topic, Set<() => void>>(TOPICS.map((t) => [t, new Set()]));

  /** `steadyMs` is a clock that only ever goes forward (performance.now). */
  constructor(private readonly steadyMs: () => number) {
    this.heardMs = steadyMs();
  }

  on(topics: Topic | Topic[], watcher: () => void): void {
    for (const topic of Array.isArray(topics) ? topics : [topics]) {
      this.watchers.get(topic)?.add(watcher);
    }
  }

  // -- what comes in ----------------------------------------------------------------------------

  takeHub(said: HubMessage): void {
    if (said.type === "link") {
      this.link = said.link;
      this.tell("desk");
    } else if (said.type === "snapshot") {
      this.takeSnapshot(said.desk, said.link, said.heardMsAgo);
    } else {
      this.takeMessage(said.message);
    }
  }

  takeFrame(frame: Frame): void {
    if (this.desk.awaitsHello && this.desk.node !== null) return; // a frame of the run that ended
    // Frames too far apart hide fixes: a trail made of them would show gaps that are none.
    if (frame.atMs - this.targets.atMs > GAP_MS / 2) this.trailsBehind = true;
    this.targets.apply(frame);
    this.pictureMs = this.steadyMs();
    this.pictureClock.set(frame.atMs, this.pictureMs);
    if (!this.trailsBehind) this.trails.follow(frame);
    if (this.chosenKey !== null || this.hoveredKey !== null) this.tell("choice");
    this.tell("picture");
  }

  takeVessels(vessels: Record<string, VesselInfo>): void {
    for (const [key, info] of Object.entries(vessels)) this.vessels.set(Number(key), info);
    this.tell("names");
  }

  takeTrails(trails: Record<string, [number, number, number][]>): void {
    this.trails.load(trails);
    this.trailsBehind = false;
    this.tell("trails");
  }

  takeStations(answer: StationsAnswer): void {
    this.stations = answer;
    this.tell("stations");
  }

  /** A case as an answer to our own act. */
  takeCase(one: Case): void {
    if (putCase(this.desk, one)) this.casesChanged();
  }

  // -- what people do ---------------------------------------------------------------------------

  chooseVessel(key: number | null): void {
    this.chosenKey = key;
    this.tell("choice");
  }

  chooseCase(id: string | null): void {
    this.chosenCase = id;
    const one = id === null ? undefined : this.desk.cases.get(id);
    if (one !== undefined && one.keys.length > 0) this.chosenKey = Number(one.keys[0]);
    this.tell("choice");
  }

  hover(key: number | null): void {
    if (key === this.hoveredKey) return;
    this.hoveredKey = key;
    this.tell("choice");
  }

  /** What only the page knows about cases changed: an act is under way, or was refused. */
  casesChanged(): void {
    this.ordered = null;
    this.tell("cases");
  }

  // -- what is asked ----------------------------------------------------------------------------

  cases(): Case[] {
    this.ordered ??= orderedCases(this.desk.cases.values());
    return this.ordered;
  }

  casesOf(key: number): Case[] {
    const text = String(key);
    return this.cases().filter((one) => one.keys.includes(text));
  }

  run(): string {
    return String(this.desk.node?.run ?? "");
  }

  timeZone(): string {
    return this.desk.node?.time_zone ?? "UTC";
  }

  /** How long nothing at all was heard from the node. */
  silentMs(): number {
    return this.steadyMs() - this.heardMs;
  }

  nodeLost(): boolean {
    return this.silentMs() >= SILENCE_MS;
  }

  /** Real time since the picture was last known to be current; NaN before the first. */
  pictureAgeMs(): number {
    return this.steadyMs() - this.pictureMs;
  }

  pictureHealth(): PictureHealth {
    if (Number.isNaN(this.pictureMs)) return "none";
    return this.pictureAgeMs() >= CARRY_MS ? "stopped" : "fresh";
  }

  /** The node time that ships are drawn at: it stands still once the picture is stale. */
  drawnAtMs(): number {
    return this.pictureClock.at(Math.min(this.steadyMs(), this.pictureMs + CARRY_MS));
  }

  /** The node's time now, for clocks and ages. */
  nowMs(): number {
    return this.clock.at(this.steadyMs());
  }

  name(key: number): string | null {
    return this.vessels.get(key)?.name ?? null;
  }

  // ---------------------------------------------------------------------------------------------

  private takeSnapshot(desk: Desk, link: LinkState, heardMsAgo: number | null): void {
    const sameRun = this.desk.node !== null && this.desk.node.run === desk.node?.run;
    // The hub inside the page hands over its own object: never share it.
    this.desk = { ...desk, cases: new Map(desk.cases), feeds: [...desk.feeds], log: [...desk.log] };
    this.link = link;
    if (heardMsAgo !== null) {
      this.heardMs = this.steadyMs() - heardMsAgo;
      const said = desk.clock?.now ?? desk.node?.now;
      this.setSpeed(desk.node?.speed);
      if (said !== undefined) this.clock.set(Date.parse(said), this.heardMs);
    }
    this.ordered = null;
    if (!sameRun) this.dropPicture();
    this.tell("desk", "cases", "log");
  }

  private takeMessage(message: WireMessage): void {
    const runBefore = this.desk.node?.run;
    const change = applyMessage(this.desk, message);
    this.heardMs = this.steadyMs();
    this.link = "open";
    if (change.run) this.dropPicture();
    if (change.hello && this.desk.node !== null) {
      if (runBefore !== undefined && runBefore !== this.desk.node.run) this.dropPicture();
      this.setSpeed(this.desk.node.speed);
      this.clock.set(Date.parse(this.desk.node.now), this.heardMs);
    }
    if (change.clock && this.desk.clock !== null) {
      this.clock.set(Date.parse(this.desk.clock.now), this.heardMs);
      if (this.desk.clock.picture_version === this.targets.version && this.targets.count > 0) {
        this.pictureMs = this.heardMs;
      }
    }
    if (change.cases.length > 0 || change.hello || change.run) {
      this.ordered = null;
      this.tell("cases");
    }
    if (change.log || change.hello || change.run) this.tell("log");
    this.tell("desk");
  }

  private setSpeed(speed: number | undefined): void {
    const usable = speed !== undefined && speed > 0 ? speed : 1;
    this.clock.speed = usable;
    this.pictureClock.speed = usable;
  }

  private dropPicture(): void {
    this.targets.clear();
    this.targets.version = 0;
    this.targets.atMs = NaN;
    this.trails.clear();
    this.pictureMs = NaN;
    this.hoveredKey = null;
    this.stations = null;
    if (this.chosenCase !== null && !this.desk.cases.has(this.chosenCase)) this.chosenCase = null;
    this.tell("run", "picture", "trails", "choice");
  }

  private tell(...topics: Topic[]): void {
    for (const topic of topics) for (const watcher of this.watchers.get(topic) ?? []) watcher();
  }
}
