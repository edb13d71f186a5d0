// The top bar: what is shown, of when, and whether it can be believed.

import { formatDate, formatSpan, formatTime, isKnownZone } from "../format";
import { PALETTES, type Palette } from "../palette";
import type { Store } from "../state/store";
import { S } from "../strings";
import type { Feed } from "../wire/types";
import { arrange, h, setAttribute, setText } from "./dom";

const SHAPES: Record<string, string> = { live: "●", quiet: "◐", down: "✕", ended: "■" };
/** From here on the age of the picture is shown as a warning. */
const AGEING_MS = 5_000;

export class TopBar {
  readonly element: HTMLElement;
  private readonly name = h("span", { class: "node-name" });
  private readonly banner = h("strong", { class: "run-banner", hidden: true });
  private readonly utc = h("span", { class: "clock-utc" });
  private readonly utcDate = h("span", { class: "clock-date" });
  private readonly local = h("span", { class: "clock-local" });
  private readonly age = h("span", { class: "picture-age" });
  private readonly feeds = h("ul", { class: "feeds", "aria-label": S.feeds });
  private readonly stations: HTMLButtonElement;
  private readonly lights = new Map<string, Light>();
  private readonly switches = new Map<Palette, HTMLButtonElement>();

  constructor(
    private readonly store: Store,
    onPalette: (palette: Palette) => void,
    onStations: () => void,
    onHelp: () => void,
  ) {
    this.stations = h("button", { type: "button", class: "stations-button", onclick: onStations }, S.stations);
    const palettes = h("div", { class: "palettes", role: "group", "aria-label": S.paletteLabel });
    for (const palette of PALETTES) {
      const button = h("button", { type: "button", onclick: () => onPalette(palette) }, S.palettes[palette]);
      this.switches.set(palette, button);
      palettes.append(button);
    }
    const help = h(
      "button",
      { type: "button", class: "help-button", "aria-label": S.help, onclick: onHelp },
      "?",
    );
    this.element = h(
      "header",
      { class: "topbar" },
      h("div", { class: "who" }, h("h1", {}, S.product), this.name),
      this.banner,
      h(
        "div",
        { class: "clocks" },
        h("span", { class: "clock-main" }, this.utc, h("abbr", {}, S.utc), this.utcDate),
        this.local,
      ),
      this.age,
      this.feeds,
      this.stations,
      palettes,
      help,
    );
    store.on(["desk", "run"], () => this.render());
    store.on(["stations", "run"], () => this.count());
  }

  /** How many stations want an eye. */
  private count(): void {
    const rows = this.store.stations?.stations ?? [];
    const wanting = rows.filter((row) => row.problems.length > 0).length;
    setText(this.stations, S.stationsButton(wanting));
    this.stations.classList.toggle("wanting", wanting > 0);
  }

  setPalette(palette: Palette): void {
    for (const [name, button] of this.switches) {
      setAttribute(button, "aria-pressed", String(name === palette));
    }
  }

  /** What a second changes; called on each. */
  tick(): void {
    const { store } = this;
    const now = store.nowMs();
    setText(this.utc, formatTime(now));
    setText(this.utcDate, formatDate(now));
    const zone = store.timeZone();
    const place = isKnownZone(zone) ? (zone.split("/").pop() ?? zone).replace(/_/g, " ") : S.utc;
    setText(this.local, `${formatTime(now, zone).slice(0, 5)} ${S.localTime} (${place})`);
    const health = store.pictureHealth();
    const ageMs = store.pictureAgeMs();
    setText(this.age, health === "none" ? S.pictureNone : S.pictureAge(formatSpan(ageMs / 1000)));
    const state = health !== "fresh" || store.nodeLost() ? "stale" : ageMs > AGEING_MS ? "ageing" : "fresh";
    setAttribute(this.age, "data-state", state);
    this.element.classList.toggle("lost", store.nodeLost());
  }

  private render(): void {
    const { node, feeds } = this.store.desk;
    setText(this.name, node?.name ?? "");
    const speed = node !== null && node.speed > 0 && node.speed !== 1 ? ` ${S.speed(node.speed)}` : "";
    setText(this.banner, node !== null && node.banner !== "" ? node.banner + speed : "");
    this.banner.hidden = this.banner.textContent === "";
    const items = feeds.map((feed) => {
      let light = this.lights.get(feed.name);
      if (light === undefined) {
        light = new Light();
        this.lights.set(feed.name, light);
      }
      light.render(feed);
      return light.element;
    });
    if (feeds.length === 0 && node !== null) items.push(h("li", { class: "no-feed" }, S.noFeeds));
    arrange(this.feeds, items);
    this.tick();
  }
}

/** One feed: shape and word, so that colour is never alone. */
class Light {
  private readonly shape = h("span", { class: "light", "aria-hidden": "true" });
  private readonly name = h("span", { class: "feed-name" });
  private readonly state = h("span", { class: "feed-state" });
  readonly element = h("li", { class: "feed" }, this.shape, this.name, " ", this.state);

  render(feed: Feed): void {
    const word = S.feedState[feed.state] ?? S.feedUnknown;
    setText(this.shape, SHAPES[feed.state] ?? "?");
    setText(this.name, feed.name);
    const silent = feed.age_s !== null && feed.state !== "live" ? ` ${formatSpan(feed.age_s)}` : "";
    setText(this.state, word + silent);
    setAttribute(this.element, "data-state", feed.state);
    const heard = feed.age_s === null ? S.feedNever : S.feedHeard(formatSpan(feed.age_s));
    const title = S.feedTitle({
      name: feed.name,
      station: feed.station,
      state: word,
      heard,
      perMin: Math.round(feed.lines_per_min),
      lines: feed.lines,
      decoded: feed.decoded,
      rejected: feed.rejected,
      pending: feed.pending,
      hold: formatSpan(feed.hold_s),
    });
    setAttribute(this.element, "title", title);
  }
}
