/**
 * Packets per second through one router, from a host on one bridge to a host on another: forwarding plainly, with the
 * shortest rules that a person would write, and with what the lab compiles, one right after the other. Prints the medians
 * of the rounds' ratios; what a machine manages at all is not the question. Takes about a minute.
 *
 *     node scripts/bench-router.ts [ROUNDS]
 */
import { upLab } from "../lab/lab-up.ts";
import type { NatPresetName } from "../lab/model/nat-presets.ts";
import { routerBehaviour } from "../lab/model/topology.ts";
import type { Fabric } from "../lab/net/fabric.ts";
import { compileRouter } from "../lab/net/rules/compile-router.ts";
import type { RouterFacts } from "../lab/net/rules/ruleset.ts";
import { Wiring } from "../lab/net/wiring.ts";
import { testContext, topologyOf } from "../lab/test-lab.ts";

const rounds = Number(process.argv[2] ?? 5);
/** Whatever else the machine does only takes away: of several short floods the best counts. */
const FLOOD_MS = 15;
const FLOODS = 8;
/** Packets that do not arrive cost less than those that do. */
const MOST_LOST = 0.02;
const BYTES = 200;
const FLOWS = 16;
const [INSIDE, OUTSIDE, PORT] = ["192.168.1.10", "81.2.64.1", 9_000];

const facts: RouterFacts = {
  forwards: [],
  inside: ["192.168.1.0/24"],
  lanAddress: "192.168.1.1",
  wanAddress: "81.2.64.2",
  hosts: [INSIDE],
  outsideOf: { [INSIDE]: "81.2.64.10" },
};
const WAN = facts.wanAddress;

const input =
  "chain input { type filter hook input priority filter; policy drop; ct state established accept; iifname lan accept; }";
const post = (rule: string) => `chain post { type nat hook postrouting priority srcnat; oifname wan ${rule}; }`;
const pre = (rule: string) => `chain pre { type nat hook prerouting priority dstnat; iifname wan ${rule}; }`;
const hand = (...parts: string[]) => `table ip hand {\n${parts.join("\n")}\n}\n`;
const masquerade = hand(input, post("masquerade"));
const random = hand(input, post("masquerade fully-random"));
const coneParts = [
  "map cone { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 300s; size 65535; }",
  pre("meta l4proto udp dnat ip to udp dport map @cone"),
  "chain learn { type filter hook postrouting priority srcnat + 10; meta l4proto udp ct status snat update @cone { ct reply proto-dst : ct original ip saddr . ct original proto-src }; }",
];
const cone = hand(input, post(`snat ip to ${WAN}`), ...coneParts);
const restricted = hand(
  input,
  post(`snat ip to ${WAN}`),
  ...coneParts,
  "set seen { type ipv4_addr . inet_service . ipv4_addr; flags dynamic,timeout; timeout 300s; size 65535; }",
  `chain gate { type filter hook forward priority filter;
    oifname wan meta l4proto udp update @seen { ip saddr . udp sport . ip daddr }
    iifname wan ct state established accept
    iifname wan meta l4proto udp ip daddr . udp dport . ip saddr @seen accept
    iifname wan drop
  }`,
);
const outbound = hand(
  input,
  post("masquerade fully-random"),
  "set seen { type inet_service . ipv4_addr . inet_service; flags dynamic,timeout; timeout 60s; size 65535; }",
  "chain learn { type filter hook postrouting priority srcnat + 10; oifname wan update @seen { udp sport . ip daddr . udp dport }; }",
  "chain gate { type filter hook prerouting priority raw; iifname wan udp dport . ip saddr . udp sport != @seen drop; }",
);
const oneToOne = hand(
  post(`snat ip to ip saddr map { ${INSIDE} : 81.2.64.10 }`),
  pre(`dnat ip to ip daddr map { 81.2.64.10 : ${INSIDE} }`),
);

/** The lab's presets, each with what it is measured against. */
const AGAINST: [NatPresetName, string][] = [
  ["home", masquerade],
  ["symmetric", random],
  ["corporate", random],
  ["full-cone", cone],
  ["cgnat-rfc6888", cone],
  ["address-restricted", restricted],
  ["mobile-carrier", outbound],
  ["cloud-1to1", oneToOne],
];

const context = await testContext();
await using lab = await upLab("bench-router", topologyOf({}, "internet", "internet"), context);
const bench = await buildBench(lab.fabric);

type Rates = { out: number; in: number };
type Round = { plain: Rates; hand: Rates; lab: Rates };
const results = new Map<NatPresetName, Round[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const [preset, rules] of AGAINST) {
    const subjects = { plain: "", hand: rules, lab: compileRouter(routerBehaviour({ nat: preset }), facts).text };
    const measured: Partial<Round> = {};
    // What is compared is measured at nearly the same time, and each as often first as last.
    const order = ["plain", "hand", "lab"] as const;
    for (const subject of round % 2 === 0 ? order : order.toReversed()) {
      measured[subject] = await bench.measure(subjects[subject]);
    }
    results.set(preset, [...(results.get(preset) ?? []), measured as Round]);
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}

const all = [...results.values()].flat();
const kpps = (subject: keyof Round) => (median(all.map((round) => round[subject].out)) / 1_000).toFixed(0);
console.log(
  `${rounds} rounds, ${BYTES} bytes a packet; plain forwarding ${kpps("plain")} kpps; medians of ratios, out / in`,
);
console.log(`${"".padEnd(20)}${"lab : hand".padEnd(16)}${"lab : plain".padEnd(16)}hand : plain`);
for (const [preset, measured] of results) {
  const ratio = (of: keyof Round, to: keyof Round) =>
    (["out", "in"] as const)
      .map((way) => median(measured.map((round) => round[of][way] / round[to][way])).toFixed(2))
      .join(" / ");
  console.log(
    `${preset.padEnd(20)}${ratio("lab", "hand").padEnd(16)}${ratio("lab", "plain").padEnd(16)}${ratio("hand", "plain")}`,
  );
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Three namespaces on two bridges of the fabric: a host inside, the router, a host outside. */
async function buildBench(fabric: Fabric): Promise<{ measure(rules: string): Promise<Rates> }> {
  const wiring = new Wiring();
  // Its own names: the lab has bridges and ports of its own.
  const rename = (batch: string) => batch.replace(/\b(bridge|port)(\d)/g, "bench-$1$2");
  const start = async (name: string) => (await fabric.spawn(name, ["sleep", "600"], { ownNetns: true })).pid;
  const [inside, router, outside] = [
    await start("bench-inside"),
    await start("bench-router"),
    await start("bench-outside"),
  ];
  const ip = (netns: number | undefined, batch: string) =>
    fabric.exec(["ip", "-batch", "-"], { stdin: `${batch}\n`, netns });
  await ip(
    undefined,
    rename(
      wiring.bridges([{ name: "lan" }, { name: "wan" }]) +
        wiring.plug([
          { segment: "lan", pid: inside, interface: "eth0" },
          { segment: "lan", pid: router, interface: "lan" },
          { segment: "wan", pid: router, interface: "wan" },
          { segment: "wan", pid: outside, interface: "eth0" },
        ]),
    ),
  );
  await ip(inside, `addr add ${INSIDE}/24 dev eth0\nlink set eth0 up\nroute add default via 192.168.1.1`);
  await ip(
    router,
    `addr add 192.168.1.1/24 dev lan\naddr add ${WAN}/24 dev wan\naddr add 81.2.64.10/24 dev wan\nlink set lan up\nlink set wan up`,
  );
  await ip(outside, `addr add ${OUTSIDE}/24 dev eth0\nlink set eth0 up\nroute add 192.168.1.0/24 via ${WAN}`);
  await fabric.sysctl(router, { "net.ipv4.ip_forward": 1 });
  // What arrives is counted and thrown away where it costs least, and the same for all.
  const count =
    "table ip count { chain udp_in { type filter hook prerouting priority raw; meta l4proto udp counter drop; }; }";
  for (const netns of [inside, outside]) await fabric.exec(["nft", "-f", "-"], { stdin: count, netns });
  const received = async (netns: number) => {
    const listed = await fabric.exec(["nft", "list", "table", "ip", "count"], { netns });
    return Number(/counter packets (\d+)/.exec(listed)?.[1]);
  };
  const flood = async (from: number, to: number, argv: string[]) => {
    const before = await received(to);
    const said = await fabric.exec(["udp-flood", ...argv], { netns: from });
    const { sent, packetsPerSecond } = JSON.parse(said) as { sent: number; packetsPerSecond: number[] };
    const lost = 1 - ((await received(to)) - before) / sent;
    if (lost > MOST_LOST) throw new Error(`${(100 * lost).toFixed(1)} % of the packets did not arrive`);
    return Math.max(...packetsPerSecond);
  };
  const args = (...words: (string | number)[]) => words.map(String);
  return {
    measure: async (rules) => {
      await fabric.exec(["sh", "-c", "nft flush ruleset && nft -f - && conntrack -F 2>&1"], {
        stdin: rules,
        netns: router,
      });
      await fabric.exec(["ping", "-c1", "-W1", OUTSIDE], { netns: inside });
      const out = await flood(inside, outside, args(INSIDE, 5_000, OUTSIDE, PORT, FLOWS, BYTES, FLOOD_MS, FLOODS));
      const flows = rules === "" ? "" : await fabric.exec(["conntrack", "-L", "-p", "udp"], { netns: router });
      // Where the first flow's answers go; plainly forwarded ones go to the host itself.
      const answer = /sport=5000 dport=9000 .*?dst=([\d.]+) sport=9000 dport=(\d+)/.exec(flows);
      const [to, port] = answer ? [answer[1] ?? "", Number(answer[2])] : [INSIDE, 5_000];
      return { out, in: await flood(outside, inside, args(OUTSIDE, PORT, to, port, 1, BYTES, FLOOD_MS, FLOODS)) };
    },
  };
}
