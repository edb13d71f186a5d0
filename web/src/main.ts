// The watch page: makes the store, the wire and the views, and ties them together.

import { Chart } from "./map/chart";
import { type Palette, firstPalette, nextPalette, usePalette } from "./palette";
import { Outbox } from "./state/acts";
import { canAcknowledge } from "./state/desk";
import { Store } from "./state/store";
import { Banner } from "./view/banner";
import { BottomBar } from "./view/bottom";
import { Card } from "./view/card";
import { CaseList } from "./view/case-list";
import { h, remember, remembered } from "./view/dom";
import { CannotSee, Help, deskName } from "./view/help";
import { listenToKeys } from "./view/keys";
import { Layers } from "./view/layers";
import { Pointer } from "./view/pointer";
import { Stations } from "./view/stations";
import { Tabs } from "./view/tabs";
import { TopBar } from "./view/topbar";
import { S } from "./strings";
import { deliverAct, fetchStations, fetchTrails, fetchVessels } from "./wire/api";
import { PositionLink } from "./wire/positions";
import { connectStream } from "./wire/stream";

const TRAIL_MINUTES = 120;
const NAMES_EVERY_MS = 60_000;
const STATIONS_EVERY_MS = 15_000;
const STATIONS_OPEN_EVERY_MS = 5_000;
const NEW_NAMES_WAIT_MS = 5_000;
const TRAILS_WAIT_MS = 3_000;
const TICK_MS = 500;

const store = new Store(() => performance.now());
const refused = new Map<string, number>();
let palette: Palette = firstPalette(remembered("palette"));
let tokens = usePalette(palette);

const outbox = new Outbox({
  storage: safeStorage(),
  deliver: deliverAct,
  onCase: (one) => store.takeCase(one),
  onRefused: (act, status) => refused.set(act.caseId, status),
  onChange: () => store.casesChanged(),
});

const pointer = new Pointer(store, () => card.coveredPx());
const bottom = new BottomBar(store, pointer, () => chart.ships.drawn.count);
const help = new Help(store);
const layers = new Layers((layer, shown) => chart.showLayer(layer, shown));
const stations = new Stations(store, askStations);
const topBar = new TopBar(store, choosePalette, () => stations.open(), () => help.open(tokens));
const banner = new Banner(store);
const list = new CaseList(
  store,
  outbox,
  refused,
  { onChoose: chooseCase, onFly: flyToCase, onAcknowledge: acknowledge },
  new CannotSee(store).element,
);
const card = new Card(store, () => chooseVessel(null), chooseCase);
const mapElement = h("div", { class: "map", role: "application", "aria-label": S.mapLabel });
const tabs = new Tabs(store, () => chart.refit());

document.title = `${S.product} — ${S.watchPage}`;
document.body.append(
  banner.element,
  topBar.element,
  h(
    "main",
    { class: "desk" },
    list.element,
    h("div", { class: "sea" }, mapElement, layers.element, pointer.tooltip),
    card.element,
  ),
  tabs.element,
  bottom.element,
  stations.element,
  help.element,
);
const chart = new Chart(
  mapElement,
  store,
  tokens,
  {
    onPoint: (point) => pointer.move(point),
    onChoose: (key) => chooseVessel(key),
    onTrails: (all) => bottom.setTrails(all),
  },
  () => card.coveredPx(),
);
topBar.setPalette(palette);
layers.restore();
layers.repaint(tokens);

// -- what people do -------------------------------------------------------------------------------

function choosePalette(chosen: Palette): void {
  palette = chosen;
  remember("palette", chosen);
  tokens = usePalette(chosen);
  topBar.setPalette(chosen);
  chart.repaint(tokens);
  layers.repaint(tokens);
}

function chooseVessel(key: number | null): void {
  store.chooseVessel(key);
  if (key !== null) tabs.show("card", false);
}

function chooseCase(id: string): void {
  store.chooseCase(id);
}

function flyToCase(id: string): void {
  const one = store.desk.cases.get(id);
  if (one === undefined) return;
  store.chooseCase(id);
  tabs.show("map", true);
  const slot = store.chosenKey === null ? -1 : store.targets.slotOf(store.chosenKey);
  const now = store.drawnAtMs();
  const lon = slot < 0 ? one.lon_deg : store.targets.lonAt(slot, now);
  const lat = slot < 0 ? one.lat_deg : store.targets.latAt(slot, now);
  if (lon !== null && lat !== null && Number.isFinite(lon) && Number.isFinite(lat)) chart.flyTo(lon, lat);
}

function acknowledge(id: string): void {
  const one = store.desk.cases.get(id);
  if (one === undefined || !canAcknowledge(one)) return;
  refused.delete(id);
  outbox.acknowledge(store.run(), id, deskName());
}

listenToKeys({
  next: (step) => {
    const id = list.neighbour(step);
    if (id === null) return;
    store.chooseCase(id);
    list.reveal(id);
  },
  acknowledge: () => {
    if (store.chosenCase !== null) acknowledge(store.chosenCase);
  },
  fly: () => {
    if (store.chosenCase !== null) flyToCase(store.chosenCase);
  },
  back: () => store.chooseVessel(null),
  zoom: (steps) => chart.zoomBy(steps),
  palette: () => choosePalette(nextPalette(palette)),
  stations: () => stations.open(),
  layers: () => layers.toggle(),
  water: () => pointer.move(chart.middle()),
  help: () => help.open(tokens),
});

// -- what the node says ---------------------------------------------------------------------------

const positions = new PositionLink((frame) => {
  store.takeFrame(frame);
  if (store.trailsBehind && performance.now() - trailsAskedMs > TRAILS_WAIT_MS) askTrails();
  for (let i = 0; i < frame.count; i += 1) {
    if (!store.vessels.has(frame.key[i])) {
      askNamesSoon();
      break;
    }
  }
});

let namesDue = 0;
let namesAskedMs = -Infinity;

function askNames(): void {
  namesAskedMs = performance.now();
  fetchVessels().then(
    (answer) => store.takeVessels(answer.vessels),
    () => undefined, // asked for again within the minute
  );
}

function askNamesSoon(): void {
  const waitMs = namesAskedMs + NEW_NAMES_WAIT_MS - performance.now();
  if (namesDue !== 0 && waitMs > 0) return;
  clearTimeout(namesDue);
  namesDue = window.setTimeout(
    () => {
      namesDue = 0;
      askNames();
    },
    Math.max(0, waitMs),
  );
}

let trailsAskedMs = -Infinity;

function askTrails(): void {
  trailsAskedMs = performance.now();
  const run = store.run();
  fetchTrails(TRAIL_MINUTES).then(
    (answer) => {
      if (run === store.run()) store.takeTrails(answer.trails);
    },
    () => undefined, // trails grow from the frames alone
  );
}

function askStations(): void {
  const run = store.run();
  fetchStations().then(
    (answer) => {
      if (run === store.run()) store.takeStations(answer);
    },
    () => undefined, // asked for again in a moment
  );
}

let greetedRun: string | null = null;
store.on("desk", () => {
  if (store.desk.awaitsHello || store.desk.node === null || store.run() === greetedRun) return;
  const first = greetedRun === null;
  greetedRun = store.run();
  if (!first) positions.restart();
  outbox.resume(greetedRun);
  askNames();
  askTrails();
  askStations();
});
store.on("run", () => {
  // A frame that came before this run was known went with the picture that was dropped.
  positions.askWhole();
  refused.clear();
  if (store.desk.awaitsHello) {
    outbox.drop();
    greetedRun = greetedRun === null ? null : "";
  }
});

connectStream((said) => store.takeHub(said));
positions.open();
setInterval(askNames, NAMES_EVERY_MS);
setInterval(() => {
  if (stations.isOpen) askStations();
}, STATIONS_OPEN_EVERY_MS);
setInterval(askStations, STATIONS_EVERY_MS);
setInterval(() => {
  banner.tick();
  topBar.tick();
  bottom.tick();
  list.tick();
  card.tick();
  stations.tick();
}, TICK_MS);

// -- for tests in a browser: what is drawn, read only ----------------------------------------------

Object.defineProperty(window, "caribsis", {
  value: Object.freeze({
    /** Targets of the last redraw, x and y in CSS pixels of the window. */
    targets: () => chart.drawn(),
    /** The cases in the order shown. */
    cases: () =>
      store.cases().map(({ id, priority, state, filed, title, keys }) => ({
        id,
        priority,
        state,
        filed,
        title,
        keys: [...keys],
        saving: outbox.saving(id),
      })),
    /** Zones and lines of each layer drawn at the last paint. */
    zones: () => chart.drawnZones(),
    get pictureVersion() {
      return store.targets.version;
    },
    get frames() {
      return chart.ships.frames;
    },
    get link() {
      return store.link;
    },
  }),
});

/** A browser that refuses storage still gets a page; it only forgets. */
function safeStorage(): Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> {
  try {
    return localStorage;
  } catch {
    const nothing = (): null => null;
    return { getItem: nothing, setItem: nothing, removeItem: nothing, key: nothing, length: 0 };
  }
}
