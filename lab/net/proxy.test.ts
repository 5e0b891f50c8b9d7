import { describe, expect, it } from "vitest";
import { routerBehaviour } from "../model/topology.ts";
import { planAddresses } from "./address-plan.ts";
import { proxyConfig, proxyFor } from "./proxy.ts";

const place = { listen: "192.168.1.1", port: 3128, inside: "192.168.1.1/24" };

describe("proxyConfig", () => {
  it("connects to the given ports alone, for the LAN alone", () => {
    const lines = proxyConfig({ ...place, connectPorts: [443, 563] }).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["Port 3128", "Listen 192.168.1.1", "Allow 192.168.1.1/24"]));
    expect(lines.filter((line) => line.startsWith("ConnectPort"))).toEqual(["ConnectPort 443", "ConnectPort 563"]);
    expect(lines).toContain("DisableViaHeader Yes");
  });

  it("refuses to be one that connects everywhere", () => {
    expect(() => proxyConfig({ ...place, connectPorts: [] })).toThrow(RangeError);
  });
});

describe("proxyFor", () => {
  it("is the router's own inside address, and nothing where the router has no proxy or the peer no router", () => {
    const routers = { office: { nat: "home", firewall: "proxy-only" }, home: { nat: "home" } } as const;
    const peers = { clerk: "office", friend: "home", public: "internet" };
    const plan = planAddresses({ topology: { routers }, peers, lanKinds: {} });
    const nats = { office: routerBehaviour(routers.office), home: routerBehaviour(routers.home) };
    expect(proxyFor({ plan, nats }, "office")).toEqual({ host: plan.nodes.clerk?.gateway, port: 3128 });
    expect(proxyFor({ plan, nats }, "home")).toBeUndefined();
    expect(proxyFor({ plan, nats }, "internet")).toBeUndefined();
  });
});
