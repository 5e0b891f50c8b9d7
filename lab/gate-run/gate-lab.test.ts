import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { GivenProfile } from "../gate/given-profile.ts";
import { planGate } from "../gate/plan-gate.ts";
import { configOf, usersConfig } from "../gate/test-config.ts";
import { isRawIceServer } from "../model/topology.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { gateLab } from "./gate-lab.ts";

const fresh = { username: "fresh", password: "fresh-password" };
const machine = { cpus: 2, memoryBytes: 8 * 1024 ** 3 };

/** The lab of the candidate, with the baseline's place and credentials. */
function labOf(candidate: TurnConfig, baseline = configOf(), given: GivenProfile = {}) {
  const plan = planGate({ given, candidate, baseline, machine, nowMs: Date.now() });
  if ("faults" in plan) throw new Error(JSON.stringify(plan.faults));
  const lab = gateLab({ ...plan, config: candidate, opener: baseline, fresh });
  if ("faults" in lab) throw new Error(JSON.stringify(lab.faults));
  const callOf = (id: string) => {
    const cell = plan.cells.find((one) => one.id === id);
    if (!cell) throw new Error(`no cell ${id}`);
    return lab.callOf(cell);
  };
  return { ...lab, plan, callOf };
}

describe("gateLab", () => {
  it("stands the candidate where the baseline stands, whatever its external-ip says, under the names of the URLs", () => {
    const { spec, scenario } = labOf(configOf(["external-ip=34.9.9.9", "realm=other.example.org"]));
    const { turn } = spec.topology.turnServers ?? {};
    expect(turn).toMatchObject({
      publicAddress: "34.1.2.3",
      privateAddress: "10.0.0.5",
      hostname: "turn.example.org",
      realm: "other.example.org",
      behind: "turn-cloud",
      config: "turnserver.conf",
    });
    expect(spec.topology.routers?.["turn-cloud"]).toEqual({ nat: "cloud-1to1", lan: "10.0.0.0/24" });
    expect(Object.keys(spec.peers)).toEqual([
      ...["home", "symmetric", "cgnat", "udp-blocked", "web-only", "tls-443"].map((network) => `at-${network}`),
      "control",
      "far",
    ]);
    expect(JSON.stringify(scenario)).not.toContain("north-by-north-west");
  });

  it("is named by its address where URLs have that, so that a candidate's realm does not rename it", () => {
    const nameless = configOf(["realm=nobody"]);
    const { spec } = labOf(configOf(), nameless);
    expect(spec.topology.turnServers?.turn?.hostname).toBe("34.1.2.3");
  });

  it("stands in for public STUN servers, with their ports", () => {
    const given = { iceServers: [{ urls: ["stun:stun.l.google.com:19302", "turn:turn.example.org:3478"] }] };
    const { spec } = labOf(configOf(), configOf(), given);
    expect(spec.topology.turnServers?.stun).toEqual({ aliases: ["stun.l.google.com"] });
    expect(spec.cells).toEqual([{ iceServers: { offerer: [{ server: "stun", urls: ["udp:19302"] }] } }]);
  });

  it("mints for each end with the baseline's secret, and calls the far end at home without a relay", () => {
    const { callOf } = labOf(configOf(["static-auth-secret=rotated"]), configOf(), { credentialLifetimeS: 600 });
    const call = callOf("udp-blocked");
    expect(call).toMatchObject({
      offerer: { peer: "at-udp-blocked", transportPolicy: "relay" },
      answerer: { peer: "far", iceServers: [{ server: "stun", urls: ["stun"] }], transportPolicy: "all" },
      expectedPath: "relayed",
      sessionTimeoutMs: 8_000,
    });
    expect(call.expectedTransport).toBeUndefined(); // TCP or TLS, whichever comes first.
    expect(callOf("tls-443").expectedTransport).toEqual({ offerer: "tls" });
    const between = callOf("home relay-to-relay");
    const entries = [between.offerer, between.answerer].flatMap(({ iceServers }) =>
      iceServers.filter((one) => typeof one === "object" && isRawIceServer(one)),
    );
    expect(entries).toHaveLength(2);
    const users = entries.map((entry) => ("username" in entry ? (entry.username ?? "") : ""));
    expect(new Set(users).size).toBe(2);
    for (const entry of entries) {
      if (!("username" in entry)) throw new Error("not opened");
      const [expiresAtS] = (entry.username ?? "").split(":");
      expect(Number(expiresAtS) - Date.now() / 1000).toBeGreaterThan(590);
      expect(Number(expiresAtS) - Date.now() / 1000).toBeLessThanOrEqual(600);
      const hmac = createHmac("sha1", "north-by-north-west")
        .update(entry.username ?? "")
        .digest("base64");
      expect(entry.credential).toBe(hmac);
    }
  });

  it("gives clients the users of the baseline, each in a call of its own, and of keys alone what the profile says", () => {
    const { callOf } = labOf(usersConfig("user=a:pa"), usersConfig("user=a:pa", "user=b:pb"));
    const opened = (id: string) =>
      callOf(id).offerer.iceServers.flatMap((entry) =>
        typeof entry === "object" && "username" in entry ? [`${entry.username}:${entry.credential}`] : [],
      );
    expect(opened("home")).toEqual(["a:pa"]);
    expect(opened("home user b")).toEqual(["b:pb"]);
    const hashed = usersConfig("user=a:0x0123456789abcdef0123456789abcdef");
    const given = { iceServers: [{ urls: "turn:turn.example.org", username: "a", credential: "known" }] };
    expect(labOf(hashed, hashed, given).spec.topology.turnServers?.turn?.credential).toEqual({
      username: "a",
      password: "known",
    });
  });
});
