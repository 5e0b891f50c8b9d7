import { afterAll, beforeAll, expect, it } from "vitest";
import type { FirewallSpec } from "../../model/firewall.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { OUTSIDE, type RulesSpec, type TestRouter, upTestRouter } from "../../test-router.ts";
import type { Ruleset } from "./ruleset.ts";

const FIREWALLS: [string, FirewallSpec][] = [
  ["open", "open"],
  ["UDP dropped", "udp-blocked"],
  ["UDP rejected", "udp-rejected"],
  ["web only", "web-only"],
  ["TLS on 443 only", "tls-443"],
  ["3478 blocked", "stun-port-blocked"],
  ["a list, refused", { allow: ["udp:3478-3479", "tcp:80"], refuse: "reject" }],
  ["a list with an exception", { deny: ["tcp:3479"], allow: ["udp", "tcp:3478-3479"] }],
  ["TLS on two ports, dropped", { tlsOnly: [443, 5349] }],
  ["nothing", { allow: [], refuse: "reject" }],
];

describeDocker("what a network lets out", () => {
  let router: TestRouter;

  beforeAll(async () => {
    router = await upTestRouter();
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  const spec = (firewall: FirewallSpec): RulesSpec => ({ nat: "home", firewall });
  const without = (rule: RegExp) => (ruleset: Ruleset) => {
    const text = ruleset.text.replace(rule, "");
    expect(text).not.toBe(ruleset.text);
    return { ...ruleset, text };
  };

  it.each(FIREWALLS)("%s: each kind of flow fares as the data says", async (_, firewall) => {
    await router.load(spec(firewall));
    expect(await router.look(spec(firewall))).toEqual([]);
  });

  it.each<[string, FirewallSpec, RegExp, RegExp]>([
    [
      "UDP not blocked",
      "udp-blocked",
      /^ +meta l4proto udp goto refuse\n/m,
      /UDP to port 3478: expected dropped, observed passed/,
    ],
    [
      "a port not blocked",
      "stun-port-blocked",
      /^ +tcp dport 3478 goto refuse\n/m,
      /TCP to port 3478: expected dropped, observed passed/,
    ],
    ["dropped instead of refused", "udp-rejected", /^ +reject with icmp.*\n/m, /UDP to port 3478: expected rejected/],
    [
      "plain TCP on 443",
      "tls-443",
      /^ +tcp dport \{ 443 \} jump tls_only\n/m,
      /TCP to port 443: expected rejected, observed passed/,
    ],
    [
      "no TLS on 443",
      "tls-443",
      /^ +tcp doff \d+ @th,\d+,16.*\n/gm,
      /TLS to port 443: expected passed, observed rejected/,
    ],
    ["everything else, too", "web-only", /^ +goto refuse\n/m, /UDP to port 3478: expected dropped, observed passed/],
    [
      "not what is listed",
      "web-only",
      /^ +tcp dport 80 accept\n/m,
      /TCP to port 80: expected passed, observed dropped/,
    ],
  ])("sees %s", async (_, firewall, rule, message) => {
    await router.load(spec(firewall), without(rule));
    expect((await router.look(spec(firewall))).join("; ")).toMatch(message);
  });

  const inside = (...argv: string[]) => router.lab.fabric.exec(argv, { netns: router.lab.pids.offerer });

  it("answers ping and resolves names inside, whatever it lets out, and is silent elsewhere", async () => {
    await router.load(spec({ allow: [], refuse: "reject" }));
    await inside("ping", "-c1", "-W1", "192.168.1.1");
    const lookup = `const r = new (require("node:dns").promises.Resolver)({ timeout: 2000, tries: 1 });
      r.setServers(["192.168.1.1"]); r.resolve4("example.com").catch((e) => console.log(e.code));`;
    expect(await inside("node", "-e", lookup)).toBe("ENOTFOUND\n");
    for (const [address, port] of [
      ["192.168.1.1", 8080],
      [router.wanAddress, 53],
    ] as const) {
      const connect = `const s = require("node:net").connect(${port}, "${address}");
        s.on("connect", () => console.log("open")).on("error", (e) => console.log(e.code));
        setTimeout(() => { console.log("silent"); process.exit(); }, 400);`;
      expect(await inside("node", "-e", connect)).toBe("silent\n");
    }
  });

  it("passes on that a packet is too big for the way, from itself and from farther away (RFC 1191)", async () => {
    const { lab } = router;
    const line = lab.plan.coreLines.find(({ segment }) => segment === "line-observer")?.interface ?? "";
    const tight = async (pid: number | undefined, device: string, mtu: number) => {
      await lab.fabric.exec(["ip", "link", "set", device, "mtu", String(mtu)], { netns: pid });
    };
    const tooBig = () =>
      inside("ping", "-c1", "-W1", "-M", "do", "-s", "1300", OUTSIDE[0]).catch((error: Error) => error.message);
    for (const [nat, firewall] of [
      ["home", "open"],
      ["full-cone", "open"],
      ["mobile-carrier", { deny: ["udp:9"] }],
    ] as const) {
      for (const [pid, device] of [
        [lab.pids.core, line],
        [router.pid, "wan"],
      ] as const) {
        await router.load({ nat, firewall: firewall as FirewallSpec });
        await tight(pid, device, 1_280);
        expect(await tooBig()).toMatch(/mtu ?= ?1280/);
        await tight(pid, device, 1_500);
        await inside("ip", "route", "flush", "cache");
      }
    }
  });
});
