// The full-width banner: the page itself says when the node is lost. Nothing else may hide it.

import { formatSpan } from "../format";
import { clockBanner } from "../state/stations";
import type { Store } from "../state/store";
import { S } from "../strings";
import { h, setText } from "./dom";

export class Banner {
  private readonly words = h("span", { role: "alert" });
  // A screen reader hears the banner when it appears, not its seconds running.
  private readonly age = h("span", { "aria-hidden": "true" });
  readonly element = h("div", { class: "banner", hidden: true }, this.words, " ", this.age);

  constructor(private readonly store: Store) {}

  tick(): void {
    const [words, age, loud] = this.state();
    this.element.hidden = words === "";
    this.element.classList.toggle("loud", loud);
    setText(this.words, words);
    setText(this.age, age);
  }

  private state(): [words: string, age: string, loud: boolean] {
    const { store } = this;
    if (store.nodeLost()) {
      return [S.nodeLost, S.nodeLostFor(formatSpan(store.silentMs() / 1000)), true];
    }
    if (store.desk.awaitsHello) return [store.desk.node === null ? S.connecting : S.newRun, "", false];
    if (store.pictureHealth() === "stopped") {
      return [S.positionsStopped, S.positionsStoppedFor(formatSpan(store.pictureAgeMs() / 1000)), true];
    }
    return [clockBanner(store.stations?.node_clock), "", true];
  }
}
