// The stations: how well each hears, how far in each direction, and whether its clock is right.

import { formatCourse, formatSpan } from "../format";
import {
  type StationLight,
  clockWords,
  furthestOf,
  lightOf,
  orderedStations,
  percent,
  problemWords,
  rosePath,
  scaleNmi,
  weekWords,
} from "../state/stations";
import type { Store } from "../state/store";
import { S } from "../strings";
import type { StationHealth } from "../wire/types";
import { arrange, h, setAttribute, setText } from "./dom";

const SHAPES: Record<StationLight, string> = { good: "●", warn: "◐", bad: "✕" };
const SVG = "http://www.w3.org/2000/svg";
const ROSE_PX = 52;

export class Stations {
  private readonly body = h("div", { class: "stations-rows" });
  private readonly note = h("p", { class: "empty" });
  private readonly rows = new Map<string, Row>();
  readonly element: HTMLDialogElement;

  constructor(
    private readonly store: Store,
    private readonly onOpen: () => void,
  ) {
    const close = h("button", { type: "button", onclick: () => this.element.close() }, S.close);
    this.element = h(
      "dialog",
      { class: "stations", "aria-label": S.stationsHeading },
      h("div", { class: "help-head" }, h("h2", {}, S.stationsHeading), close),
      this.note,
      this.body,
    );
    store.on(["stations", "run"], () => this.render());
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  open(): void {
    this.onOpen();
    this.render();
    if (!this.element.open) this.element.showModal();
  }

  /** Ages run on between two answers. */
  tick(): void {
    if (!this.element.open) return;
    const nowMs = this.store.nowMs();
    for (const row of this.rows.values()) row.tick(nowMs);
  }

  private render(): void {
    const { stations } = this.store;
    const found = orderedStations(stations?.stations ?? []);
    setText(this.note, stations === null ? S.stationsLoading : found.length === 0 ? S.stationsNone : S.stationsNote);
    const keys = new Set<string>();
    const elements = found.map((one) => {
      const key = `${one.station}\n${one.feed}`;
      keys.add(key);
      let row = this.rows.get(key);
      if (row === undefined) {
        row = new Row();
        this.rows.set(key, row);
      }
      row.render(one);
      return row.element;
    });
    for (const key of this.rows.keys()) if (!keys.has(key)) this.rows.delete(key);
    arrange(this.body, elements);
    this.tick();
  }
}

class Row {
  private readonly light = h("span", { class: "light", "aria-hidden": "true" });
  private readonly name = h("h3", { class: "station-name" });
  private readonly feed = h("span", { class: "station-feed" });
  private readonly problems = h("p", { class: "station-problems" });
  private readonly figures = h("dl");
  private readonly heard = h("dd");
  private readonly rose = h("div", { class: "rose" });
  private heardMs = NaN;
  private shownRose = "";
  readonly element = h(
    "article",
    { class: "station", tabindex: 0 },
    h("div", { class: "station-head" }, this.light, this.name, this.feed),
    this.problems,
    h("div", { class: "station-body" }, this.figures, this.rose),
  );

  render(one: StationHealth): void {
    const light = lightOf(one);
    setText(this.light, SHAPES[light]);
    setAttribute(this.element, "data-light", light);
    setText(this.name, one.station);
    setText(this.feed, one.feed === one.station ? "" : S.stationFeed(one.feed));
    const words = problemWords(one);
    setText(this.problems, words === "" ? S.stationFine : words);
    setAttribute(this.element, "aria-label", S.stationLabel(one.station, words === "" ? S.stationFine : words));
    this.heardMs = one.last_heard ? Date.parse(one.last_heard) : NaN;
    const rows: [string, string | HTMLElement][] = [[S.stationHeard, this.heard]];
    if (one.messages !== undefined) {
      rows.push(
        [S.stationRate, S.stationRates(one.messages_10min ?? 0, one.messages_60min ?? 0)],
        [S.stationWeek, weekWords(one)],
        [S.stationRejects, percent(one.reject_share)],
        [S.stationDuplicates, percent(one.duplicate_share)],
        [S.stationUnique, percent(one.unique_share)],
        [S.stationClock, clockWords(one)],
        [S.stationReconnects, String(one.reconnects ?? 0)],
      );
      if (typeof one.level_db === "number") rows.push([S.stationLevel, S.decibel(one.level_db)]);
      if (typeof one.offset_ppm === "number") rows.push([S.stationOffset, S.ppm(one.offset_ppm)]);
    }
    this.fill(rows);
    this.drawRose(one.furthest_m ?? []);
  }

  tick(nowMs: number): void {
    const s = (nowMs - this.heardMs) / 1000;
    setText(this.heard, Number.isFinite(s) ? S.caseAge(formatSpan(s)) : S.feedNever);
  }

  private fill(rows: [string, string | HTMLElement][]): void {
    const wanted: Element[] = [];
    rows.forEach(([label, value], at) => {
      const old = this.figures.children[2 * at];
      const dt = old?.tagName === "DT" ? old : h("dt");
      setText(dt, label);
      let dd: Element;
      if (typeof value === "string") {
        const held = this.figures.children[2 * at + 1];
        dd = held !== undefined && held !== this.heard ? held : h("dd");
        setText(dd, value);
      } else {
        dd = value;
      }
      wanted.push(dt, dd);
    });
    arrange(this.figures, wanted);
  }

  private drawRose(sectors: (number | null)[]): void {
    const text = JSON.stringify(sectors);
    if (text === this.shownRose) return;
    this.shownRose = text;
    if (sectors.length === 0) {
      this.rose.replaceChildren(h("p", { class: "rose-none" }, S.noPosition));
      return;
    }
    const furthest = furthestOf(sectors);
    const full = scaleNmi(furthest?.m ?? 1);
    const label = furthest === null ? S.roseEmpty : S.roseLabel(furthest.m / 1852, formatCourse(furthest.deg));
    const half = ROSE_PX + 12;
    const svg = element("svg", { viewBox: `${-half} ${-half} ${2 * half} ${2 * half}`, role: "img", "aria-label": label });
    svg.append(
      element("circle", { class: "rose-ring", r: ROSE_PX }),
      element("circle", { class: "rose-ring", r: ROSE_PX / 2 }),
      element("path", { class: "rose-heard", d: rosePath(sectors, full * 1852, ROSE_PX) }),
      element("path", { class: "rose-north", d: `M0 ${-ROSE_PX}V${-ROSE_PX - 8}` }),
    );
    this.rose.replaceChildren(svg, h("p", { class: "rose-words" }, S.roseScale(full), h("br"), label));
  }
}

function element(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
