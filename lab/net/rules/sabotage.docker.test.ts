import { afterAll, beforeAll, expect, it } from "vitest";
import { NAT_PRESETS, type NatPresetName } from "../../model/nat-presets.ts";
import { routerBehaviour } from "../../model/topology.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { type TestRouter, upTestRouter } from "../../test-router.ts";
import type { Ruleset } from "./ruleset.ts";
import { memoryOf, translationsOf } from "./translation.ts";

/**
 * Rules without which a probe that knows nothing of the time sees the same router, and who looks after them. A host that
 * is no router's neighbour, does not wait and has no peers inside cannot tell.
 */
const UNSEEN: [RegExp, string][] = [
  [/ add @dropped_/, "counts, and decides nothing: router-counters"],
  [
    /^ct id @refreshed accept$|^(oifname "wan" )?add @refreshed |^meta l4proto != \w+ accept$/,
    "spares work, and decides nothing",
  ],
  [/^iifname "wan" drop$/, "a neighbour outside: mappings, 'lets nobody in by an inside address'"],
  [/^ip saddr != .* accept$/, "packets of the router's own: mappings, 'translates its own packets not at all'"],
  [/^snat ip to [\d.]+$/, "protocols without ports: below, 'ping'"],
  [/^drop$|^ip saddr != .* drop$/, "no port left: mappings, 'silence when it is used up'"],
  [/^ip saddr [\d.]+ meta mark set/, "the port block of another host: mappings, 'gives each host a block'"],
  [
    /tcp_(map|try|draw)|tcp_owners|tcp_take|tcp sport set/,
    "two hosts with one TCP port: mappings, 'same TCP port apart'",
  ],
  [/tcp_permissions|tcp_refresh|^iifname != "wan" meta l4proto tcp/, "hairpinned TCP: mappings, 'hairpins TCP'"],
  [/^ct state established,related accept$|^iifname "lo" accept$/, "the router's own flows: 'gets their answers'"],
  [/^iifname "lan" ip daddr/, "the router as a host: egress, 'answers ping and resolves names'"],
  [/ct status dnat update /, "flows begun outside: lifetime, 'by what somebody else sends', 'by answers'"],
  [/ sport set ct .* map @\w+$/, "two flows of one socket that begin at the same moment"],
  [
    / sport set ct .* map @\w+ goto \w+_take$/,
    "spares a draw: what is drawn is written down, and the former port read back",
  ],
  [/^meta l4proto udp jump udp_refresh$/, "what a taken port is written down for, once it is old: lifetime"],
  [/tcp_phase|tcp_transitory|tcp_closed|^accept$/, "closed connections: clashes, 'has a TCP port again'"],
  [/@udp_own\b/, "answers to the router itself: mappings, 'gets their answers'"],
];
/** Written down when a port is taken and again by whatever refreshes it: the one makes up for the other, for a lifetime. */
const WRITTEN_TWICE: RegExp = /^meta l4proto udp (ct status snat )?update @udp_(mappings|owners) /;
/** A claim of one second makes up for it, in a look that is shorter: mappings, 'same port apart', waits for its end. */
const CLAIMED: RegExp = /^meta l4proto udp update @udp_owners /;
/** What only time shows, where outbound packets alone refresh a mapping; lifetime.docker.test.ts waits for it. */
const OUTBOUND: RegExp = /udp_permissions|udp_mappings|udp_owners/;
/** Nobody gets to the rules for UDP where none is let out. */
const UDP_BLOCKED: RegExp = /udp|^oifname != "wan" accept$/;

const isExcused = (preset: NatPresetName, rule: string) => {
  const { behaviour, firewall } = NAT_PRESETS[preset] as (typeof NAT_PRESETS)["udp-blocked"];
  if (UNSEEN.some(([pattern]) => pattern.test(rule))) return true;
  if (memoryOf(translationsOf(behaviour).udp) === "mappings" && WRITTEN_TWICE.test(rule)) return true;
  if (memoryOf(translationsOf(behaviour).udp) === "claims" && CLAIMED.test(rule)) return true;
  if ((behaviour.refreshedBy as string) === "outbound" && OUTBOUND.test(rule)) return true;
  return firewall === "udp-blocked" && UDP_BLOCKED.test(rule) && !rule.includes("refuse");
};

/** Of presets that differ only in how long a mapping lives, one: they have the same rules. */
const names = Object.keys(NAT_PRESETS) as NatPresetName[];
const rulesKey = (name: NatPresetName) => {
  const { mappingLifetimeMs: _, ...behaviour } = routerBehaviour({ nat: name });
  return JSON.stringify(behaviour);
};
const distinct = [...new Map(names.map((name) => [rulesKey(name), name])).values()];

const without = (rule: string) => (ruleset: Ruleset) => ({
  ...ruleset,
  text: ruleset.text
    .split("\n")
    .filter((line) => line.trim() !== rule)
    .join("\n"),
});

/** Looking is mostly waiting: as many routers, in labs of their own, are looked at side by side. */
const ROUTERS = 2;

for (const addressing of ["shared", "one-to-one"] as const)
  describeDocker(`a router with one rule missing, addresses ${addressing}`, () => {
    const presets = distinct.filter((preset) => NAT_PRESETS[preset].behaviour.addressing === addressing);
    const routers: TestRouter[] = [];

    beforeAll(async () => {
      for (let count = 0; count < Math.min(ROUTERS, presets.length); count += 1)
        routers.push(await upTestRouter(addressing));
    });
    afterAll(async () => {
      for (const router of routers) await router[Symbol.asyncDispose]();
    });

    it(`${presets.join(", ")} are not taken for what they claim`, { timeout: 400_000 }, async () => {
      const waiting = [...presets];
      const unseen: string[] = [];
      const work = async (router: TestRouter) => {
        for (let nat = waiting.shift(); nat !== undefined; nat = waiting.shift())
          unseen.push(...(await look(router, nat)));
      };
      await Promise.all(routers.map(work));
      expect(unseen).toEqual([]);
    });
  });

/** Rules of a preset without which its router is still taken for whole. */
async function look(router: TestRouter, nat: NatPresetName): Promise<string[]> {
  const rules = new Set<string>();
  await router.load({ nat }, (ruleset) => {
    for (const line of ruleset.text.split("\n")) if (/^ {4}(?!type )/.test(line)) rules.add(line.trim());
    return ruleset;
  });
  expect(await router.look({ nat }), nat).toEqual([]);
  const unseen: string[] = [];
  for (const rule of rules) {
    if (isExcused(nat, rule)) continue;
    await router.load({ nat }, without(rule));
    if ((await router.look({ nat })).length === 0) unseen.push(`${nat}: ${rule}`);
  }
  return unseen;
}

describeDocker("a router with rules that are not its own", () => {
  let router: TestRouter;

  beforeAll(async () => {
    router = await upTestRouter();
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  const instead = (from: string | RegExp, to: string) => (ruleset: Ruleset) => {
    const text = ruleset.text.replace(from, to);
    expect(text).not.toBe(ruleset.text);
    return { ...ruleset, text };
  };

  it.each<[string, NatPresetName, string | RegExp, string, RegExp]>([
    [
      "a home router that draws ports",
      "home",
      /:udp sport$/m,
      ":1024-65535 fully-random",
      /^mapping: expected endpoint-independent, observed address-and-port-dependent/,
    ],
    [
      "a symmetric one that keeps them",
      "symmetric",
      / snat ip to ([\d.]+):1024-65535 fully-random/,
      " snat ip to $1",
      /^mapping: .*observed endpoint-independent/,
    ],
    [
      "a symmetric one that keeps them for TCP",
      "symmetric",
      /(tcp snat ip to [\d.]+):1024-65535 fully-random/,
      "$1",
      /TCP mapping: .*observed endpoint-independent/,
    ],
    [
      "an office that draws them at random",
      "corporate",
      /meta mark map @ports/,
      "1024-65535 fully-random",
      /port allocation: expected sequential, observed random/,
    ],
    [
      "a full cone that drops strangers",
      "full-cone",
      "udp dnat",
      "udp ip saddr 51.15.10.10 dnat",
      /filtering: expected endpoint-independent, observed address-dependent/,
    ],
    [
      "one restricted by address that asks for ports",
      "address-restricted",
      /(udp_permissions \{ type [^;]*)(.*\n(?:.*\n)*?.*)udp dport . ip saddr @/,
      "$1$2udp sport 3478 udp dport . ip saddr @",
      /filtering: expected address-dependent, observed address-and-port-dependent/,
    ],
    [
      "a full cone that hairpins with inside addresses",
      "full-cone",
      /^ +ct status dnat goto translate\n/m,
      "",
      /hairpinned source address/,
    ],
    [
      "a block handed out in no order",
      "cgnat-rfc6888",
      /(192\.168\.1\.254 meta mark set numgen) inc/,
      "$1 random",
      /port allocation: expected sequential, observed random/,
    ],
    [
      "a home that answers strangers",
      "home",
      / {4}iifname "wan" drop\n([\s\S]*)policy drop/,
      "$1policy accept",
      /mapping kept after unsolicited input: expected true.*unsolicited TCP refused: expected false/,
    ],
  ])("sees %s", async (_, nat, from, to, message) => {
    await router.load({ nat }, instead(from, to));
    expect((await router.look({ nat })).join("; ")).toMatch(message);
  });

  it("sees a ping through every router, under the router's address", async () => {
    const { lab, wanAddress } = router;
    for (const nat of ["home", "symmetric", "full-cone", "mobile-carrier", "corporate"] as const) {
      await router.load({ nat });
      await lab.fabric.exec(["ping", "-c1", "-W1", "51.15.10.10"], { netns: lab.pids.offerer });
      const flows = await lab.fabric.exec(["conntrack", "-L", "-p", "icmp"], { netns: router.pid });
      expect(flows).toContain(`dst=${wanAddress}`);
    }
  });
});
