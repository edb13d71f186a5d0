// The cases of one vessel on its card, each with the evidence behind it.

import { evidenceRows } from "../format";
import { isClosed } from "../state/desk";
import type { Store } from "../state/store";
import { S } from "../strings";
import { fetchCase } from "../wire/api";
import type { Case, Finding } from "../wire/types";
import { arrange, h, setAttribute, setText } from "./dom";

export class CardCases {
  readonly element = h("div", { class: "card-cases" });
  private readonly shown = new Map<string, CaseOnCard>();
  private readonly none = h("p", { class: "empty" }, S.noCasesOfVessel);

  constructor(
    private readonly store: Store,
    private readonly onCase: (id: string) => void,
  ) {}

  render(key: number): void {
    const cases = this.store.casesOf(key);
    const elements = cases.map((one) => {
      let item = this.shown.get(one.id);
      if (item === undefined) {
        item = new CaseOnCard(one.id, this.onCase);
        this.shown.set(one.id, item);
      }
      item.render(one, this.store.chosenCase === one.id);
      return item.element;
    });
    for (const id of this.shown.keys()) {
      if (!cases.some((one) => one.id === id)) this.shown.delete(id);
    }
    arrange(this.element, elements.length > 0 ? elements : [this.none]);
  }
}

class CaseOnCard {
  private readonly open: HTMLButtonElement;
  private readonly state = h("span", { class: "case-state" });
  private readonly sentence = h("p", { class: "sentence" });
  private readonly score = h("ul", { class: "score" });
  private readonly findings = h("div", { class: "findings" });
  private readonly details: HTMLDetailsElement;
  private revision = -1;
  private shownRevision = -1;
  readonly element: HTMLElement;

  constructor(
    private readonly id: string,
    onCase: (id: string) => void,
  ) {
    this.open = h("button", { type: "button", class: "case-link", onclick: () => onCase(id) });
    this.details = h(
      "details",
      { ontoggle: () => void this.fill() },
      h("summary", {}, S.evidence),
      h("h4", {}, S.score),
      this.score,
      this.findings,
    );
    this.element = h(
      "article",
      { class: "card-case" },
      h("div", { class: "card-case-head" }, this.open, this.state),
      this.sentence,
      this.details,
    );
  }

  render(one: Case, chosen: boolean): void {
    this.revision = one.revision;
    setText(this.open, `${S.priority[one.priority] ?? one.priority}: ${one.title}`);
    setText(this.state, S.state[one.state] ?? one.state);
    setText(this.sentence, one.sentence);
    setAttribute(this.element, "data-state", one.state);
    this.element.classList.toggle("closed", isClosed(one));
    this.element.classList.toggle("chosen", chosen);
    arrange(
      this.score,
      one.terms.map(([words, points]) => h("li", {}, `${S.points(points)}  ${words}`)),
    );
    if (this.details.open) void this.fill();
  }

  /** Asks for the findings when the evidence is opened, and again when the case was revised. */
  private async fill(): Promise<void> {
    if (!this.details.open || this.shownRevision === this.revision) return;
    const asked = this.revision;
    this.shownRevision = asked;
    if (this.findings.childElementCount === 0) {
      this.findings.append(h("p", { class: "empty" }, S.evidenceLoading));
    }
    try {
      const { findings, first_look: looks } = await fetchCase(this.id);
      const look = looks.map((text) => h("p", { class: "first-look" }, S.firstLook(text)));
      this.findings.replaceChildren(...look, ...findings.map(findingElement));
    } catch {
      this.shownRevision = -1;
      this.findings.replaceChildren(h("p", { class: "empty" }, S.evidenceFailed));
    }
  }
}

function findingElement(finding: Finding): HTMLElement {
  const list = h("dl", { class: "evidence" });
  for (const [term, text] of evidenceRows(finding.evidence)) {
    list.append(h("dt", {}, term), h("dd", {}, text));
  }
  const kind = S.findingKinds[finding.kind] ?? finding.kind;
  const status = S.findingStatus[finding.status] ?? finding.status;
  const probability =
    finding.probability === null || finding.probability === undefined
      ? ""
      : `, ${S.probability(finding.probability)}`;
  return h(
    "div",
    { class: "finding" },
    h("h4", {}, `${kind} (${status}${probability})`),
    h("p", {}, finding.summary),
    finding.reason ? h("p", {}, finding.reason) : null,
    list,
  );
}
