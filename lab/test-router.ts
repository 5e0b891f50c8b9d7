import { type StartedLab, upLab } from "./lab-up.ts";
import { natMismatches } from "./model/observed-nat.ts";
import { type RouterSpec, routerBehaviour, type TurnServerSpec } from "./model/topology.ts";
import { compileRouter } from "./net/rules/compile-router.ts";
import { forgetState } from "./net/rules/forget-state.ts";
import { loadRuleset } from "./net/rules/load-ruleset.ts";
import { routerFacts } from "./net/rules/router-facts.ts";
import type { RouterFacts, Ruleset } from "./net/rules/ruleset.ts";
import { TestHost } from "./net/rules/test-host.ts";
import { testContext, topologyOf } from "./test-lab.ts";

export type RulesSpec = Pick<RouterSpec, "nat" | "firewall">;

/**
 * One router with two hosts inside and two addresses outside, that is loaded with one behaviour after the other: a lab
 * comes up in seconds, a ruleset in milliseconds.
 */
export type TestRouter = AsyncDisposable & {
  lab: StartedLab;
  pid: number;
  wanAddress: string;
  /** Inside addresses of the two hosts, and processes on them. */
  inside: [TestHost, TestHost];
  /** On the internet, with two addresses. */
  outside: TestHost;
  /** Loads what a behaviour compiles to, or what a test makes of it, and forgets what was before. */
  load(spec: RulesSpec, change?: (ruleset: Ruleset) => Ruleset): Promise<void>;
  /** What the probe has to say about it. */
  look(spec: RulesSpec, isLifetimeProven?: boolean): Promise<string[]>;
  forget(): Promise<void>;
};

const ROUTER = "router";

/** Brings it up for addresses of one kind; only these can be loaded then. The hosts inside are `offerer` and `answerer`. */
export async function upTestRouter(
  addressing: "shared" | "one-to-one" = "shared",
  turnServers: Record<string, TurnServerSpec> = {},
  forwards: RouterSpec["forwards"] = [],
): Promise<TestRouter> {
  const nat = addressing === "shared" ? "home" : "cloud-1to1";
  const scenario = topologyOf({ routers: { [ROUTER]: { nat, forwards } }, turnServers }, ROUTER, ROUTER);
  const lab = await upLab("rules", scenario, await testContext());
  try {
    return await withHosts(lab);
  } catch (error) {
    await lab.down();
    throw error;
  }
}

async function withHosts(lab: StartedLab): Promise<TestRouter> {
  const { fabric, plan, pids, observer } = lab;
  const pid = pids[ROUTER];
  const found = routerFacts(plan, ROUTER);
  if (pid === undefined || !found) throw new Error("the lab has no router");
  const facts: RouterFacts = found;
  const host = (node: string) =>
    TestHost.start(fabric, node, pids[node] ?? 0, plan.nodes[node]?.interfaces[0]?.address ?? "");
  const [first, second, outside] = await Promise.all([
    host("offerer"),
    host("answerer"),
    TestHost.start(fabric, "outside", observer.pid, OUTSIDE[0]),
  ]);
  const external = (inside: string) => facts.outsideOf[inside] ?? facts.wanAddress;
  const forget = () => forgetState(fabric, pid);
  return {
    lab,
    pid,
    wanAddress: facts.wanAddress,
    inside: [first, second],
    outside,
    load: async (spec, change = (ruleset) => ruleset) => {
      await loadRuleset(fabric, ROUTER, pid, change(compileRouter(routerBehaviour(spec), facts)));
      await forget();
    },
    look: async (spec, isLifetimeProven = false) => {
      const expected = routerBehaviour(spec);
      const observed = await lab.probe(ROUTER, expected, isLifetimeProven);
      const { address = "", secondAddress = "" } = plan.probes[ROUTER] ?? {};
      const externalAddresses: [string, string] = [external(address), external(secondAddress)];
      return natMismatches(expected, observed, { externalAddresses, isLifetimeProven });
    },
    forget,
    [Symbol.asyncDispose]: lab.down,
  };
}

/** The observer's two addresses. */
export const OUTSIDE = ["51.15.10.10", "51.15.20.20"] as const;
