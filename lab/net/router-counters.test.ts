import { expect, it } from "vitest";
import { countedBetween, droppedByKind } from "../model/router-counters.ts";
import { parseRouterCounters } from "./router-counters.ts";

/** As nft 1.0.6 prints it. */
const listing = (name: string, ...flows: [string, string, string, number, number][]) => {
  const elem = flows.map(([protocol, from, to, port, packets]) => ({
    elem: { val: { concat: [protocol, from, to, port] }, counter: { packets, bytes: packets * 48 } },
  }));
  const set = { family: "ip", name, table: "lab", type: ["inet_proto", "ipv4_addr", "ipv4_addr", "inet_service"] };
  return JSON.stringify({ nftables: [{ metainfo: { version: "1.0.6" } }, { set: { ...set, elem } }] });
};
const text = [
  "connections 7",
  "tooBig 2",
  "tooBig 1",
  listing("dropped_out", ["udp", "192.168.1.10", "34.77.1.10", 3478, 5]),
  listing("dropped_in", ["tcp", "51.15.10.10", "81.2.64.2", 40000, 1]),
  listing("dropped_out6"),
].join("\n");

it("reads what was dropped each way, and what was too large in either family", () => {
  expect(parseRouterCounters(text)).toEqual({
    connections: 7,
    tooBig: 3,
    dropped: [
      { direction: "out", protocol: "udp", from: "192.168.1.10", to: "34.77.1.10", port: 3478, packets: 5 },
      { direction: "in", protocol: "tcp", from: "51.15.10.10", to: "81.2.64.2", port: 40000, packets: 1 },
    ],
  });
});

it("tells what is new since a look, also of a router that has begun anew", () => {
  const before = parseRouterCounters(text);
  const after = parseRouterCounters(
    [
      "connections 3",
      "tooBig 4",
      listing(
        "dropped_out",
        ["udp", "192.168.1.10", "34.77.1.10", 3478, 8],
        ["udp", "192.168.1.20", "1.2.3.4", 3478, 4],
      ),
      listing("dropped_in", ["tcp", "51.15.10.10", "81.2.64.2", 40000, 1]),
    ].join("\n"),
  );
  const between = countedBetween(before, after);
  expect(between).toMatchObject({ connections: 3, tooBig: 1 });
  expect(droppedByKind(between)).toEqual([{ what: "udp out 3478", packets: 7 }]);
  expect(droppedByKind(countedBetween(after, before))).toEqual([{ what: "udp out 3478", packets: 5 }]);
});
