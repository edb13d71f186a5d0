// What this picture cannot see (always a click away), and the help: keys, symbols, lines.

import type { Tokens } from "../palette";
import type { Store } from "../state/store";
import { S } from "../strings";
import * as marking from "../map/marking";
import { type Look, type Shape, drawSymbol } from "../map/sprites";
import { LAYERS } from "../map/zones";
import { arrange, h, remember, remembered } from "./dom";
import { HIGH, WIDE, line, swatch, zoneSwatch } from "./swatch";

/** The node's own words on what is missing from the picture. */
export class CannotSee {
  private readonly list = h("ul");
  readonly element: HTMLDetailsElement;

  constructor(private readonly store: Store) {
    this.element = h("details", { class: "cannot-see" }, h("summary", {}, S.cannotSee), this.list);
    this.element.open = window.innerHeight > 700 && window.innerWidth > 760;
    store.on("desk", () => this.render());
  }

  private shown = "";

  private render(): void {
    if (this.store.desk.node === null) return;
    const sentences = this.store.desk.node.cannot_see;
    const words = sentences.length > 0 ? sentences : [S.cannotSeeNothing];
    if (words.join("\n") === this.shown) return;
    this.shown = words.join("\n");
    arrange(this.list, words.map((text) => h("li", {}, text)));
  }
}

export function deskName(): string {
  return remembered("desk")?.trim() || S.deskDefault;
}

export class Help {
  private readonly about = h("p", { class: "empty" });
  private readonly legend = h("ul", { class: "legend" });
  private readonly lines = h("ul", { class: "legend" });
  readonly element: HTMLDialogElement;

  constructor(private readonly store: Store) {
    const desk = h("input", { type: "text", maxlength: 40, id: "desk-name", value: deskName() });
    desk.addEventListener("change", () => remember("desk", desk.value));
    const keys = h("dl", { class: "keys" });
    for (const [key, words] of S.keys) keys.append(h("dt", {}, h("kbd", {}, key)), h("dd", {}, words));
    const close = h("button", { type: "button", onclick: () => this.element.close() }, S.close);
    this.element = h(
      "dialog",
      { class: "help", "aria-label": S.helpHeading },
      h("div", { class: "help-head" }, h("h2", {}, S.helpHeading), close),
      h("p", {}, h("label", { for: "desk-name" }, S.deskName), " ", desk),
      h("h3", {}, S.keysHeading),
      keys,
      h("h3", {}, S.symbolsHeading),
      this.legend,
      h("h3", {}, S.linesHeading),
      this.lines,
      this.about,
    );
  }

  open(tokens: Tokens): void {
    arrange(this.legend, S.legend.map(([name, words]) => legendItem(tokens, name, words)));
    arrange(this.lines, S.lines.map(([name, words]) => lineItem(tokens, name, words)));
    const { node } = this.store.desk;
    this.about.textContent = node === null ? "" : S.aboutNode(node.name, node.version, String(node.run));
    if (!this.element.open) this.element.showModal();
  }
}

function legendItem(tokens: Tokens, name: string, words: string): HTMLElement {
  const shapes = ["heading", "course", "nodirection", "aid", "virtual", "base", "aircraft", "sart", "mob"];
  const own = [...shapes, "epirb", "handheld"].includes(name) ? (name as Shape) : "heading";
  const look: Look = {
    shape: own,
    age: name === "old" || name === "lost" ? name : "fresh",
    size: 0,
    bold: name === "alert",
  };
  const middle = { x: WIDE / 2, y: HIGH / 2 };
  const picture = swatch((pen) => {
    pen.save();
    pen.translate(middle.x, middle.y);
    drawSymbol(pen, tokens, look, 35);
    pen.restore();
    if (name === "alert") marking.drawAlert(pen, middle, tokens, true);
    if (name === "case") marking.drawCase(pen, middle, tokens);
    if (name === "uncertain") marking.drawQuestion(pen, middle, tokens);
  }, tokens);
  return h("li", {}, picture, words);
}

function lineItem(tokens: Tokens, name: string, words: string): HTMLElement {
  if (name === "trail" || name === "gap") {
    const dash = name === "gap" ? [6, 5] : [];
    return h("li", {}, swatch((pen) => line(pen, tokens.trail, 1.5, dash), tokens), words);
  }
  const layer = LAYERS.find((one) => one === name);
  const picture = zoneSwatch(layer ?? "limits", layer === undefined ? name : "claimed", tokens);
  return h("li", {}, picture, words);
}
