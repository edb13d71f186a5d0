// Keys for everything; none is taken from a person who is typing or from a button that has the focus.

export interface KeyHandlers {
  next: (step: number) => void;
  acknowledge: () => void;
  fly: () => void;
  back: () => void;
  zoom: (steps: number) => void;
  palette: () => void;
  stations: () => void;
  layers: () => void;
  water: () => void;
  help: () => void;
}

export function listenToKeys(handlers: KeyHandlers): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target instanceof Element ? event.target : null;
    // A dialog closes itself on Escape.
    if (at?.closest("input, textarea, select, dialog")) return;
    const actions: Record<string, () => void> = {
      j: () => handlers.next(1),
      k: () => handlers.next(-1),
      a: () => handlers.acknowledge(),
      d: () => handlers.palette(),
      s: () => handlers.stations(),
      z: () => handlers.layers(),
      w: () => handlers.water(),
      "?": () => handlers.help(),
      Escape: () => handlers.back(),
    };
    // The map has these itself while it has the focus.
    if (!at?.closest(".leaflet-container")) {
      actions["+"] = () => handlers.zoom(1);
      actions["-"] = () => handlers.zoom(-1);
      actions["−"] = () => handlers.zoom(-1);
    }
    if (!at?.closest("button, a, summary")) actions["Enter"] = () => handlers.fly();
    const action = actions[event.key];
    if (action === undefined || (event.repeat && event.key === "a")) return;
    event.preventDefault();
    action();
  });
}
