// The alert desk: what must be handled, with its reason, in the order it must be handled.

import { formatInstant, formatSpan } from "../format";
import type { Outbox } from "../state/acts";
import { CASE_GROUPS, type CaseGroup, canAcknowledge, groupOf, wantsAcknowledgement } from "../state/desk";
import type { Store } from "../state/store";
import { S } from "../strings";
import type { Case } from "../wire/types";
import { arrange, h, setAttribute, setText } from "./dom";

const MOST_CLOSED = 30;

export interface CaseHandlers {
  onChoose: (id: string) => void;
  onFly: (id: string) => void;
  onAcknowledge: (id: string) => void;
}

export class CaseList {
  private readonly rows = new Map<string, Row>();
  private readonly headings = new Map<CaseGroup, HTMLElement>();
  private readonly body = h("div", { class: "case-rows" });
  private readonly empty = h("p", { class: "empty" });
  private readonly more = h("p", { class: "empty" });
  private readonly live = h("div", { class: "unseen", "aria-live": "assertive" });
  private announced: Set<string> | null = null;
  readonly element: HTMLElement;

  constructor(
    private readonly store: Store,
    private readonly outbox: Outbox,
    private readonly refused: Map<string, number>,
    private readonly handlers: CaseHandlers,
    footer: HTMLElement,
  ) {
    this.element = h(
      "section",
      { class: "cases", "aria-label": S.casesHeading },
      h("h2", {}, S.casesHeading),
      this.body,
      footer,
      this.live,
    );
    for (const group of CASE_GROUPS) this.headings.set(group, h("h3", { class: "case-group" }));
    store.on(["cases", "choice", "run"], () => this.render());
    this.render();
  }

  /** The case `step` rows on from the chosen one, in the order shown. */
  neighbour(step: number): string | null {
    const shown = this.shown();
    if (shown.length === 0) return null;
    const at = shown.findIndex((one) => one.id === this.store.chosenCase);
    const next = at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step;
    return shown[Math.max(0, Math.min(shown.length - 1, next))].id;
  }

  /** Brings a row into sight within the list; never moves the focus. */
  reveal(id: string): void {
    this.rows.get(id)?.element.scrollIntoView({ block: "nearest" });
  }

  tick(): void {
    const now = this.store.nowMs();
    for (const row of this.rows.values()) row.tick(now);
  }

  private shown(): Case[] {
    let closed = 0;
    return this.store.cases().filter((one) => {
      if (groupOf(one) !== "closed") return true;
      closed += 1;
      return closed <= MOST_CLOSED;
    });
  }

  private render(): void {
    const shown = this.shown();
    const elements: Element[] = [];
    let group: CaseGroup | null = null;
    for (const one of shown) {
      const own = groupOf(one);
      if (own !== group) {
        group = own;
        const heading = this.headings.get(own);
        if (heading !== undefined) {
          const n = shown.filter((other) => groupOf(other) === own).length;
          setText(heading, `${S.caseGroups[own]} (${n})`);
          elements.push(heading);
        }
      }
      elements.push(this.row(one));
    }
    for (const id of this.rows.keys()) if (!this.store.desk.cases.has(id)) this.rows.delete(id);
    if (shown.length === 0) {
      setText(this.empty, this.store.desk.awaitsHello ? S.noCasesYet : S.noCases);
      elements.push(this.empty);
    }
    const left = this.store.cases().length - shown.length;
    if (left > 0) {
      setText(this.more, S.olderClosed(left));
      elements.push(this.more);
    }
    arrange(this.body, elements);
    this.tick();
    this.announce(shown);
  }

  private row(one: Case): HTMLElement {
    let row = this.rows.get(one.id);
    if (row === undefined) {
      row = new Row(one.id, this.handlers);
      this.rows.set(one.id, row);
    }
    row.render(one, {
      chosen: this.store.chosenCase === one.id,
      saving: this.outbox.saving(one.id),
      refused: this.refused.get(one.id) ?? null,
    });
    return row.element;
  }

  /** Says aloud what is new; what stood there when the page was opened is not. */
  private announce(shown: Case[]): void {
    if (this.store.desk.awaitsHello) return;
    const wanting = shown.filter((one) => wantsAcknowledgement(one) && !one.filed);
    if (this.announced !== null) {
      const fresh = wanting.filter((one) => this.announced?.has(one.id) === false);
      if (fresh.length > 0) {
        const words = fresh.map((one) => S.newCase(S.priority[one.priority] ?? "", one.title));
        setText(this.live, words.join(". "));
      }
    }
    this.announced = new Set(wanting.map((one) => one.id));
  }
}

class Row {
  private readonly priority = h("span", { class: "priority" });
  private readonly title = h("span", { class: "case-title" });
  private readonly age = h("span", { class: "case-age" });
  private readonly open: HTMLButtonElement;
  private readonly sentence = h("p", { class: "sentence" });
  private readonly state = h("span", { class: "case-state" });
  private readonly show: HTMLButtonElement;
  private readonly acknowledge: HTMLButtonElement;
  private readonly note = h("p", { class: "case-note", hidden: true });
  private openedMs = NaN;
  readonly element: HTMLElement;

  constructor(id: string, handlers: CaseHandlers) {
    this.open = h(
      "button",
      { type: "button", class: "case-open", onclick: () => handlers.onChoose(id) },
      this.priority,
      this.title,
      this.age,
    );
    this.acknowledge = h(
      "button",
      { type: "button", class: "acknowledge", onclick: () => handlers.onAcknowledge(id) },
      S.acknowledge,
    );
    this.show = h("button", { type: "button", class: "show", onclick: () => handlers.onFly(id) }, S.show);
    this.element = h(
      "article",
      { class: "case", "data-case": id },
      this.open,
      this.sentence,
      h("div", { class: "case-foot" }, this.state, this.show, this.acknowledge),
      this.note,
    );
  }

  render(one: Case, now: { chosen: boolean; saving: boolean; refused: number | null }): void {
    this.openedMs = Date.parse(one.opened_at);
    setText(this.priority, S.priority[one.priority] ?? one.priority);
    setAttribute(this.priority, "data-priority", one.priority);
    setText(this.title, one.title);
    setText(this.sentence, one.sentence);
    setText(this.state, now.saving ? S.saving : stateWords(one));
    setAttribute(this.element, "data-state", one.state);
    setAttribute(this.element, "data-filed", String(one.filed));
    setAttribute(this.open, "aria-pressed", String(now.chosen));
    setAttribute(this.open, "title", formatInstant(one.opened_at));
    this.element.classList.toggle("chosen", now.chosen);
    this.element.classList.toggle("saving", now.saving);
    this.acknowledge.hidden = !canAcknowledge(one);
    setAttribute(this.acknowledge, "aria-disabled", String(now.saving));
    setAttribute(this.show, "aria-label", S.showOf(one.title));
    setAttribute(this.acknowledge, "aria-label", S.acknowledgeOf(one.title));
    setText(this.note, now.refused === null ? "" : S.ackRefused(now.refused));
    this.note.hidden = now.refused === null;
  }

  tick(nowMs: number): void {
    const s = (nowMs - this.openedMs) / 1000;
    setText(this.age, Number.isFinite(s) ? S.caseAge(formatSpan(s)) : "");
  }
}

/** The state in words, with who acknowledged it. */
function stateWords(one: Case): string {
  const words = S.state[one.state] ?? one.state;
  const last = one.acts.findLast((act) => act.act === "acknowledge");
  const by =
    last !== undefined && one.state === "active_acknowledged"
      ? ` ${S.acknowledgedBy(last.desk, formatInstant(last.at).slice(11, 16))}`
      : "";
  return (one.filed ? `${S.filed}, ` : "") + words + by;
}
