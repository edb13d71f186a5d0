// The bottom bar: the pointer's place and water, how many targets are in view, the latest event.

import { formatTime } from "../format";
import type { LogLine } from "../state/desk";
import type { Store } from "../state/store";
import { S } from "../strings";
import { h, setText } from "./dom";
import type { Pointer } from "./pointer";

export class BottomBar {
  private readonly count = h("span", { class: "target-count" });
  private readonly trails = h("span", { class: "trails-note" });
  private readonly log = h("span", { class: "log-line" });
  readonly element: HTMLElement;

  constructor(
    private readonly store: Store,
    pointer: Pointer,
    private readonly inView: () => number,
  ) {
    this.element = h(
      "footer",
      { class: "bottom" },
      h("div", { class: "pointer" }, pointer.place, pointer.water),
      this.trails,
      this.log,
      this.count,
      h("span", { class: "warning" }, S.notForNavigation),
    );
    store.on(["log", "run"], () => this.renderLog());
  }

  setTrails(all: boolean): void {
    setText(this.trails, all ? "" : S.trailsLimited);
  }

  tick(): void {
    const { targets } = this.store;
    const health = this.store.pictureHealth();
    if (health === "none") setText(this.count, "");
    else if (targets.count === 0) setText(this.count, S.noTargets);
    else setText(this.count, S.targetsShown(this.inView(), targets.count));
  }

  private renderLog(): void {
    const last = this.store.desk.log.at(-1);
    setText(this.log, last === undefined ? "" : `${S.logHeading}: ${this.words(last)}`);
  }

  private words(line: LogLine): string {
    const { body } = line;
    const text = (name: string): string => (typeof body[name] === "string" ? body[name] : "");
    const at = Date.parse(text("at"));
    const when = Number.isFinite(at) ? `${formatTime(at).slice(0, 5)} ` : "";
    if (line.kind === "act") {
      const title = this.store.desk.cases.get(text("case_id"))?.title ?? "";
      return when + S.logAct(text("desk"), S.acts[text("act")] ?? text("act"), title);
    }
    if (line.kind === "feed") {
      return when + S.logFeed(text("name"), S.feedState[text("state")] ?? text("state"));
    }
    return when + (text("text") || text("sentence") || text("summary") || text("kind") || line.kind);
  }
}
