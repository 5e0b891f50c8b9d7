import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

const peer = { behind: "internet", iceServers: ["turn"] };

function faultsOf(turn: object, changes: object = {}): string[] {
  const scenario = {
    description: "A server that is told something wrong.",
    topology: { routers: { cloud: { nat: "cloud-1to1" } }, turnServers: { turn }, ...changes },
    peers: { offerer: peer, answerer: peer },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const result = checkScenario(scenario, "flaw");
  return "faults" in result ? result.faults.map(({ place, expected }) => `${place}: ${expected}`) : [];
}

const grid = (turn: object) =>
  checkScenario(
    {
      description: "A grid.",
      topology: { turnServers: { turn } },
      peers: { one: peer },
      cells: [{ table: "t", row: "r", column: "c", offerer: "one", answerer: "one" }],
      concurrency: 1,
    },
    "grid",
  );

describe("a key of another realm", () => {
  it("is a coturn's that has a user of its own", () => {
    expect(faultsOf({ keyRealm: "other.test" })).toEqual([]);
    expect(faultsOf({ keyRealm: "turn.lab.test", realm: "turn.example" })).toEqual([]);
  });

  it.each([
    [{ keyRealm: "turn.lab.test" }, "another realm than the server's own"],
    [{ keyRealm: "r", realm: "r" }, "another realm than the server's own"],
    [{ keyRealm: "r", secrets: ["s"] }, "credentials are minted"],
    [{ keyRealm: "r", config: "turnserver.conf" }, "the keys are the file's"],
    [{ keyRealm: "r", image: { reference: "other", listeners: ["udp:3478"] } }, "it is for coturn"],
    [{ keyRealm: "r", options: { user: "a:b" } }, "where options say how clients get in"],
  ])("is no other's: %o", (turn, expected) => {
    const [fault] = faultsOf(turn);
    expect(fault).toContain("topology.turnServers.turn.keyRealm");
    expect(fault).toContain(expected);
  });
});

describe("a TTL of a server's datagrams", () => {
  it("is one of a server on the internet that has UDP and something else", () => {
    expect(faultsOf({ sendsTtl: 1 })).toEqual([]);
    expect(faultsOf({ sendsTtl: 2, firewall: ["udp:3478", "tcp:5349"] })).toEqual([]);
  });

  it.each([
    [{ sendsTtl: 1, behind: "cloud" }, "none of a server behind a router"],
    [{ sendsTtl: 1, firewall: ["udp"] }, "answers over TCP as well"],
    [{ sendsTtl: 1, options: { "no-tcp": true, "no-tls": true } }, "answers over TCP as well"],
    [{ sendsTtl: 1, options: { "no-udp": true, "no-dtls": true } }, "listens on UDP"],
    [{ sendsTtl: 0 }, "a number from 1 to 255"],
  ])("is no other's: %o", (turn, expected) => {
    const [fault] = faultsOf(turn);
    expect(fault).toContain("topology.turnServers.turn.sendsTtl");
    expect(fault).toContain(expected);
  });
});

it("is nothing that a grid knows", () => {
  for (const turn of [{ keyRealm: "r" }, { sendsTtl: 1 }]) {
    const result = grid(turn);
    expect("faults" in result && result.faults.map(({ expected }) => expected)).toContainEqual(
      expect.stringContaining("none in a grid"),
    );
  }
});
