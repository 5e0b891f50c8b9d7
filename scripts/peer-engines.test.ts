import { describe, expect, it } from "vitest";
import { peersOf } from "../lab/model/grid.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import type { NamedScenario } from "../lab/run.ts";
import { enginesOf, withPeers } from "./peer-engines.ts";

const named = (name: string, change: Partial<Scenario> = {}): NamedScenario => ({
  name,
  scenario: {
    description: name,
    topology: {},
    peers: { offerer: { behind: "internet", iceServers: [] }, answerer: { behind: "internet", iceServers: [] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
    ...change,
  },
});

describe("--peers", () => {
  it("changes nothing where it is not given", () => {
    const given = [named("a")];
    expect(withPeers(given, enginesOf(undefined))).toEqual(given);
  });

  it("gives each scenario the engines, and keeps what else belongs to it", () => {
    const [a] = withPeers([{ ...named("a"), configs: {} }], enginesOf("werift,chromium"));
    expect(a).toMatchObject({ name: "a", configs: {} });
    expect(a && peersOf(a.scenario)).toMatchObject({ offerer: { engine: "werift" }, answerer: { engine: "chromium" } });
  });

  it("is refused in one message where it names no engine", () => {
    expect(() => enginesOf("chromiun")).toThrow(
      /^command line: 1 fault\n\n *--peers\n *expected .*\n *found +"chromiun"\n *hint +Did you mean "chromium"\?$/,
    );
  });

  it("is refused for every scenario that asks for what the engine has not", () => {
    const media = { traffic: { messageBytes: 200, messagesPerSecond: 10, durationMs: 100, media: ["audio"] as const } };
    const browsers = (change: Partial<Scenario>) => {
      const own = named("x").scenario as Scenario;
      const { offerer, answerer } = own.peers;
      return { ...change, peers: { offerer: { ...offerer, mdns: true }, answerer } };
    };
    const scenarios = [named("one", media), named("two", browsers({})), named("three")];
    expect(() => withPeers(scenarios, enginesOf("firefox,werift"))).toThrow(
      /^one with --peers firefox,werift: 1 fault\n\n *traffic\.media\n.*\n *found +answerer on werift/,
    );
    const tell = () => withPeers(scenarios, enginesOf("werift"));
    expect(tell).toThrow(/one with --peers werift/);
    expect(tell).toThrow(/two with --peers werift: 1 fault\n\n *peers\.offerer\.mdns/);
    expect(tell).not.toThrow(/three/);
  });
});
