// Canvases of our own in the map. A still canvas is larger than the map and moves with it; a live
// canvas is drawn anew for every frame.

import type L from "leaflet";
import type { Surface } from "./geometry";
import { Raster } from "./raster";

const MARGIN = 0.25;

function surfaceOf(map: L.Map, margin: number): Surface {
  const size = map.getSize();
  const zoom = map.getZoom();
  const corner = map.getPixelBounds().min ?? { x: 0, y: 0 };
  const padX = Math.round(size.x * margin);
  const padY = Math.round(size.y * margin);
  return {
    scale: 256 * 2 ** zoom,
    originX: corner.x - padX,
    originY: corner.y - padY,
    width: size.x + 2 * padX,
    height: size.y + 2 * padY,
    zoom,
  };
}

class MapCanvas {
  protected readonly canvas = document.createElement("canvas");
  protected readonly context: CanvasRenderingContext2D;
  protected surface: Surface;

  constructor(
    protected readonly map: L.Map,
    pane: string,
    zIndex: number,
    protected readonly margin: number,
    /** Kept in the machine's memory: for a canvas that is filled by hand. */
    byHand = false,
  ) {
    const element = map.createPane(pane);
    element.style.zIndex = String(zIndex);
    element.style.pointerEvents = "none";
    this.canvas.setAttribute("aria-hidden", "true");
    element.append(this.canvas);
    const context = this.canvas.getContext("2d", { willReadFrequently: byHand });
    if (context === null) throw new Error("this browser has no 2D canvas");
    this.context = context;
    this.surface = surfaceOf(map, margin);
  }

  /** Lays the canvas over the map as it now stands, cleared, in CSS pixels. */
  protected lay(): Surface {
    const surface = surfaceOf(this.map, this.margin);
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.round(surface.width * ratio);
    const high = Math.round(surface.height * ratio);
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.width = `${surface.width}px`;
      this.canvas.style.height = `${surface.height}px`;
    }
    const padX = (surface.width - this.map.getSize().x) / 2;
    const padY = (surface.height - this.map.getSize().y) / 2;
    const at = this.map.containerPointToLayerPoint([-padX, -padY]);
    this.canvas.style.transform = `translate(${at.x}px, ${at.y}px)`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, surface.width, surface.height);
    this.surface = surface;
    return surface;
  }
}

/** Drawn when the view or its content changed; while the map is dragged it just moves along. */
export class StillCanvas extends MapCanvas {
  private due = false;

  constructor(
    map: L.Map,
    pane: string,
    zIndex: number,
    private readonly paint: (context: CanvasRenderingContext2D, surface: Surface) => void,
  ) {
    super(map, pane, zIndex, MARGIN);
    map.on("zoom viewreset resize moveend", () => this.invalidate());
    map.on("move", () => {
      if (this.runsOut()) this.invalidate();
    });
    this.invalidate();
  }

  /** Asks for a redraw before the next frame. */
  invalidate(): void {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      if (this.map.getSize().x > 0) this.paint(this.context, this.lay());
    });
  }

  private runsOut(): boolean {
    const seen = surfaceOf(this.map, 0);
    const drawn = this.surface;
    return (
      seen.scale !== drawn.scale ||
      seen.originX < drawn.originX ||
      seen.originY < drawn.originY ||
      seen.originX + seen.width > drawn.originX + drawn.width ||
      seen.originY + seen.height > drawn.originY + drawn.height
    );
  }
}

/** Laid over the map exactly and filled anew each time: first the stamps, then what is drawn. */
export class LiveCanvas extends MapCanvas {
  private readonly raster = new Raster();
  private image: ImageData | null = null;

  constructor(map: L.Map, pane: string, zIndex: number) {
    super(map, pane, zIndex, 0, true);
  }

  begin(): { surface: Surface; raster: Raster } {
    const surface = this.lay();
    this.raster.reset(this.canvas.width, this.canvas.height);
    return { surface, raster: this.raster };
  }

  /** Shows the stamps; what is drawn with the context after this lies over them. */
  stamp(): CanvasRenderingContext2D {
    const { pixels, width, height } = this.raster;
    if (this.image === null || this.image.data.buffer !== pixels.buffer) {
      const bytes = new Uint8ClampedArray(pixels.buffer as ArrayBuffer);
      this.image = new ImageData(bytes, width, height);
    }
    this.context.putImageData(this.image, 0, 0);
    return this.context;
  }
}
