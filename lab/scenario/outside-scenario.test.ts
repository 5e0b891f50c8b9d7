import { describe, expect, it } from "vitest";
import type { AnyScenario } from "../model/grid.ts";
import type { Scenario } from "../model/scenario.ts";
import type { TurnListener } from "../model/turn-listeners.ts";
import { checkScenario } from "./check-scenario.ts";
import type { ChosenOutside } from "./outside-options.ts";
import { withOutside } from "./outside-scenario.ts";

const UDP: TurnListener = { transport: "udp", port: 3478 };
const TLS: TurnListener = { transport: "tls", port: 443 };

function outside(host: string, address: string, listeners = [UDP, TLS]): ChosenOutside {
  return { server: { host, address, listeners }, credential: { username: "alice", password: "open-sesame" } };
}
const DEPLOYED = outside("turn.example.org", "34.1.2.3");

function aScenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    description: "A call.",
    topology: {
      routers: { near: { nat: "home" }, far: { nat: "home" } },
      turnServers: { turn: { link: { latencyMs: 5 } } },
    },
    peers: { offerer: { behind: "near", iceServers: ["turn"] }, answerer: { behind: "far", iceServers: ["turn"] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
    ...changes,
  };
}

function replaced(scenario: Scenario, chosen = DEPLOYED): Scenario {
  const result = withOutside(scenario, chosen);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.scenario;
}
const placesOf = (scenario: AnyScenario, chosen = DEPLOYED) => {
  const result = withOutside(scenario, chosen);
  return "faults" in result ? result.faults.map(({ place }) => place) : [];
};

describe("a scenario against a server outside of the lab", () => {
  it("has it in the place of its own, at its own address, and keeps the wire", () => {
    expect(replaced(aScenario()).topology.turnServers).toEqual({
      turn: {
        ip: "ipv4",
        credential: DEPLOYED.credential,
        outside: DEPLOYED.server,
        publicAddress: "34.1.2.3",
        hostname: "turn.example.org",
        link: { latencyMs: 5 },
      },
    });
  });

  it.each([
    ["turn.example.org", "127.0.0.1", undefined, "turn.example.org"],
    ["localhost", "127.0.0.1", undefined, undefined],
    ["192.168.1.5", "192.168.1.5", undefined, undefined],
    ["81.2.64.2", "81.2.64.2", undefined, undefined],
    ["10.1.2.3", "10.1.2.3", "10.1.2.3", undefined],
    ["34.1.2.3", "34.1.2.3", "34.1.2.3", undefined],
  ])("%s at %s stands at %s by the name %s", (host, address, publicAddress, hostname) => {
    const { turn } = replaced(aScenario(), outside(host, address, [UDP])).topology.turnServers ?? {};
    expect([turn?.publicAddress, turn?.hostname]).toEqual([publicAddress, hostname]);
  });

  it("needs a name that a certificate can have where the address is another one inside", () => {
    expect(placesOf(aScenario(), outside("localhost", "127.0.0.1"))).toEqual(["--turn-url"]);
    expect(placesOf(aScenario(), outside("10.1.2.3", "10.1.2.3"))).toEqual([]);
    expect(placesOf(aScenario(), outside("turn.example.org", "127.0.0.1"))).toEqual([]);
  });

  it("comes to a relayed path where STUN would have made it direct, and only there", () => {
    const peers = (offerer: string, answerer: string): Scenario["peers"] => ({
      offerer: { behind: offerer, iceServers: ["turn"] },
      answerer: { behind: answerer, iceServers: ["turn"] },
    });
    const pathOf = (changes: Partial<Scenario>) => replaced(aScenario(changes)).expectedPath;
    expect(pathOf({ expectedPath: "direct" })).toBe("relayed");
    const topology: Scenario["topology"] = {
      routers: { carrier: { nat: "cgnat" }, near: { nat: "home", upstream: "carrier" }, far: { nat: "home" } },
      turnServers: { turn: {} },
    };
    expect(pathOf({ expectedPath: "direct", topology, peers: peers("near", "carrier") })).toBe("direct");
    expect(pathOf({ expectedPath: "direct", topology, peers: peers("near", "far") })).toBe("relayed");
    const dual = { routers: { near: { nat: "home", ip: "dual" }, far: { nat: "home", ip: "dual" } } } as const;
    const both = { ...dual, turnServers: { turn: {} } };
    expect(pathOf({ expectedPath: "direct", topology: both })).toBe("direct");
    expect(pathOf({ expectedPath: "local" })).toBe("local");
    expect(pathOf({})).toBeUndefined();
  });

  it("must have one server, and nothing of it that only the lab's own can have", () => {
    const { topology } = aScenario();
    const servers = (turnServers: NonNullable<Scenario["topology"]["turnServers"]>) =>
      aScenario({ topology: { ...topology, turnServers } });
    expect(placesOf(servers({}))).toEqual(["topology.turnServers"]);
    expect(placesOf(servers({ turn: {}, other: {} }))).toEqual(["topology.turnServers"]);
    const own = {
      options: { user: "u:secret" },
      firewall: ["udp:3478"],
      credential: { username: "u", password: "secret" },
    } as const;
    const result = withOutside(servers({ turn: { ...own, firewall: [...own.firewall] } }), DEPLOYED);
    expect(result).toMatchObject({
      faults: [{ found: 'the key "firewall"' }, { found: 'the key "credential"' }, { found: 'the key "options"' }],
    });
    expect(JSON.stringify(result)).not.toContain("secret");
  });

  it("asks of the server only what its URLs offer, and changes nothing at it", () => {
    const peers: Scenario["peers"] = {
      offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["tcp", "tls:5349"] }] },
      answerer: { behind: "far", iceServers: [{ urls: "turn:turn.lab.test", username: "u", credential: "secret" }] },
    };
    const changes: Scenario["changes"] = [
      { atMs: 1, node: "turn", link: { loss: 1 } },
      { atMs: 1, node: "offerer", link: { loss: 1 } },
      { atMs: 1, router: "near", forgets: true },
      { atMs: 1, server: "turn", becomes: "killed" },
    ];
    expect(placesOf(aScenario({ peers, changes, expectedTransport: { offerer: "tls", answerer: "tcp" } }))).toEqual([
      "peers.offerer.iceServers[0].urls",
      "peers.answerer.iceServers[0]",
      "expectedTransport.answerer",
      "changes[0]",
      "changes[3]",
    ]);
  });

  it("has no peer on the lab's internet: its address is somebody else's where the server is", () => {
    const peers: Scenario["peers"] = {
      offerer: { behind: "near", iceServers: ["turn"] },
      answerer: { behind: "internet", iceServers: ["turn"] },
    };
    expect(placesOf(aScenario({ peers }))).toEqual(["peers.answerer.behind"]);
  });

  it("is nothing that a scenario file could say", () => {
    const server = { outside: DEPLOYED.server } as object;
    const { topology } = aScenario();
    const checked = checkScenario(aScenario({ topology: { ...topology, turnServers: { turn: server } } }), "one");
    expect(checked).toMatchObject({ faults: [{ found: 'the key "outside"' }] });
  });

  it("is no grid", () => {
    const { topology, peers, description } = aScenario();
    expect(placesOf({ description, topology, peers, cells: [], concurrency: 1 } as AnyScenario)).toEqual([
      "--turn-url",
    ]);
  });
});
