// A page's end of the event stream: through the shared worker, or through a hub of its own.

import { Hub, type HubMessage, type Listener } from "./hub";
import { SILENCE_MS } from "./sse";

declare const BUILD: string;

const EVENTS_URL = "/api/events";
const HERE_MS = 20_000;
const FIRST_WORD_MS = 4_000;

/** Connects for the life of the page. */
export function connectStream(listener: Listener): void {
  if (typeof SharedWorker === "undefined") {
    new Hub(EVENTS_URL).join(listener);
    return;
  }
  new WorkerLine(listener).open();
}

/** A line to the shared worker that is laid anew when it goes dead. */
class WorkerLine {
  private port: MessagePort | null = null;
  private heard = false;
  private heardAt = performance.now();
  private own = false;

  constructor(private readonly listener: Listener) {
    setInterval(() => this.port?.postMessage("here"), HERE_MS);
    setInterval(() => {
      if (!this.own && this.heard && performance.now() - this.heardAt > SILENCE_MS) this.open();
    }, SILENCE_MS);
    window.addEventListener("pagehide", () => this.port?.postMessage("bye"));
    window.addEventListener("pageshow", (event) => {
      if (event.persisted && !this.own) this.open();
    });
  }

  open(): void {
    this.port?.postMessage("bye");
    this.heardAt = performance.now();
    try {
      const worker = new SharedWorker("/page/worker.js", { name: `caribsis-${BUILD}`, type: "module" });
      worker.onerror = () => this.fallBack();
      this.port = worker.port;
      worker.port.onmessage = (event: MessageEvent<HubMessage>) => {
        if (this.own || worker.port !== this.port) return;
        this.heard = true;
        this.heardAt = performance.now();
        this.listener(event.data);
      };
      worker.port.start();
    } catch {
      this.fallBack();
      return;
    }
    setTimeout(() => {
      if (!this.heard) this.fallBack();
    }, FIRST_WORD_MS);
  }

  private fallBack(): void {
    if (this.own) return;
    this.own = true;
    this.port?.close();
    this.port = null;
    new Hub(EVENTS_URL).join(this.listener);
  }
}
