import { describe, expect, it } from "vitest";
import { parsePublished } from "./published-ports.ts";

const read = (text: string) => {
  const port = parsePublished(text, 1);
  const range = (one: { min: number; max: number } | null) => (one === null ? "any" : `${one.min}-${one.max}`);
  return port && `${port.hostAddress} ${range(port.host)} ${range(port.container)} ${port.protocol}`;
};

describe("a published port", () => {
  it.each([
    ["3478", "null any 3478-3478 tcp"],
    ["3478/udp", "null any 3478-3478 udp"],
    ["443:5349", "null 443-443 5349-5349 tcp"],
    ["443:5349/TCP", "null 443-443 5349-5349 tcp"],
    ["49160-49200:49160-49200/udp", "null 49160-49200 49160-49200 udp"],
    ["127.0.0.1:3478:3478/udp", "127.0.0.1 3478-3478 3478-3478 udp"],
    ["127.0.0.1::3478", "127.0.0.1 any 3478-3478 tcp"],
    ["[::1]:3478:3478", "::1 3478-3478 3478-3478 tcp"],
  ])("%s", (text, port) => {
    expect(read(text)).toBe(port);
  });

  it.each(["", "a", "3478:", "70000", "5-1", "3478/sctp", "3478:3478:3478", "$" + "{A}:3478"])("%j is none", (text) => {
    expect(read(text)).toBeNull();
  });
});
