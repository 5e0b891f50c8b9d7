import { describe, expect, it } from "vitest";
import { CREDENTIAL_FLAWS } from "../model/topology.ts";
import { checkScenario } from "./check-scenario.ts";

type Parts = { server?: object; ref?: object; apis?: object };

function faultsOf({ server = {}, ref = {}, apis = {} }: Parts): string[] {
  const peer = { behind: "internet", iceServers: [{ server: "turn", urls: ["udp"], ...ref }] };
  const scenario = {
    description: "An application that presents something else.",
    topology: { turnServers: { turn: server }, iceServerApis: apis },
    peers: { offerer: peer, answerer: { behind: "internet", iceServers: ["turn"] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const result = checkScenario(scenario, "flaw");
  if (!("faults" in result)) return [];
  return result.faults.map(({ place, expected }) => `${place}: ${expected}`);
}

describe("a credential's flaw", () => {
  it("is one of those that the server can refuse: minted ones of a server with secrets, or another user's", () => {
    const takes = (parts: Parts) =>
      CREDENTIAL_FLAWS.filter((credential) => faultsOf({ ...parts, ref: { credential } }).length === 0);
    const minted = CREDENTIAL_FLAWS.filter((flaw) => flaw !== "time-limited");
    expect(takes({ server: { secrets: ["s"] } })).toEqual(minted);
    expect(takes({ apis: { api: { provider: "twilio", servers: ["turn"] } } })).toEqual(minted);
    expect(takes({})).toEqual(["wrong-password", "unknown-user", "time-limited"]);
    // Told when the file has been read.
    expect(takes({ server: { config: "turnserver.conf" } })).toEqual(CREDENTIAL_FLAWS);
    expect(faultsOf({ ref: { credential: "expired" } })).toEqual([
      "peers.offerer.iceServers[0].credential: one of wrong-password, unknown-user, time-limited: turn has no secrets, but a user",
    ]);
  });

  it("is none of a word that there is not, of STUN, of a server that asks for nothing, nor of a cell's peer", () => {
    expect(faultsOf({ ref: { credential: "wrong" } })[0]).toContain("peers.offerer.iceServers[0].credential");
    expect(faultsOf({ ref: { credential: "wrong-password", urls: ["stun"] } })[0]).toContain("a TURN URL beside it");
    const open = { server: { options: { "no-auth": true } }, ref: { credential: "wrong-password" } };
    expect(faultsOf(open)[0]).toContain("turn has no-auth");
    const peer = { behind: "internet", iceServers: [{ server: "turn", urls: ["udp"], credential: "wrong-password" }] };
    const grid = {
      description: "A grid.",
      topology: { turnServers: { turn: {} } },
      peers: { one: peer },
      cells: [{ table: "t", row: "r", column: "c", offerer: "one", answerer: "one" }],
      concurrency: 1,
    };
    const result = checkScenario(grid, "grid");
    expect("faults" in result && result.faults.map(({ place }) => place)).toContain(
      "peers.one.iceServers[0].credential",
    );
  });
});
