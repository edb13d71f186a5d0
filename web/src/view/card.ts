// The vessel card. Conflicts first; claims are called claims; the place is the one the map draws.

import {
  formatCourse,
  formatDistance,
  formatInstant,
  formatPosition,
  formatSpan,
  formatSpeed,
  wordsOfKey,
} from "../format";
import type { Store } from "../state/store";
import { S } from "../strings";
import { fetchCard } from "../wire/api";
import { Mark, hullOfKey, mmsiOfKey } from "../wire/frame";
import type { VesselCard, VesselInfo } from "../wire/types";
import { CardCases } from "./card-cases";
import { arrange, h, setText } from "./dom";

const RENEW_MS = 5_000;

export class Card {
  private readonly title = h("h2", {}, S.cardHeading);
  private readonly subtitle = h("p", { class: "card-sub" });
  private readonly body = h("div", { class: "card-body" });
  private readonly nowRows = h("dl");
  private readonly cases: CardCases;
  private answer: { key: number; card: VesselCard } | null = null;
  private failed = false;
  private askedMs = -Infinity;
  private asking = false;
  private shownKey: number | null = null;
  readonly element: HTMLElement;

  constructor(
    private readonly store: Store,
    onClose: () => void,
    onCase: (id: string) => void,
  ) {
    this.cases = new CardCases(store, onCase);
    const close = h(
      "button",
      { type: "button", class: "card-close", "aria-label": S.cardClose, onclick: onClose },
      "✕",
    );
    this.element = h(
      "section",
      { class: "card", "aria-label": S.cardHeading },
      h("div", { class: "card-head" }, h("div", {}, this.title, this.subtitle), close),
      this.body,
    );
    store.on(["choice", "cases", "names", "run"], () => this.render());
    store.on("picture", () => this.tick());
    this.render();
  }

  /** Pixels of the map that the card lies over; none on a narrow screen, where it has its own tab. */
  coveredPx(): number {
    const sea = this.element.previousElementSibling;
    return sea !== null && sea.clientWidth > this.element.offsetWidth ? this.element.offsetWidth : 0;
  }

  /** What changes with time: the place now, and, now and then, the node's answer. */
  tick(): void {
    const key = this.store.chosenKey;
    if (key === null) return;
    this.renderNow(key);
    if (performance.now() - this.askedMs > RENEW_MS) void this.ask(key);
  }

  private async ask(key: number): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    this.askedMs = performance.now();
    try {
      const card = await fetchCard(key);
      if (this.store.chosenKey === key) this.answer = { key, card };
      this.failed = false;
    } catch {
      this.failed = true;
    } finally {
      this.asking = false;
    }
    if (this.store.chosenKey === key) this.render();
    else if (this.store.chosenKey !== null) void this.ask(this.store.chosenKey);
  }

  private render(): void {
    const key = this.store.chosenKey;
    this.element.classList.toggle("open", key !== null);
    if (key === null) {
      this.shownKey = null;
      setText(this.title, S.cardHeading);
      setText(this.subtitle, "");
      arrange(this.body, [h("p", { class: "empty" }, S.cardEmpty)]);
      return;
    }
    if (this.shownKey !== key) {
      this.shownKey = key;
      this.failed = false;
      this.body.scrollTop = 0;
      void this.ask(key);
    }
    const card = this.answer?.key === key ? this.answer.card : null;
    const info = card ?? this.store.vessels.get(key) ?? null;
    setText(this.title, info?.name ?? S.noName);
    setText(this.subtitle, subtitleOf(key, this.store));
    this.renderNow(key);
    const parts: Element[] = [];
    if (card !== null && card.conflicts.length > 0) parts.push(conflictsOf(card));
    parts.push(section(S.nowHeading, this.nowRows));
    if (card !== null) parts.push(waterOf(card), reportOf(card));
    else parts.push(h("p", { class: "empty" }, this.failed ? S.cardUnreachable : S.cardLoading));
    this.cases.render(key);
    parts.push(section(S.casesOfVessel, this.cases.element));
    if (info !== null) parts.push(claimsOf(info, card));
    arrange(this.body, parts);
  }

  private renderNow(key: number): void {
    const { targets } = this.store;
    const slot = targets.slotOf(key);
    const now = this.store.drawnAtMs();
    if (slot < 0) {
      rows(this.nowRows, [[S.position, S.cardGone]]);
      return;
    }
    const marks = targets.marks[slot];
    rows(this.nowRows, [
      [S.position, formatPosition(targets.lonAt(slot, now), targets.latAt(slot, now))],
      [S.within, S.nowRadius(formatDistance(targets.radiusAt(slot, now)))],
      [S.course, `${formatCourse(targets.cogDeg[slot])}, ${formatSpeed(targets.sogKn[slot])}`],
      [S.lastHeard, S.caseAge(formatSpan(targets.ageAt(slot, now)))],
      (marks & Mark.LOST) !== 0
        ? [S.attention, S.marks.lost]
        : (marks & Mark.OLD) !== 0
          ? [S.attention, S.marks.old]
          : null,
      (marks & Mark.UNCERTAIN) !== 0 ? [S.attention, S.marks.uncertain] : null,
    ]);
  }
}

function subtitleOf(key: number, store: Store): string {
  const slot = store.targets.slotOf(key);
  const hull = hullOfKey(key);
  return [
    slot < 0 ? "" : (S.kind[store.targets.kind[slot]] ?? ""),
    S.mmsi(mmsiOfKey(key)),
    hull > 0 ? S.hullMark(hull) : "",
  ]
    .filter((text) => text !== "")
    .join(" · ");
}

function section(heading: string, ...content: Element[]): HTMLElement {
  return h("section", { class: "card-part" }, h("h3", {}, heading), ...content);
}

/** Fills a definition list, keeping the elements where only the text changed. */
function rows(list: HTMLElement, pairs: ([string, string] | null)[]): HTMLElement {
  const wanted = pairs.filter((pair) => pair !== null);
  while (list.children.length > wanted.length * 2) list.lastElementChild?.remove();
  wanted.forEach(([term, text], i) => {
    if (list.children.length < (i + 1) * 2) list.append(h("dt"), h("dd"));
    setText(list.children[2 * i], term);
    setText(list.children[2 * i + 1], text);
  });
  return list;
}

function conflictsOf(card: VesselCard): HTMLElement {
  const list = h("ul", {}, ...card.conflicts.map((text) => h("li", {}, text)));
  const part = section(S.conflicts, list);
  part.classList.add("conflicts");
  return part;
}

function waterOf(card: VesselCard): HTMLElement {
  const zones = card.zones.map((zone) => {
    const who = zone.claimants.join(", ");
    const status = S.zoneStatus[zone.status] ?? zone.status;
    const disputed = zone.status === "disputed";
    const words = [disputed ? S.disputedBy(who) : who === "" ? status : `${who}: ${status}`];
    if (zone.own) words.push(S.zoneOwn);
    if (zone.accuracy_m !== null) words.push(S.zoneAccuracy(formatDistance(zone.accuracy_m)));
    if (zone.p_inside < 0.995) words.push(S.zoneChance(Math.round(100 * zone.p_inside)));
    const text = `${zone.name} (${words.join(", ")})`;
    return h("li", { class: disputed ? "disputed" : null, title: zone.basis }, text);
  });
  return section(
    S.whose,
    h("p", {}, card.zones_text || S.whoseUnknown),
    h("ul", { class: "zone-list" }, ...zones),
    rows(h("dl"), [[S.nearestPort, card.nearest_port ?? S.unknown]]),
  );
}

function reportOf(card: VesselCard): HTMLElement {
  const report = card.last_report;
  if (report === null) return section(S.lastReport, h("p", {}, S.unknown));
  const place = formatPosition(report.lon_deg ?? NaN, report.lat_deg ?? NaN);
  return section(
    S.lastReport,
    rows(h("dl"), [
      [S.utc, formatInstant(report.at)],
      [S.position, place],
      [S.course, formatCourse(report.cog_deg)],
      [S.speedLabel, formatSpeed(report.sog_kn)],
      [S.heading, formatCourse(report.heading_deg)],
      [S.navStatus, report.nav_status_text ?? S.unknown],
      [S.station, report.station ?? S.unknown],
    ]),
  );
}

/** "claims Guyana": a flag is never a fact, however the node words it. */
function flagClaim(flag: string | null): string {
  if (flag === null || flag === "") return S.unknown;
  return S.claimsFlag(flag.replace(/^claims /, ""));
}

function claimsOf(info: VesselInfo, card: VesselCard | null): HTMLElement {
  const metres = (value: number | null | undefined): string =>
    value === null || value === undefined ? S.unknown : formatDistance(value);
  const size =
    (info.length_m ?? null) === null && (info.beam_m ?? null) === null
      ? S.unknown
      : S.size(metres(info.length_m), metres(info.beam_m));
  const part = section(
    S.claimsHeading,
    rows(h("dl"), [
      [S.claim.name, info.name ?? S.unknown],
      [S.claim.flag_claim, flagClaim(info.flag_claim)],
      [S.claim.callsign, info.callsign ?? S.unknown],
      [S.claim.imo, info.imo ? String(info.imo) : S.unknown],
      [S.claim.ship_type_text, info.ship_type_text ?? S.unknown],
      [S.claim.size, size],
      [S.claim.draught_m, info.draught_m ? `${info.draught_m} ${S.units.m}` : S.unknown],
      [S.claim.destination, info.destination ?? S.unknown],
      (info.hulls ?? 1) > 1 ? [S.attention, S.hulls(info.hulls ?? 1)] : null,
    ]),
  );
  const claims = card?.claims ?? [];
  if (claims.length > 0) {
    const list = h("ul", {});
    for (const one of claims) {
      const since = one.since === null ? "" : `, ${S.since(formatInstant(one.since))}`;
      const value = Array.isArray(one.value) ? one.value.join(", ") : String(one.value);
      list.append(h("li", {}, `${wordsOfKey(one.what)}: ${value}${since}`));
    }
    part.append(h("details", {}, h("summary", {}, S.claimHistory), list));
  }
  return part;
}
