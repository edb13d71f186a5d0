// Which zones the map shows: a switch a layer, with the line it is drawn with.

import { LAYERS, type Layer } from "../map/zones";
import type { Tokens } from "../palette";
import { S } from "../strings";
import { h, remember, remembered, setAttribute } from "./dom";
import { zoneSwatch } from "./swatch";

const WIDE = 40;
const HIGH = 24;
/** The status whose line stands for a layer in the panel; the help shows them all. */
const SHOWN_STATUS: Record<Layer, string> = {
  limits: "claimed",
  belts: "claimed",
  disputed: "disputed",
  joint: "joint",
  rules: "none",
  own: "claimed",
};

export class Layers {
  readonly element: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly panel: HTMLElement;
  private readonly boxes = new Map<Layer, HTMLInputElement>();
  private readonly pictures = new Map<Layer, HTMLElement>();

  constructor(private readonly onShow: (layer: Layer, shown: boolean) => void) {
    const list = h("ul");
    for (const layer of LAYERS) list.append(this.row(layer));
    this.panel = h(
      "div",
      { class: "layers-panel", id: "layers-panel", hidden: true },
      h("fieldset", {}, h("legend", {}, S.layersHeading), list),
      h("p", { class: "layers-note" }, S.layersNote),
    );
    this.button = h(
      "button",
      {
        type: "button",
        class: "layers-button",
        "aria-expanded": "false",
        "aria-controls": "layers-panel",
        onclick: () => this.toggle(),
      },
      S.layers,
    );
    this.element = h("section", { class: "layers", "aria-label": S.layersHeading }, this.button, this.panel);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.panel.hidden) return;
      event.stopPropagation();
      this.toggle();
    });
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  /** Opens or closes the panel; the focus goes with it, for whoever works by keys. */
  toggle(): void {
    this.panel.hidden = !this.panel.hidden;
    setAttribute(this.button, "aria-expanded", String(this.isOpen));
    if (this.isOpen) this.boxes.get(LAYERS[0])?.focus();
    else this.button.focus();
  }

  /** Takes up what this desk chose before. */
  restore(): void {
    const hidden = new Set((remembered("hidden-layers") ?? "").split(" "));
    for (const [layer, box] of this.boxes) {
      box.checked = !hidden.has(layer);
      this.onShow(layer, box.checked);
    }
  }

  repaint(tokens: Tokens): void {
    for (const [layer, picture] of this.pictures) {
      picture.replaceChildren(zoneSwatch(layer, SHOWN_STATUS[layer], tokens, WIDE, HIGH));
    }
  }

  private row(layer: Layer): HTMLElement {
    const box = h("input", { type: "checkbox", checked: true, id: `layer-${layer}` });
    box.addEventListener("change", () => {
      this.onShow(layer, box.checked);
      const hidden = [...this.boxes].filter(([, one]) => !one.checked).map(([name]) => name);
      remember("hidden-layers", hidden.join(" "));
    });
    const picture = h("span", { class: "layer-line" });
    this.boxes.set(layer, box);
    this.pictures.set(layer, picture);
    return h("li", {}, h("label", { for: `layer-${layer}` }, box, picture, S.layerNames[layer]));
  }
}
