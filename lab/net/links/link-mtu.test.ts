import { describe, expect, it } from "vitest";
import { mtuBatch } from "./link-mtu.ts";
import type { LinkPlan } from "./plan-links.ts";

const link: LinkPlan = {
  node: "server",
  interface: "eth0",
  segment: "line-server",
  far: { node: "core", interface: "line2" },
  addresses: ["34.77.1.10", "2600:1900:4001:1::10"],
  isAlone: true,
  spec: {},
  isBlackHole: false,
};
const onLan: LinkPlan = { ...link, isAlone: false, far: { node: "home", interface: "lan" } };

describe("mtuBatch", () => {
  it("sets both interfaces of a line", () => {
    expect(mtuBatch(link, 1_300)).toEqual({
      near: "link set dev eth0 mtu 1300\n",
      far: "link set dev line2 mtu 1300\n",
    });
  });

  it("leaves a LAN's other hosts alone: the routes to this one have the MTU", () => {
    expect(mtuBatch(onLan, 1_300).far).toBe(
      "route replace 34.77.1.10/32 dev lan mtu 1300\nroute replace 2600:1900:4001:1::10/128 dev lan mtu 1300\n",
    );
  });

  it("takes those routes away again", () => {
    expect(mtuBatch(onLan, 1_500).far).toBe(
      "route del 34.77.1.10/32 dev lan\nroute del 2600:1900:4001:1::10/128 dev lan\n",
    );
  });
});
