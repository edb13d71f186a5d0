// What lies under the pointer: a small card at a ship, and in the bottom bar whose water it is.

import { formatCourse, formatPosition, formatSpan, formatSpeed } from "../format";
import type { Store } from "../state/store";
import { S } from "../strings";
import { fetchLocated } from "../wire/api";
import { hullOfKey, mmsiOfKey } from "../wire/frame";
import type { Located } from "../wire/types";
import { h, setText } from "./dom";

const REST_MS = 120;
const KEEP = 500;

/** Asks whose water a place is, once the pointer rests; nearby answers are kept. */
class Locator {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private abort = new AbortController();
  private readonly known = new Map<string, Located>();

  ask(lon: number, lat: number, answer: (located: Located | null) => void): void {
    clearTimeout(this.timer);
    this.abort.abort();
    const name = `${lon.toFixed(2)} ${lat.toFixed(2)}`;
    const held = this.known.get(name);
    if (held !== undefined) {
      answer(held);
      return;
    }
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.timer = setTimeout(() => {
      fetchLocated(lon, lat, signal).then(
        (located) => {
          if (this.known.size >= KEEP) this.known.clear();
          this.known.set(name, located);
          if (!signal.aborted) answer(located);
        },
        () => {
          if (!signal.aborted) answer(null);
        },
      );
    }, REST_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.abort.abort();
  }
}

export interface PointerPlace {
  key: number | null;
  lon: number;
  lat: number;
  x: number;
  y: number;
}

export class Pointer {
  readonly tooltip = h("div", { class: "tooltip", hidden: true });
  readonly place = h("span", { class: "pointer-place" });
  readonly water = h("span", { class: "pointer-water" });
  private readonly name = h("strong");
  private readonly identity = h("span");
  private readonly motion = h("span");
  private readonly age = h("span");
  private readonly whose = h("span", { class: "tooltip-water" });
  private readonly locator = new Locator();
  private shownKey: number | null = null;

  constructor(
    private readonly store: Store,
    private readonly covered: () => number,
  ) {
    this.tooltip.append(this.name, this.identity, this.motion, this.age, this.whose);
    store.on(["choice", "run"], () => this.renderTooltip());
  }

  move(point: PointerPlace | null): void {
    this.store.hover(point?.key ?? null);
    if (point === null) {
      this.locator.stop();
      setText(this.place, "");
      setText(this.water, "");
      return;
    }
    setText(this.place, formatPosition(point.lon, point.lat));
    this.locator.ask(point.lon, point.lat, (located) => {
      setText(this.water, located?.text ?? S.locateFailed);
      setText(this.whose, located?.text ?? "");
    });
    if (point.key !== null) this.put(point.x, point.y);
    else setText(this.whose, "");
  }

  /** Beside the pointer, on the side that has room. */
  private put(x: number, y: number): void {
    const room = this.tooltip.parentElement;
    if (room === null) return;
    const { style } = this.tooltip;
    const left = x + 250 > room.clientWidth - this.covered();
    const up = y + 130 > room.clientHeight;
    style.left = left ? "auto" : `${x + 18}px`;
    style.right = left ? `${room.clientWidth - x + 18}px` : "auto";
    style.top = up ? "auto" : `${y + 14}px`;
    style.bottom = up ? `${room.clientHeight - y + 14}px` : "auto";
  }

  private renderTooltip(): void {
    const key = this.store.hoveredKey;
    const { targets } = this.store;
    const slot = key === null ? -1 : targets.slotOf(key);
    this.tooltip.hidden = slot < 0;
    if (key === null || slot < 0) {
      this.shownKey = null;
      return;
    }
    if (this.shownKey !== key) {
      this.shownKey = key;
      setText(this.whose, S.locating);
    }
    const hull = hullOfKey(key);
    const kind = S.kind[targets.kind[slot]] ?? "";
    setText(this.name, this.store.name(key) ?? S.noName);
    const identity = [S.mmsi(mmsiOfKey(key)), hull > 0 ? S.hullMark(hull) : "", kind];
    const motion = [formatSpeed(targets.sogKn[slot]), formatCourse(targets.cogDeg[slot])];
    setText(this.identity, identity.filter((text) => text !== "").join(" · "));
    setText(this.motion, motion.join(" · "));
    setText(this.age, S.reportAge(formatSpan(targets.ageAt(slot, this.store.drawnAtMs()))));
  }
}
