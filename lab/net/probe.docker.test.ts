import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import { natMismatches } from "../model/observed-nat.ts";
import { type RouterSpec, routerBehaviour } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { testContext, topologyOf } from "../test-lab.ts";
import { compileRouter } from "./rules/compile-router.ts";
import { routerFacts } from "./rules/router-facts.ts";

/** The shortest rulesets that were measured to behave so, written by hand: the probe is not judged by the lab's own. */
const WAN = "81.2.64.2";
const LAN = "192.168.1.0/24";
const INPUT =
  'chain input { type filter hook input priority filter; policy drop; iifname { "lo", "lan" } accept; ct state established,related accept; }';
const GATE = (rules = "") =>
  `chain gate { type filter hook forward priority filter; policy drop; ${rules} ct state established,related accept; iifname "lan" accept; }`;
const SNAT = (to: string, first = "") =>
  `chain post { type nat hook postrouting priority srcnat; ${first} oifname "wan" ip saddr ${LAN} ${to}; }`;
const table = (...parts: string[]) => `flush ruleset\ntable ip lab {\n${parts.join("\n")}\n}\n`;

const RANDOM = "masquerade fully-random";
const symmetric = table(SNAT(RANDOM), INPUT, GATE());

const LEARN =
  'chain learn { type filter hook postrouting priority srcnat + 10; oifname "wan" meta l4proto udp ct direction original update @cone { ct reply proto-dst timeout 300s : ct original ip saddr . ct original proto-src }; }';
const CONE =
  "map cone { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 300s; size 65535; }";
const HAIRPIN = `ip saddr ${LAN} ip daddr ${LAN} ct status dnat snat ip to ${WAN};`;
/** The observer's first address, and the second: an own rule for each, so that both stay what they are. */
const REWRITTEN = (protocol: "udp" | "tcp") =>
  ["51.15.10.10", "51.15.20.20"]
    .map((from) => `oifname "lan" ip saddr ${from} meta l4proto ${protocol} snat ip to ${from}:20000-30000;`)
    .join(" ");
const BACK = (where: string) =>
  `chain pre { type nat hook prerouting priority dstnat; ${where} meta l4proto udp dnat ip to udp dport map @cone; }`;
const cone = ({ back = BACK(`ip daddr ${WAN}`), hairpin = HAIRPIN, to = `snat ip to ${WAN}`, gate = "" } = {}) =>
  table(CONE, back, SNAT(to, hairpin), LEARN, INPUT, GATE(`${gate} ct status dnat accept;`));
/** Nobody minds two hosts with one port here: the kernel gives both the same outside port, as long as it can. */
const CARELESS = /^two hosts with the same port kept apart: expected true, observed false$/;

/** Other rules first, for a chain that compiled ones do not have. */
const HURRIED = `
  set fresh { type inet_service; flags dynamic; size 65535; }
  chain hurried {
    type nat hook postrouting priority srcnat - 1; policy accept;
    oifname "wan" ip saddr ${LAN} meta l4proto udp udp sport @fresh snat ip to ${WAN};
    oifname "wan" ip saddr ${LAN} meta l4proto udp add @fresh { udp sport };
  }
  chain answered {
    type filter hook forward priority filter - 1; policy accept;
    iifname "wan" meta l4proto udp delete @fresh { ct original proto-src };
  }
}
`;

/** Stops the probe's process, then the observer's ($1), for a quarter of a second each, as a busy machine does; $2: when. */
const STALLS = `
  for i in $(seq 100); do probe=$(pgrep -f "^node .*nat-probe.js") && break; sleep 0.02; done
  sleep $2
  for pid in $probe $1 $1 $probe $1; do kill -STOP $pid; sleep 0.25; kill -CONT $pid; sleep 0.1; done
`;

type Spec = Pick<RouterSpec, "nat" | "firewall">;
const FULL_CONE: Spec = { nat: "full-cone" };
const SYMMETRIC: Spec = { nat: "symmetric" };
const HOME: Spec = { nat: "home" };

describeDocker("the probe, on routers with rules by hand", () => {
  let lab: StartedLab;

  beforeAll(async () => {
    const routers = { router: SYMMETRIC };
    lab = await upLab("probe", topologyOf({ routers }, "router", "internet"), await testContext());
  });
  afterAll(() => lab?.down());

  const load = async (rules: string) => {
    await lab.fabric.exec(["sh", "-c", "nft -f - && conntrack -F"], { stdin: rules, netns: lab.pids.router });
  };
  const look = async (spec: Spec, isLifetimeProven = false) => {
    const expected = routerBehaviour(spec);
    const observed = await lab.probe("router", expected, isLifetimeProven);
    return natMismatches(expected, observed, { externalAddresses: [WAN, WAN], isLifetimeProven });
  };

  it.each<[string, Spec, string, RegExp[]]>([
    ["a full cone with hairpinning", FULL_CONE, cone(), [CARELESS]],
    ["a symmetric NAT", SYMMETRIC, symmetric, []],
    [
      "blocked UDP",
      { nat: "symmetric", firewall: "udp-blocked" },
      table(SNAT(RANDOM), INPUT, GATE("meta l4proto udp drop;")),
      [],
    ],
  ])("sees %s as what it is, ten times out of ten", async (_, spec, rules, messages) => {
    await load(rules);
    for (let round = 0; round < 10; round += 1) expect(await look(spec)).toEqual(messages.map(matching));
  });

  it.each<[string, Spec, string, (string | RegExp)[]]>([
    [
      "a hairpinned packet with the sender's inside address",
      FULL_CONE,
      cone({ hairpin: "" }),
      [CARELESS, "hairpinned source address: expected external, observed internal"],
    ],
    [
      "no hairpinning",
      FULL_CONE,
      cone({ back: BACK('iifname "wan"') }),
      [CARELESS, "hairpinning: expected true, observed false"],
    ],
    [
      "hairpinning where there should be none",
      { nat: { mapping: "endpoint-independent", filtering: "endpoint-independent" } },
      cone(),
      [CARELESS, "hairpinning: expected false, observed true"],
    ],
    [
      "a full cone that draws ports",
      FULL_CONE,
      cone({ to: RANDOM }),
      [
        /^mapping: expected endpoint-independent, observed address-and-port-dependent/,
        /^mapping kept after unsolicited input: .*nothing that tells/,
        /^true source of what comes in: expected true, observed false/,
        /^port allocation: expected preserving, observed random/,
        /^TCP mapping/,
        /^TCP port/,
      ],
    ],
    [
      "another source port than the sender's, where the receiver sends to him by another mapping",
      { nat: { mapping: "address-and-port-dependent", filtering: "endpoint-independent", hairpinning: true } },
      cone({ to: RANDOM }),
      ["true source of what comes in: expected true, observed false"],
    ],
    [
      "another source port than the sender's, in all that comes in",
      FULL_CONE,
      cone({ hairpin: `${HAIRPIN} ${REWRITTEN("udp")}` }),
      [CARELESS, "true source of what comes in: expected true, observed false", /^mapping kept after unsolicited/],
    ],
    [
      "a full cone that has become port-restricted",
      FULL_CONE,
      cone({ gate: 'iifname "wan" ct state new drop;' }),
      [
        CARELESS,
        /^filtering: expected endpoint-independent, observed address-and-port-dependent/,
        /^unsolicited input/,
      ],
    ],
    [
      "a symmetric NAT that keeps ports",
      SYMMETRIC,
      table(SNAT(`snat ip to ${WAN}`), INPUT, GATE()),
      [
        CARELESS,
        /^mapping: expected address-and-port-dependent, observed endpoint-independent/,
        /^port allocation/,
        /^TCP mapping/,
        /^TCP port/,
      ],
    ],
    [
      "a counter that counts in steps of 256",
      { nat: "corporate" },
      table(
        SNAT(
          "meta l4proto udp masquerade to :numgen inc mod 16384 offset 40000",
          `meta l4proto tcp oifname "wan" ${RANDOM};`,
        ),
        INPUT,
        GATE(),
      ),
      [/^port allocation: expected sequential, observed random/, /^TCP port/],
    ],
    [
      "plain connection tracking, which lets two hosts share a port",
      HOME,
      table(SNAT(`snat ip to ${WAN}`), INPUT, GATE()),
      [CARELESS],
    ],
    [
      "early packets of others that the router takes for its own",
      HOME,
      table(SNAT(`snat ip to ${WAN}`), GATE()),
      [CARELESS, /^mapping kept after unsolicited input: expected true, observed false/, /^unsolicited TCP refused/],
    ],
    [
      "a TCP port that is open to everybody",
      SYMMETRIC,
      table(
        'chain pre { type nat hook prerouting priority dstnat; iifname "wan" meta l4proto tcp dnat ip to 192.168.1.254; }',
        SNAT(`meta l4proto tcp snat ip to ${WAN}; oifname "wan" ${RANDOM}`),
        INPUT,
        GATE("ct status dnat accept;"),
      ),
      [
        /^TCP mapping/,
        /^TCP filtering: expected address-and-port-dependent, observed endpoint-independent/,
        /^TCP port/,
      ],
    ],
    [
      "TCP that comes in from another port than it was sent from",
      SYMMETRIC,
      table(
        'chain pre { type nat hook prerouting priority dstnat; iifname "wan" meta l4proto tcp dnat ip to 192.168.1.254; }',
        SNAT(`meta l4proto tcp snat ip to ${WAN}; oifname "wan" ${RANDOM}`, REWRITTEN("tcp")),
        INPUT,
        GATE("ct status dnat accept;"),
      ),
      [
        /^TCP mapping/,
        /^TCP filtering/,
        /^TCP port/,
        "true source of TCP that comes in: expected true, observed false",
      ],
    ],
    [
      "UDP refused instead of dropped",
      { nat: "symmetric", firewall: { deny: ["udp:3478"] } },
      table(SNAT(RANDOM), INPUT, GATE("udp dport 3478 reject with icmp port-unreachable;")),
      ["UDP to port 3478: expected dropped, observed rejected"],
    ],
    [
      "TCP dropped instead of refused",
      { nat: "symmetric", firewall: { deny: ["tcp:3478"], refuse: "reject" } },
      table(SNAT(RANDOM), INPUT, GATE("tcp dport 3478 drop;")),
      ["TCP to port 3478: expected rejected, observed dropped"],
    ],
    [
      "plain TURN where only TLS should pass",
      { nat: "symmetric", firewall: { tlsOnly: [443] } },
      table(SNAT(RANDOM), INPUT, GATE()),
      ["TCP to port 443: expected dropped, observed passed"],
    ],
    [
      "TLS cut as well",
      { nat: "symmetric", firewall: { tlsOnly: [443] } },
      table(SNAT(RANDOM), INPUT, GATE("tcp dport 443 drop;")),
      ["TLS to port 443: expected passed, observed dropped"],
    ],
    [
      "no proxy",
      { nat: "symmetric", firewall: "proxy-only" },
      table(SNAT(RANDOM), INPUT, GATE("drop;")),
      ["TCP to port 443 through the proxy: expected passed, observed rejected"],
    ],
    [
      "a way past the proxy",
      { nat: "symmetric", firewall: { allow: ["tcp:443"] } },
      table(SNAT(RANDOM), INPUT, GATE('iifname "lan" tcp dport != { 80, 443 } drop; meta l4proto udp drop;')),
      ["TCP to port 80: expected dropped, observed passed"],
    ],
  ])("catches %s", async (_, spec, rules, messages) => {
    await load(rules);
    const found = await look(spec);
    for (const message of messages) expect(found).toEqual(expect.arrayContaining([matching(message)]));
    // And says nothing of what is right.
    for (const one of found)
      expect(
        messages.some((message) => isMatch(message, one)),
        one,
      ).toBe(true);
  });

  it("sees two hosts that get one port because they begin at the same moment", async () => {
    const facts = routerFacts(lab.plan, "router");
    if (!facts) throw new Error("the lab has no router");
    const { text } = compileRouter(routerBehaviour(HOME), facts);
    // A port is looked up as taken only once its first flow has been answered.
    const careless = text.replace(/\n}\s*$/, HURRIED);
    await load(text);
    expect(await look(HOME)).toEqual([]);
    await load(careless);
    expect(await look(HOME)).toEqual([expect.stringMatching(CARELESS)]);
  });

  it("sees a mapping that answers to what comes in do not keep", async () => {
    const rules = cone().replaceAll("timeout 300s", "timeout 2s");
    await load(rules);
    const timeouts = {
      "net.netfilter.nf_conntrack_udp_timeout": 1,
      "net.netfilter.nf_conntrack_udp_timeout_stream": 1,
    };
    await lab.fabric.sysctl(lab.pids.router ?? 0, timeouts);
    const nat = { preset: "full-cone", refreshedBy: "outbound", mappingLifetimeMs: 2_000 } as const;
    expect(await look({ nat }, true)).toEqual([
      expect.stringMatching(CARELESS),
      "mapping kept by answers to what comes in: expected true, observed false",
    ]);
  });

  it.each([0.35, 0.5])("does not blame the router for hosts that stop now and then (from %d s on)", async (from) => {
    await load(symmetric);
    const timeouts = {
      "net.netfilter.nf_conntrack_udp_timeout": 1,
      "net.netfilter.nf_conntrack_udp_timeout_stream": 1,
    };
    await lab.fabric.sysctl(lab.pids.router ?? 0, timeouts);
    const looking = look({ nat: { preset: "symmetric", mappingLifetimeMs: 1_000 } }, true);
    const { fabric } = lab;
    await fabric.exec(["sh", "-c", STALLS, "stalls", `${lab.observer.pid}`, `${from}`]);
    expect(await looking).toEqual([]);
  });

  it("confirms a mapping lifetime, and tells a shorter one", async () => {
    await load(symmetric);
    const timeouts = {
      "net.netfilter.nf_conntrack_udp_timeout": 2,
      "net.netfilter.nf_conntrack_udp_timeout_stream": 2,
    };
    await lab.fabric.sysctl(lab.pids.router ?? 0, timeouts);
    const claim = (mappingLifetimeMs: number): Spec => ({ nat: { preset: "symmetric", mappingLifetimeMs } });
    const [right, tooLong] = [await look(claim(2_000), true), await look(claim(4_000), true)];
    expect(right).toEqual([]);
    expect(tooLong).toEqual([
      expect.stringMatching(/^mapping lifetime of 4000 ms: .*lost between 0 and 3[23]\d\d/),
      expect.anything(),
      expect.stringMatching(/^mapping kept by answers/),
    ]);
  });
});

describeDocker("the probe, behind a wire that delays and loses", () => {
  it("sees a symmetric NAT as what it is, five times out of five", async () => {
    const link = { latencyMs: 150, jitterMs: 20, loss: 0.05 };
    const routers = { router: { ...SYMMETRIC, link } };
    await using lab = await upLab("slow", topologyOf({ routers }, "router", "internet"), await testContext());
    for (let round = 0; round < 5; round += 1) {
      const observed = await lab.probe("router");
      expect(natMismatches(routerBehaviour(SYMMETRIC), observed)).toEqual([]);
    }
  }, 120_000);
});

const isMatch = (expected: string | RegExp, found: string) =>
  typeof expected === "string" ? expected === found : expected.test(found);
const matching = (expected: string | RegExp) =>
  typeof expected === "string" ? expected : expect.stringMatching(expected);
