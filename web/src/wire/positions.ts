// The WebSocket that brings position frames, kept open for ever.

import { type Frame, FrameError, decodeFrame } from "./frame";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** A whole picture comes every 60 s: a socket without any frame for longer is dead. */
const SILENCE_MS = 75_000;

export class PositionLink {
  private waitMs = FIRST_WAIT_MS;
  private socket: WebSocket | null = null;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  /** Frames that could not be read. */
  unreadable = 0;

  constructor(private readonly onFrame: (frame: Frame) => void) {}

  open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/positions`);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.watch();
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (!(event.data instanceof ArrayBuffer)) return;
      this.watch();
      this.waitMs = FIRST_WAIT_MS;
      try {
        this.onFrame(decodeFrame(event.data));
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.unreadable += 1;
      }
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      clearTimeout(this.watchdog);
      setTimeout(() => this.open(), this.waitMs);
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    };
  }

  /** Asks for a whole picture next: the one there was has been dropped. */
  askWhole(): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send("whole");
  }

  /** Begins anew, so that a whole picture comes first. */
  restart(): void {
    const old = this.socket;
    this.socket = null;
    old?.close();
    clearTimeout(this.watchdog);
    this.open();
  }

  private watch(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.restart(), SILENCE_MS);
  }
}
