import { expect, it } from "vitest";
import { listenersFor, uplinkPorts } from "./outside-server.ts";
import type { TurnListener } from "./turn-listeners.ts";

const listeners: TurnListener[] = [
  { transport: "udp", port: 3478 },
  { transport: "tcp", port: 3478 },
  { transport: "tcp", port: 80 },
  { transport: "tls", port: 443 },
];

it("a kind of URL is met by the listeners over its transport, and by the one at its port where there is one", () => {
  const ports = (kind: Parameters<typeof listenersFor>[0]) => listenersFor(kind, listeners).map(({ port }) => port);
  expect(ports("stun")).toEqual([3478]);
  expect(ports("udp")).toEqual([3478]);
  expect(ports("udp:80")).toEqual([3478]);
  expect(ports("tcp")).toEqual([3478, 80]);
  expect(ports("tcp:80")).toEqual([80]);
  expect(ports("tls:5349")).toEqual([443]);
  expect(listenersFor("tls", listeners.slice(0, 3))).toEqual([]);
});

it("an uplink has each port once, and TLS is TCP to it", () => {
  expect(uplinkPorts([...listeners, { transport: "tls", port: 3478 }])).toEqual([
    { protocol: "udp", port: 3478 },
    { protocol: "tcp", port: 3478 },
    { protocol: "tcp", port: 80 },
    { protocol: "tcp", port: 443 },
  ]);
});
