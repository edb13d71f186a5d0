// Every word that a user can read, in one place. English first.

export const S = {
  product: "CARIBSIS",
  watchPage: "watch page",
  notForNavigation: "Not for navigation",
  attribution:
    "Coast: GSHHG (LGPL), Natural Earth · Zones: Flanders Marine Institute (CC BY 4.0), simplified",

  // top bar
  utc: "UTC",
  localTime: "local",
  pictureAge: (text: string) => `Picture ${text}`,
  pictureNone: "No picture yet",
  speed: (n: number) => `× ${n}`,
  palettes: { day: "Day", dusk: "Dusk", night: "Night" },
  paletteLabel: "Brightness of the page",
  help: "Help",
  feeds: "Feeds",
  feedState: { live: "live", quiet: "quiet", down: "down", ended: "ended" } as Record<string, string>,
  feedUnknown: "unknown",
  feedHeard: (text: string) => `heard ${text} ago`,
  feedNever: "nothing heard yet",
  feedTitle: (f: {
    name: string;
    station: string;
    state: string;
    heard: string;
    perMin: number;
    lines: number;
    decoded: number;
    rejected: number;
    pending: number;
    hold: string;
  }) =>
    `${f.name}, station ${f.station}: ${f.state}, ${f.heard}. ` +
    `${f.perMin} lines a minute. ${f.lines} lines heard = ${f.decoded} decoded + ` +
    `${f.rejected} rejected + ${f.pending} pending. Hold ${f.hold}.`,
  noFeeds: "No feed is connected",

  // banners
  nodeLost: "NODE LOST — picture is stale. Trying again.",
  nodeLostFor: (age: string) => `Nothing was heard from the node for ${age}.`,
  positionsStopped: "POSITIONS STOPPED — the ships on the map are old. Trying again.",
  positionsStoppedFor: (age: string) => `They are ${age} old.`,
  connecting: "Connecting to the node …",
  newRun: "A new run of the recording begins …",

  clockBanner: (span: string, ahead: boolean, by: string, one: boolean) =>
    `This machine's clock differs by ${span} (it is ${ahead ? "ahead" : "behind"}) ` +
    `from what ${by} ${one ? "says" : "say"}`,

  // stations
  stations: "Stations",
  stationsButton: (n: number) => (n > 0 ? `Stations (${n} to look at)` : "Stations"),
  stationsHeading: "Stations: how well each hears",
  stationsLoading: "Asking the node …",
  stationsNone: "No station was heard yet.",
  stationsNote:
    "Counts are position reports; shares are of the last hour, rejected lines of all since the feed began.",
  stationFeed: (feed: string) => `over ${feed}`,
  stationFine: "nothing to look at",
  stationLabel: (name: string, words: string) => `${name}: ${words}`,
  stationProblem: {
    silent: "silent",
    unheard: "no line yet",
    clock: "its clock is off",
    jump: "its clock jumped",
    rejects: "many lines rejected",
    rate: "hears much less than a week ago",
  } as Record<string, string>,
  stationHeard: "Last heard",
  stationRate: "Reports",
  stationRates: (ten: number, sixty: number) => `${ten} in 10 min, ${sixty} in 60 min`,
  stationWeek: "Last week",
  weekUnknown: "that hour is not known",
  weekCompared: (now: number, before: number) =>
    before > 0
      ? `${Math.round((100 * now) / before)} % of the same hour (${now} of ${before})`
      : `${now} in the last hour, none in the same one`,
  stationRejects: "Lines rejected",
  stationDuplicates: "Duplicates",
  stationUnique: "Heard by it alone",
  stationClock: "Clock",
  clockUntold: "nobody it hears states the time",
  clockUnsure: "not sure",
  clockBy: (ships: number, bases: number) =>
    [
      ships > 0 || bases === 0 ? `${ships} ${ships === 1 ? "ship" : "ships"}` : "",
      bases > 0 ? `${bases} base ${bases === 1 ? "station" : "stations"}` : "",
    ]
      .filter((words) => words !== "")
      .join(" and "),
  stationReconnects: "Reconnects",
  stationLevel: "Level",
  stationOffset: "Frequency offset",
  decibel: (n: number) => `${n.toFixed(1)} dB (median)`,
  ppm: (n: number) => `${n.toFixed(1)} ppm (median)`,
  noPosition: "no position loaded",
  roseEmpty: "nothing heard at a known place",
  roseLabel: (nmi: number, bearing: string) => `furthest ${nmi.toFixed(0)} nmi at ${bearing}`,
  roseScale: (nmi: number) => `ring ${nmi} nmi`,

  // tabs of a narrow screen
  tabs: { map: "Map", cases: "Cases", card: "Vessel" },
  tabsLabel: "What this screen shows",
  casesTab: (n: number) => (n > 0 ? `Cases (${n})` : "Cases"),

  // cases
  casesHeading: "Cases",
  caseGroups: {
    hand: "To be acknowledged",
    open: "Open",
    filed: "Filed: began long before they were known",
    closed: "Closed",
  },
  noCases: "No case is open. That is not proof of a quiet sea: see what this picture cannot see.",
  noCasesYet: "Waiting for the node's cases …",
  olderClosed: (n: number) => `and ${n} older closed cases`,
  priority: { E: "Emergency", A: "Alarm", W: "Warning", C: "Caution", L: "Log" } as Record<
    string,
    string
  >,
  state: {
    active_unacknowledged: "not acknowledged",
    active_silenced: "silenced, not acknowledged",
    active_acknowledged: "open; acknowledged, or a caution that needs none",
    responsibility_transferred: "transferred",
    rectified_unacknowledged: "over, not acknowledged",
    normal: "over",
    suspended: "suspended",
    false: "marked false",
    withdrawn: "withdrawn",
  } as Record<string, string>,
  filed: "filed",
  caseAge: (text: string) => `${text} ago`,
  acknowledge: "Acknowledge",
  acknowledgeOf: (title: string) => `Acknowledge: ${title}`,
  saving: "saving …",
  ackRefused: (status: number) => `The node refused it (status ${status}). It is not acknowledged.`,
  acknowledgedBy: (desk: string, time: string) => `by ${desk} at ${time}`,
  show: "Show",
  showOf: (title: string) => `Show on the map: ${title}`,
  newCase: (priority: string, title: string) => `New ${priority}: ${title}`,

  // card
  cardHeading: "Vessel",
  cardEmpty: "Choose a ship on the map or a case in the list.",
  cardClose: "Close",
  cardGone: "This target is not in the picture any more.",
  cardLoading: "Asking the node …",
  cardUnreachable: "The node does not answer about this vessel. What the map knows is shown.",
  conflicts: "Conflicts of identity",
  claimsHeading: "Claims (sent by the vessel, nobody has checked them)",
  claimsFlag: (flag: string) => `claims ${flag}`,
  whose: "Whose water",
  whoseUnknown: "not known",
  disputedBy: (who: string) => `disputed: ${who}`,
  zoneStatus: {
    agreed: "agreed",
    claimed: "claimed",
    disputed: "disputed",
    median: "median line, not agreed",
    joint: "joint regime",
    none: "no claim",
  } as Record<string, string>,
  zoneOwn: "loaded here",
  zoneChance: (percent: number) => `inside by ${percent} in 100`,
  zoneAccuracy: (text: string) => `limit drawn to ± ${text}`,
  nearestPort: "Nearest port or town",
  nowHeading: "Now, by dead reckoning",
  within: "Within",
  nowRadius: (text: string) => `± ${text} (95 in 100)`,
  attention: "Attention",
  lastHeard: "Last heard",
  lastReport: "Last report",
  position: "Position",
  course: "Course",
  speedLabel: "Speed",
  heading: "Heading",
  navStatus: "Says it is",
  station: "Heard by",
  casesOfVessel: "Cases",
  noCasesOfVessel: "none",
  evidence: "Evidence",
  firstLook: (text: string) => `A first look: ${text}`,
  evidenceLoading: "Asking the node …",
  evidenceFailed: "The node does not answer; close and open again.",
  score: "Why this priority",
  points: (n: number) => `${n > 0 ? "+" : ""}${n}`,
  probability: (p: number) => `probability ${Math.round(p * 100)} %`,
  findingKinds: {
    silence: "Silence",
    loitering: "Loitering",
    zone_visit: "Zone visit",
  } as Record<string, string>,
  findingStatus: {
    provisional: "provisional",
    confirmed: "confirmed",
    revised: "revised",
    withdrawn: "withdrawn",
  } as Record<string, string>,
  hulls: (n: number) => `${n} hulls use this MMSI`,
  size: (length: string, beam: string) => `${length} × ${beam}`,
  claim: {
    name: "Name",
    callsign: "Call sign",
    imo: "IMO number",
    flag_claim: "Flag",
    ship_type_text: "Type",
    size: "Length × beam",
    draught_m: "Draught",
    destination: "Destination",
  },
  claimHistory: "Each claim, and since when",
  since: (text: string) => `since ${text}`,

  // targets
  kind: [
    "Class A vessel",
    "Class B vessel",
    "Aid to navigation",
    "Virtual aid to navigation",
    "Base station",
    "SAR aircraft",
    "SART: search and rescue transmitter",
    "MOB: person overboard",
    "EPIRB: emergency beacon",
    "Hand-held radio",
  ],
  noName: "no name heard",
  mmsi: (n: number) => `MMSI ${n}`,
  hullMark: (n: number) => `hull ${n + 1}`,
  marks: {
    old: "old: not heard when expected",
    lost: "lost: drawn where it would be",
    alert: "case not acknowledged",
    case: "case open",
    uncertain: "position or identity uncertain",
  },
  reportAge: (text: string) => `last report ${text} ago`,
  symbols: { SART: "S", MOB: "M", EPIRB: "E" },
  unknown: "not available",

  // map
  mapLabel: "Map of ships. Arrow keys move it, plus and minus zoom.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  trailsLimited: "Too many ships for all trails: those of chosen ships and of cases are shown.",
  targetsShown: (shown: number, all: number) => `${shown} of ${all} targets in view`,
  noTargets: "No contacts. Look at the feed lights: no reception looks the same.",

  // layers
  layers: "Layers",
  layersHeading: "Zones on the map",
  layersNote:
    "No line of ours is a legal limit: they are simplified (most ± 3 km), disputed outlines are approximate.",
  layerNames: {
    limits: "EEZ limits",
    belts: "Territorial sea, contiguous zone",
    disputed: "Disputed water",
    joint: "Joint zones",
    rules: "Exclusion areas",
    own: "Own zones",
  },

  // bottom bar
  locating: "…",
  locateFailed: "The node does not answer",
  logHeading: "Latest",
  logAct: (desk: string, act: string, title: string) => `${desk}: ${act} — ${title}`,
  logFeed: (name: string, state: string) => `Feed ${name} is ${state}`,
  acts: {
    acknowledge: "acknowledged",
    silence: "silenced",
    transfer: "transferred",
    suspend: "suspended",
    false: "marked false",
    note: "noted",
  } as Record<string, string>,

  // help
  cannotSee: "What this picture cannot see",
  cannotSeeNothing: "The node did not say.",
  helpHeading: "Help",
  close: "Close",
  keysHeading: "Keys",
  keys: [
    ["j / k", "next / previous case"],
    ["a", "acknowledge the chosen case"],
    ["Enter", "fly to the chosen case"],
    ["Esc", "close the card or this help"],
    ["+ / −", "zoom"],
    ["arrows", "move the map when it has the focus"],
    ["d", "day, dusk, night"],
    ["s", "the stations"],
    ["z", "which zones are shown"],
    ["w", "whose water is the middle of the map"],
    ["?", "this help"],
  ] as [string, string][],
  symbolsHeading: "Symbols",
  legend: [
    ["heading", "vessel, apex on its heading"],
    ["course", "vessel, heading not sent: apex (hollow) on its course"],
    ["nodirection", "vessel, neither heading nor course"],
    ["old", "not heard when expected"],
    ["lost", "lost: where it would be, with a growing circle"],
    ["alert", "case not acknowledged"],
    ["case", "case acknowledged"],
    ["uncertain", "position or identity uncertain"],
    ["aid", "aid to navigation"],
    ["virtual", "virtual aid to navigation"],
    ["base", "base station"],
    ["aircraft", "SAR aircraft"],
    ["sart", "SART"],
    ["mob", "person overboard"],
    ["epirb", "EPIRB"],
    ["handheld", "hand-held radio"],
  ] as [string, string][],
  linesHeading: "Lines on the water",
  lines: [
    ["agreed", "limit agreed"],
    ["claimed", "limit claimed, or a median line nobody agreed"],
    ["none", "between two parts of one state"],
    ["disputed", "disputed water, claimed by several: hatched"],
    ["joint", "joint regime: dotted"],
    ["belts", "territorial sea and contiguous zone, from our coast"],
    ["rules", "where a rule keeps ships out"],
    ["own", "a zone loaded here"],
    ["trail", "where a ship was heard"],
    ["gap", "not heard for over 5 minutes"],
  ] as [string, string][],
  deskName: "Name of this desk",
  deskDefault: "Desk 1",
  aboutNode: (name: string, version: string, run: string) => `${name}, version ${version}, run ${run}`,

  // units
  units: {
    kn: "kn",
    m: "m",
    nmi: "nmi",
    km: "km",
    deg: "°",
    s: "s",
    min: "min",
    h: "h",
    d: "d",
  },
  yes: "yes",
  no: "no",
  noValue: "—",
} as const;
