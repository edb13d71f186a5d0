// On a narrow screen one thing at a time: map, cases or card. On a wide one all three stand together.

import { wantsAcknowledgement } from "../state/desk";
import type { Store } from "../state/store";
import { S } from "../strings";
import { h, setAttribute, setText } from "./dom";

export type Tab = "map" | "cases" | "card";
const ORDER: Tab[] = ["map", "cases", "card"];

export class Tabs {
  readonly element = h("nav", { class: "tabs", "aria-label": S.tabsLabel });
  private readonly buttons = new Map<Tab, HTMLButtonElement>();

  constructor(
    private readonly store: Store,
    private readonly onShown: () => void,
  ) {
    for (const tab of ORDER) {
      const button = h("button", { type: "button", onclick: () => this.show(tab, true) }, S.tabs[tab]);
      this.buttons.set(tab, button);
      this.element.append(button);
    }
    store.on(["cases", "run"], () => this.count());
    this.show("map", true);
  }

  /** Turns to a tab. A ship touched on the map does not hide the map: its tab is only marked. */
  show(tab: Tab, turn: boolean): void {
    if (!turn) {
      this.buttons.get(tab)?.classList.add("news");
      return;
    }
    document.body.dataset.tab = tab;
    for (const [name, button] of this.buttons) {
      setAttribute(button, "aria-pressed", String(name === tab));
      if (name === tab) button.classList.remove("news");
    }
    requestAnimationFrame(() => this.onShown());
  }

  private count(): void {
    const waiting = this.store.cases().filter((one) => wantsAcknowledgement(one) && !one.filed).length;
    const button = this.buttons.get("cases");
    if (button !== undefined) setText(button, S.casesTab(waiting));
  }
}
