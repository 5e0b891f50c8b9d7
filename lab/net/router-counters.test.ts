import { expect, it } from "vitest";
import { countedBetween, droppedByKind } from "../model/router-counters.ts";
import { parseRouterCounters } from "./router-counters.ts";

/** As nft 1.0.6 prints it. */
const setOf = (name: string, ...flows: [string, string, string, number, number][]) => {
  const elements = flows.map(
    ([protocol, from, to, port, packets]) =>
      `${protocol} . ${from} . ${to} . ${port} counter packets ${packets} bytes ${packets * 48}`,
  );
  const type = "\t\ttype inet_proto . ipv4_addr . ipv4_addr . inet_service\n\t\tsize 4096\n\t\tflags dynamic\n";
  const listed = elements.length === 0 ? "" : `\t\telements = { ${elements.join(",\n\t\t\t     ")} }\n`;
  return `\tset ${name} {\n${type}${listed}\t}`;
};
const proc = (connections: number, [tooBig, tooBig6]: [number, number]) =>
  [
    "/proc/net/snmp:Ip: Forwarding DefaultTTL FragOKs FragFails FragCreates",
    `/proc/net/snmp:Ip: 1 64 0 ${tooBig} 0`,
    `/proc/net/snmp6:Ip6FragFails                    \t${tooBig6}`,
    `/proc/sys/net/netfilter/nf_conntrack_count:${connections}`,
  ].join("\n");
const text = [
  "table ip lab {",
  "\tset udp_claims {\n\t\ttype inet_service\n\t\telements = { 5000 expires 1s }\n\t}",
  setOf("dropped_out", ["udp", "192.168.1.10", "34.77.1.10", 3478, 5]),
  setOf("dropped_in", ["tcp", "51.15.10.10", "81.2.64.2", 40000, 1]),
  "}",
  "table ip6 lab6 {",
  setOf("dropped_out"),
  setOf("dropped_in", ["udp", "2a01:4f8::1", "2a02:8070::2", 5000, 2]),
  "}",
  proc(7, [2, 1]),
].join("\n");

it("reads what was dropped each way and in either family, and what was too large", () => {
  expect(parseRouterCounters(text)).toEqual({
    connections: 7,
    tooBig: 3,
    dropped: [
      { direction: "out", protocol: "udp", from: "192.168.1.10", to: "34.77.1.10", port: 3478, packets: 5 },
      { direction: "in", protocol: "tcp", from: "51.15.10.10", to: "81.2.64.2", port: 40000, packets: 1 },
      { direction: "in", protocol: "udp", from: "2a01:4f8::1", to: "2a02:8070::2", port: 5000, packets: 2 },
    ],
  });
});

it("tells what is new since a look, also of a router that has begun anew", () => {
  const before = parseRouterCounters(text);
  const more = setOf(
    "dropped_out",
    ["udp", "192.168.1.10", "34.77.1.10", 3478, 8],
    ["udp", "192.168.1.20", "1.2.3.4", 3478, 4],
  );
  const after = parseRouterCounters(`${more}\n${proc(3, [3, 1])}`);
  const between = countedBetween(before, after);
  expect(between).toMatchObject({ connections: 3, tooBig: 1 });
  expect(droppedByKind(between)).toEqual([{ what: "udp out 3478", packets: 7 }]);
  expect(droppedByKind(countedBetween(after, before))).toContainEqual({ what: "udp out 3478", packets: 5 });
});
