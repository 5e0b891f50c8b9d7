import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import { type FirewallPresetName, firewallOf } from "../model/firewall.ts";
import { ipv6Mismatches } from "../model/observed-ipv6.ts";
import { natMismatches } from "../model/observed-nat.ts";
import { routerBehaviour, type Topology } from "../model/topology.ts";
import type { LabSpec } from "../plan-lab.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { inNode, testContext } from "../test-lab.ts";
import { CORE_ADDRESS, OBSERVER_ADDRESSES } from "./address-plan.ts";
import { loadIpv6Rules } from "./ipv6.ts";
import { OBSERVER_IPV6, synthesize } from "./ipv6-plan.ts";
import { compileIpv6Rules } from "./rules6.ts";

const NAT = "symmetric";
const ROUTERS = {
  legacy: { nat: NAT },
  home: { nat: NAT, ip: "dual" },
  campus: { nat: NAT, ip: "ipv6" },
  carrier: { nat: NAT, ip: "nat64" },
} as const satisfies Topology["routers"];
const SPEC: LabSpec = {
  topology: { routers: ROUTERS, turnServers: { turn: {}, old: { ip: "ipv4" } } },
  peers: {
    four: { behind: "legacy", iceServers: [] },
    both: { behind: "home", iceServers: [] },
    six: { behind: "campus", iceServers: [] },
    phone: { behind: "carrier", iceServers: [] },
  },
};

const V4 = OBSERVER_ADDRESSES[0];
const V6 = OBSERVER_IPV6[0];

describeDocker("IPv6 in a lab", () => {
  let lab: StartedLab;
  beforeAll(async () => {
    lab = await upLab("ipv6", SPEC, await testContext());
  });
  afterAll(() => lab?.down());

  const said = (error: unknown) => (error instanceof Error ? error.message : String(error));
  const ping = (node: string, address: string) =>
    inNode(lab, node, "ping", "-c", "1", "-W", "1", address).then(() => "answered", said);
  /** As a program on the node would look a name up. */
  const resolve = async (peer: string, name: string) => {
    const argv = ["nsenter", "--target", String(lab.pids[peer]), "--net", "--mount", "--", "getent", "ahosts", name];
    const found = await lab.fabric.exec(argv).catch(() => "");
    return found
      .split("\n")
      .filter((line) => line.includes("STREAM"))
      .map((line) => line.split(/\s+/)[0]);
  };

  it.each([
    ["four", { v4: true, v6: false, nat64: false }],
    ["both", { v4: true, v6: true, nat64: false }],
    ["six", { v4: false, v6: true, nat64: false }],
    ["phone", { v4: false, v6: true, nat64: true }],
  ])("lets %s reach what its network has, and nothing else", async (peer, reaches) => {
    expect((await ping(peer, V4)) === "answered").toBe(reaches.v4);
    expect((await ping(peer, V6)) === "answered").toBe(reaches.v6);
    expect((await ping(peer, synthesize(V4))) === "answered").toBe(reaches.nat64);
  });

  it("has no IPv4 at all behind a router that has none: no address, no route", async () => {
    for (const peer of ["six", "phone"]) {
      expect(await ping(peer, V4)).toContain("Network is unreachable");
      expect(await inNode(lab, peer, "ip", "-4", "-oneline", "address", "show", "dev", "eth0")).toBe("");
      expect(await inNode(lab, peer, "ip", "-4", "route")).toBe("");
    }
    expect(await inNode(lab, "campus", "ip", "-4", "route")).toBe("");
  });

  it("resolves names to what a network can use, by DNS64 where that is all", async () => {
    expect(await resolve("four", "turn.lab.test")).toContain("34.77.1.10");
    expect(await resolve("both", "turn.lab.test")).toEqual(["2600:1900:4001:1::10", "34.77.1.10"]);
    expect(await resolve("both", "old.lab.test")).toEqual(["34.77.2.10"]);
    // Without DNS64 nothing is made of an IPv4 address but its mapped form, which no IPv6 network carries.
    expect((await resolve("six", "old.lab.test")).join()).not.toContain("64:ff9b");
    expect(await resolve("phone", "old.lab.test")).toEqual([synthesize("34.77.2.10")]);
    expect(await resolve("phone", "turn.lab.test")).toEqual(["2600:1900:4001:1::10"]);
    for (const peer of ["both", "six", "phone"]) expect(await resolve(peer, "nowhere.example.org")).toEqual([]);
  });

  it("lets nobody in who was not asked, and answers ping itself", async () => {
    const outside = lab.observerOf("ipv6").pid;
    const knock = (address: string) =>
      lab.fabric.exec(["ping", "-c", "1", "-W", "1", address], { netns: outside }).then(
        () => true,
        () => false,
      );
    for (const peer of ["both", "six", "phone"]) {
      const { ipv6, address = "" } = lab.plan.nodes[peer]?.interfaces[0] ?? {};
      expect(await knock(ipv6?.address ?? address)).toBe(false);
    }
    expect(await knock("2001:8b0:41::2")).toBe(true);
  });

  it("answers on every listener of a dual-stack server, in both families", async () => {
    const { turn } = lab.turnServers;
    expect(turn?.addresses).toEqual(["34.77.1.10", "2600:1900:4001:1::10"]);
    await lab.proveServers();
  });

  describe("a probe", () => {
    const expected = routerBehaviour({ nat: NAT });
    const wrong = async (router: keyof typeof ROUTERS) => {
      const ip = lab.plan.ipOf[router] ?? "ipv4";
      const observed = await lab.probe(router);
      const wan = lab.plan.nodes[router]?.interfaces.find(({ name }) => name === "wan")?.address ?? "";
      return [
        ...natMismatches(expected, observed, { ip, externalAddresses: [wan, wan] }),
        ...ipv6Mismatches(expected.firewall, ip, observed.ipv6),
      ];
    };
    /** Breaks something, probes, and repairs it. */
    const broken = async (router: keyof typeof ROUTERS, steps: { node: string; breaks: string; repairs: string }[]) => {
      for (const { node, breaks } of steps) await inNode(lab, node, "sh", "-ec", breaks);
      try {
        return await wrong(router);
      } finally {
        for (const { node, repairs } of steps) await inNode(lab, node, "sh", "-ec", repairs);
      }
    };

    it.each(["home", "campus", "carrier"] as const)(
      "finds nothing wrong with %s, ten times out of ten",
      async (router) => {
        for (let time = 0; time < 10; time++) expect(await wrong(router)).toEqual([]);
      },
    );

    it("sees a router that lets everybody in", async () => {
      const found = await broken("home", [
        {
          node: "home",
          breaks: "nft add chain ip6 lab6 forward '{ policy accept; }'",
          repairs: "nft add chain ip6 lab6 forward '{ policy drop; }'",
        },
      ]);
      expect(found).toContain("IPv6: unsolicited input passed: expected false, observed true");
      expect(found).toContain("IPv6: filtering: expected address-and-port-dependent, observed endpoint-independent");
      expect(found).toContain(
        "IPv6: TCP filtering: expected address-and-port-dependent, observed endpoint-independent",
      );
    });

    it("sees a router that translates IPv6", async () => {
      const nat66 =
        "nft 'table ip6 bad { chain post { type nat hook postrouting priority srcnat; oifname wan masquerade; }; }'";
      const steps = [{ node: "campus", breaks: nat66, repairs: "nft delete table ip6 bad" }];
      expect(await broken("campus", steps)).toContain("IPv6: translated: expected false, observed true");
    });

    it("sees IPv4 where there should be none", async () => {
      const line = lab.plan.coreLines.find(({ segment }) => segment === "line-campus")?.interface;
      const nat =
        "nft 'table ip bad { chain post { type nat hook postrouting priority srcnat; oifname wan masquerade; }; }'";
      const found = await broken("campus", [
        {
          node: "core",
          breaks: `ip addr add ${CORE_ADDRESS}/32 dev ${line}; ip route add 81.2.200.2/32 dev ${line}`,
          repairs: `ip route del 81.2.200.2/32; ip addr del ${CORE_ADDRESS}/32 dev ${line}`,
        },
        {
          node: "campus",
          breaks: `ip addr add 192.168.1.1/24 dev lan; ip addr add 81.2.200.2/32 dev wan;
            ip route add ${CORE_ADDRESS} dev wan; ip route add default via ${CORE_ADDRESS}; ${nat}`,
          repairs: `nft delete table ip bad; ip route del default; ip route del ${CORE_ADDRESS};
            ip addr del 81.2.200.2/32 dev wan; ip addr del 192.168.1.1/24 dev lan`,
        },
      ]);
      expect(found).toEqual(["IPv6: IPv4 without NAT64: expected false, observed true"]);
    });

    it("sees NAT64 that is not there, and says it of NAT alone", async () => {
      const route = "64:ff9b::/96 dev lan";
      const steps = [{ node: "carrier", breaks: `ip route del ${route}`, repairs: `ip route add ${route}` }];
      const found = await broken("carrier", steps);
      expect(found).toContain("mapping: expected address-and-port-dependent, observed nothing that tells");
      expect(found.join()).not.toContain("IPv6:");
    });

    it.each<FirewallPresetName>(["udp-blocked", "udp-rejected", "web-only", "tls-443", "stun-port-blocked"])(
      "finds %s over IPv6 as its data says, and notices where it is missing",
      async (preset) => {
        const firewall = firewallOf(preset);
        const behaviour = { ...expected, firewall };
        const load = (what: typeof firewall) =>
          loadIpv6Rules(lab.fabric, "home", lab.pids.home ?? 0, compileIpv6Rules(what, { isNat64: false }));
        const look = async () => ipv6Mismatches(firewall, "dual", (await lab.probe("home", behaviour)).ipv6);
        try {
          expect((await look()).length).toBeGreaterThan(0);
          await load(firewall);
          expect(await look()).toEqual([]);
        } finally {
          await load(expected.firewall);
        }
      },
    );
  });
});
