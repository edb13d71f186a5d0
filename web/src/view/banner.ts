// The full-width banner: the page itself says when the node is lost. Nothing else may hide it.

import { formatSpan } from "../format";
import type { Store } from "../state/store";
import { S } from "../strings";
import { h, setText } from "./dom";

export class Banner {
  private readonly words = h("span");
  readonly element = h("div", { class: "banner", role: "alert", hidden: true }, this.words);

  constructor(private readonly store: Store) {}

  tick(): void {
    const text = this.text();
    // A screen reader hears the banner when it appears, not its seconds running.
    setText(this.words, text);
    this.element.hidden = text === "";
    this.element.classList.toggle("loud", this.store.nodeLost() || this.store.pictureHealth() === "stopped");
  }

  private text(): string {
    const { store } = this;
    if (store.nodeLost()) return S.nodeLost(formatSpan(store.silentMs() / 1000));
    if (store.desk.awaitsHello) return store.desk.node === null ? S.connecting : S.newRun;
    if (store.pictureHealth() === "stopped") {
      return S.positionsStopped(formatSpan(store.pictureAgeMs() / 1000));
    }
    return "";
  }
}
