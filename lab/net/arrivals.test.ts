import { expect, it } from "vitest";
import { arrivalRules, readArrivals } from "./arrivals.ts";

it("writes down what the hosts outside send to the node, and lets it pass", () => {
  const text = arrivalRules("10.128.0.2", ["51.15.10.10", "51.15.20.20"]);
  expect(text).toContain("ip saddr { 51.15.10.10, 51.15.20.20 } ip daddr 10.128.0.2 update @tcp_seen");
  expect(text).not.toMatch(/drop|reject/);
});

it("reads who came by what to which port, however nft lists an element", () => {
  const list = {
    nftables: [
      { metainfo: { version: "1.0.6" } },
      { set: { name: "udp_seen", elem: [{ concat: [3478, "51.15.10.10", 40000] }] } },
      { set: { name: "tcp_seen", elem: [{ elem: { val: { concat: [443, "51.15.20.20", 1025] }, expires: 5 } }] } },
      { chain: { name: "arrive" } },
    ],
  };
  expect(readArrivals(JSON.stringify(list))).toEqual([
    { protocol: "udp", port: 3478, from: { address: "51.15.10.10", port: 40_000 } },
    { protocol: "tcp", port: 443, from: { address: "51.15.20.20", port: 1025 } },
  ]);
  expect(readArrivals('{"nftables":[{"set":{"name":"udp_seen"}}]}')).toEqual([]);
  expect(() => readArrivals('{"nftables":[{"set":{"name":"udp_seen","elem":[7]}}]}')).toThrow(/found 7/);
});
