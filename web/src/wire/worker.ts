// The shared worker: one hub for all tabs of this browser.

import { Hub, type HubMessage } from "./hub";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const LEASE_MS = 60_000;
const hub = new Hub("/api/events");

(self as unknown as SharedScope).onconnect = (event) => {
  const port = event.ports[0];
  if (port === undefined) return;
  let lastSeen = performance.now();
  const leave = hub.join((message: HubMessage) => port.postMessage(message));
  // A tab that closed without a word is dropped when its lease ends.
  const lease = setInterval(() => {
    if (performance.now() - lastSeen > LEASE_MS * 2) end();
  }, LEASE_MS);
  const end = (): void => {
    clearInterval(lease);
    leave();
    port.close();
  };
  port.onmessage = (said: MessageEvent<string>) => {
    lastSeen = performance.now();
    if (said.data === "bye") end();
  };
  port.start();
};
