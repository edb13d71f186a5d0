// The map: Leaflet for moving about, our canvases for everything that is drawn.

import L from "leaflet";
import type { Tokens } from "../palette";
import type { Store } from "../state/store";
import { S } from "../strings";
import { fetchZones, untilDone } from "../wire/api";
import { remember, remembered } from "../view/dom";
import type { PointerPlace } from "../view/pointer";
import { StillCanvas } from "./canvas";
import { Coast } from "./coast";
import { Context } from "./context";
import { Ships, drawnTargets } from "./ships";
import { paintTrails } from "./wakes";
import { type Layer, Zones } from "./zones";

const REGION: L.LatLngBoundsLiteral = [
  [9.5, -86],
  [24, -58],
];
/** What the coast and the zones cover. */
const COVERED = L.latLngBounds([0, -100], [35, -45]);
const FLY_ZOOM = 11;

export interface ChartHandlers {
  /** The pointer moved over the map: the target under it, and the place; null when it left. */
  onPoint: (point: PointerPlace | null) => void;
  onChoose: (key: number | null) => void;
  /** Whether all trails in view are drawn. */
  onTrails: (all: boolean) => void;
}

export class Chart {
  readonly map: L.Map;
  readonly ships: Ships;
  private readonly base: StillCanvas;
  private readonly wakes: StillCanvas;
  private readonly zones = new Zones();
  private touched: boolean;
  private moving = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly store: Store,
    private tokens: Tokens,
    private readonly handlers: ChartHandlers,
    /** Pixels of the map's right side that lie under the card. */
    private readonly covered: () => number,
  ) {
    this.map = L.map(element, {
      zoomControl: false,
      attributionControl: false,
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
      worldCopyJump: false,
      minZoom: 4,
      maxZoom: 17,
      zoomSnap: 0.5,
      zoomDelta: 1,
      wheelPxPerZoomLevel: 90,
      inertia: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      maxBounds: COVERED.pad(0.3),
    });
    this.touched = this.restoreView();
    L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 120 }).addTo(this.map);
    L.control
      .zoom({ zoomInTitle: S.zoomIn, zoomOutTitle: S.zoomOut, position: "topleft" })
      .addTo(this.map);
    L.control
      .attribution({ prefix: false, position: "bottomleft" })
      .addAttribution(S.attribution)
      .addTo(this.map);

    const coast = new Coast(() => this.base.invalidate());
    const context = new Context(() => this.base.invalidate());
    this.base = new StillCanvas(this.map, "base", 200, (pen, surface) => {
      context.paintWater(pen, surface, this.tokens);
      this.zones.paint(pen, surface, this.tokens);
      coast.paint(pen, surface, this.tokens);
      context.paintBorders(pen, surface, this.tokens);
      context.paintNames(pen, surface, this.tokens);
    });
    this.wakes = new StillCanvas(this.map, "wakes", 420, (pen, surface) => {
      this.handlers.onTrails(paintTrails(pen, surface, store, this.tokens));
    });
    this.ships = new Ships(this.map, store, tokens);
    void untilDone(() => coast.load());
    void untilDone(() => context.load());
    void untilDone(() => this.loadZones());
    store.on(["picture", "trails", "choice"], () => {
      if (!this.moving) this.wakes.invalidate();
    });
    store.on("picture", () => this.firstLook());
    this.listen();
  }

  repaint(tokens: Tokens): void {
    this.tokens = tokens;
    this.ships.repaint(tokens);
    this.base.invalidate();
    this.wakes.invalidate();
  }

  /** The map's place on the page changed: a tab was opened, the window turned. */
  refit(): void {
    this.map.invalidateSize({ pan: false });
  }

  /** Shows a place. Only ever called because a person asked for it. */
  flyTo(lonDeg: number, latDeg: number): void {
    this.touched = true;
    const zoom = Math.max(this.map.getZoom(), FLY_ZOOM);
    // The middle of what the card leaves open, not of the whole map.
    const middle = this.map.project([latDeg, lonDeg], zoom).add([this.covered() / 2, 0]);
    this.map.setView(this.map.unproject(middle, zoom), zoom, { animate: false });
  }

  zoomBy(steps: number): void {
    this.touched = true;
    this.map.setZoom(this.map.getZoom() + steps, { animate: false });
  }

  /** Shows or hides a layer of zones. */
  showLayer(layer: Layer, shown: boolean): void {
    this.zones.show(layer, shown);
    this.base.invalidate();
  }

  /** Zones and lines drawn at the last paint, by layer. */
  drawnZones(): Record<string, number> {
    return Object.fromEntries(this.zones.drawn);
  }

  /** The middle of what the card leaves open: its place and its pixel. */
  middle(): PointerPlace {
    const size = this.map.getSize();
    const [x, y] = [(size.x - this.covered()) / 2, size.y / 2];
    const { lng, lat } = this.map.containerPointToLatLng([x, y]);
    return { key: null, lon: lng, lat, x, y };
  }

  drawn(): ReturnType<typeof drawnTargets> {
    const offset = this.element.getBoundingClientRect();
    return drawnTargets(this.store.targets, this.ships.drawn, this.store.drawnAtMs(), offset);
  }

  private listen(): void {
    this.map.on("movestart", () => (this.moving = true));
    this.map.on("moveend", () => {
      this.moving = false;
      const c = this.map.getCenter();
      remember("view", `${c.lat.toFixed(5)}/${c.lng.toFixed(5)}/${this.map.getZoom()}`);
    });
    this.map.on("dragstart", () => (this.touched = true));
    this.element.addEventListener("wheel", () => (this.touched = true), { passive: true });
    this.map.on("mousemove", (event) => {
      const { x, y } = event.containerPoint;
      const { lng, lat } = event.latlng;
      const key = this.moving ? null : this.ships.at(x, y);
      this.element.classList.toggle("over-target", key !== null);
      this.handlers.onPoint({ key, lon: lng, lat, x, y });
    });
    this.map.on("mouseout", () => this.handlers.onPoint(null));
    this.map.on("click", (event) => {
      this.touched = true;
      this.handlers.onChoose(this.ships.at(event.containerPoint.x, event.containerPoint.y));
    });
  }

  private restoreView(): boolean {
    const [lat, lon, zoom] = (remembered("view") ?? "").split("/").map(Number);
    if (Number.isFinite(lat) && Number.isFinite(lon) && Number.isFinite(zoom)) {
      this.map.setView([lat, lon], zoom, { animate: false });
      return true;
    }
    this.map.fitBounds(REGION, { animate: false });
    return false;
  }

  /** A desk that has never looked anywhere is shown where the contacts are, once. */
  private firstLook(): void {
    const { targets } = this.store;
    if (this.touched || targets.count === 0) return;
    this.touched = true;
    const inside: number[] = [];
    for (let slot = 0; slot < targets.count; slot += 1) {
      if (COVERED.contains([targets.latDeg[slot], targets.lonDeg[slot]])) inside.push(slot);
    }
    if (inside.length === 0) return;
    const part = (column: Float64Array, share: number): number => {
      const sorted = inside.map((slot) => column[slot]).sort((a, b) => a - b);
      return sorted[Math.round((sorted.length - 1) * share)];
    };
    const most = L.latLngBounds(
      [part(targets.latDeg, 0.1), part(targets.lonDeg, 0.1)],
      [part(targets.latDeg, 0.9), part(targets.lonDeg, 0.9)],
    );
    this.map.fitBounds(most.pad(0.25), { animate: false, maxZoom: 10 });
  }

  private async loadZones(): Promise<void> {
    this.zones.load(await fetchZones());
    this.base.invalidate();
  }
}
