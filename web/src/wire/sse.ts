// Server-sent events over fetch: our own reader, because EventSource cannot be told where to resume
// once it has given up, and does not exist in every worker.

import type { LinkState, WireMessage } from "./types";

/** Cuts a text stream into events as the HTML standard says (section 9.2.6). */
export class SseParser {
  private rest = "";
  private event = "";
  private data: string[] = [];
  private id: string | null = null;

  /** Takes the next piece of the stream and returns the events that it completes. */
  push(text: string): WireMessage[] {
    const out: WireMessage[] = [];
    let buffer = this.rest + text;
    let carry = "";
    if (buffer.endsWith("\r")) {
      // Its line feed may come with the next piece.
      buffer = buffer.slice(0, -1);
      carry = "\r";
    }
    const lines = buffer.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + carry;
    for (const line of lines) this.line(line, out);
    return out;
  }

  private line(line: string, out: WireMessage[]): void {
    if (line === "") {
      if (this.data.length > 0) {
        out.push({ id: this.id, event: this.event || "message", data: this.data.join("\n") });
      }
      this.event = "";
      this.data = [];
      this.id = null;
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
  }
}

export const SILENCE_MS = 15_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

export interface EventLinkOptions {
  url: string;
  /** The run that we resume in, empty before it is known: numbers of another run mean nothing. */
  run: () => string;
  onMessage: (message: WireMessage) => void;
  onState: (state: LinkState) => void;
}

/** Keeps one event stream open for ever, resuming after the last event that it delivered. */
export class EventLink {
  private lastId: string | null = null;
  private waitMs = FIRST_WAIT_MS;
  private abort = new AbortController();
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(private readonly options: EventLinkOptions) {}

  /** Runs until `close`. */
  async run(): Promise<void> {
    while (!this.closed) {
      this.options.onState("connecting");
      this.abort = new AbortController();
      try {
        await this.once();
      } catch {
        // A refused or cut connection is expected: it is shown as waiting, and tried again.
      }
      clearTimeout(this.watchdog);
      if (this.closed) return;
      this.options.onState("waiting");
      await new Promise((resolve) => setTimeout(resolve, this.waitMs));
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  /** Forgets where it was, so that the next connection begins with a hello. */
  restart(): void {
    this.lastId = null;
    this.abort.abort();
  }

  forget(): void {
    this.lastId = null;
  }

  close(): void {
    this.closed = true;
    this.abort.abort();
  }

  private async once(): Promise<void> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    let url = this.options.url;
    if (this.lastId !== null) {
      headers["Last-Event-ID"] = this.lastId;
      const run = this.options.run();
      if (run !== "") url += `?run=${encodeURIComponent(run)}`;
    }
    this.watch();
    const answer = await fetch(url, {
      headers,
      cache: "no-store",
      signal: this.abort.signal,
    });
    if (!answer.ok || answer.body === null) throw new Error(`events: status ${answer.status}`);
    this.options.onState("open");
    const parser = new SseParser();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.watch();
      for (const message of parser.push(value)) {
        this.waitMs = FIRST_WAIT_MS;
        if (message.id !== null) this.lastId = message.id;
        this.options.onMessage(message);
      }
    }
  }

  /** A stream that says nothing for 15 s is dead, whatever the socket thinks. */
  private watch(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.abort.abort(), SILENCE_MS);
  }
}
