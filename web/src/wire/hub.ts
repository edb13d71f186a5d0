// One event stream per browser: the hub owns it, every tab is a listener.
// The hub runs in a shared worker (worker.ts), or inside the page where there is none.

import { type Desk, applyMessage, emptyDesk } from "../state/desk";
import { EventLink } from "./sse";
import type { LinkState, WireMessage } from "./types";

export type HubMessage =
  | { type: "snapshot"; desk: Desk; link: LinkState; heardMsAgo: number | null }
  | { type: "message"; message: WireMessage }
  | { type: "link"; link: LinkState };

export type Listener = (message: HubMessage) => void;

const HELLO_WAIT_MS = 3_000;

export class Hub {
  private readonly listeners = new Set<Listener>();
  private readonly desk = emptyDesk();
  private link: LinkState = "connecting";
  private heardAt: number | null = null;
  private readonly events: EventLink;
  private started = false;

  constructor(url: string) {
    this.events = new EventLink({
      url,
      run: () => String(this.desk.node?.run ?? ""),
      onMessage: (message) => this.take(message),
      onState: (link) => {
        this.link = link;
        this.tell({ type: "link", link });
      },
    });
  }

  /** Adds a listener, which first receives the state as it stands. */
  join(listener: Listener): () => void {
    const heardMsAgo = this.heardAt === null ? null : performance.now() - this.heardAt;
    listener({ type: "snapshot", desk: this.desk, link: this.link, heardMsAgo });
    this.listeners.add(listener);
    if (!this.started) {
      this.started = true;
      void this.events.run();
    }
    return () => this.listeners.delete(listener);
  }

  private take(message: WireMessage): void {
    this.heardAt = performance.now();
    const change = applyMessage(this.desk, message);
    if (change.run) {
      // A new run: what we know is of the old one. Its hello follows; if not, we ask for it.
      this.events.forget();
      setTimeout(() => {
        if (this.desk.awaitsHello) this.events.restart();
      }, HELLO_WAIT_MS);
    }
    this.tell({ type: "message", message });
  }

  private tell(message: HubMessage): void {
    for (const listener of this.listeners) listener(message);
  }
}
