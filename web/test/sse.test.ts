import { describe, expect, it } from "vitest";
import { SseParser } from "../src/wire/sse";

describe("SseParser", () => {
  it("reads an event with its id, name and lines of data", () => {
    const got = new SseParser().push("id: 7\nevent: case\ndata: {\"a\":1,\ndata: \"b\":2}\n\n");
    expect(got).toEqual([{ id: "7", event: "case", data: '{"a":1,\n"b":2}' }]);
  });

  it("gives the same events however the stream is cut", () => {
    const text = ": hello\r\n\r\nid: 1\r\nevent: log\r\ndata: x\r\n\r\nretry: 5\n\ndata: é\n\ndata\n\n";
    const whole = new SseParser().push(text);
    expect(whole).toHaveLength(3);
    for (let cut = 1; cut < text.length; cut += 1) {
      const parser = new SseParser();
      expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(whole);
    }
    const parser = new SseParser();
    expect([...text].flatMap((letter) => parser.push(letter))).toEqual(whole);
  });

  it("does not hand one event's id to the next: a heartbeat has none", () => {
    const got = new SseParser().push("id: 9\ndata: a\n\nevent: clock\ndata: b\n\n");
    expect(got.map((message) => message.id)).toEqual(["9", null]);
    expect(got[0].event).toBe("message");
  });

  it("keeps an unfinished event to itself", () => {
    const parser = new SseParser();
    expect(parser.push("id: 1\ndata: a\n")).toEqual([]);
    expect(parser.push("\n")).toHaveLength(1);
  });
});
