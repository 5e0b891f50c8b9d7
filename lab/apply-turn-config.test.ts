import { describe, expect, it } from "vitest";
import { applyTurnConfig } from "./apply-turn-config.ts";
import type { CredentialFlaw, RouterSpec, TurnServerSpec } from "./model/topology.ts";
import { topologyOf } from "./test-lab.ts";
import { readConfig } from "./turn-config/read-config.ts";

const AUTH = "lt-cred-mech\nuser=a:b\nrealm=turn.example.org\n";

function configOf(text: string) {
  const input = { file: "my.conf", text, values: new Map(), version: "4.6.1", makeSecret: () => "made" };
  const { config, findings } = readConfig(input);
  if (!config) throw new Error(JSON.stringify(findings));
  return config;
}

function apply(text: string, turn: TurnServerSpec = {}, routers: Record<string, RouterSpec> = {}) {
  return applyTurnConfig(
    topologyOf({ routers, turnServers: { turn } }, "internet", "internet"),
    "turn",
    configOf(text),
  );
}

function topologyFrom(...args: Parameters<typeof apply>) {
  const result = apply(...args);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.scenario.topology;
}

const faultsOf = (...args: Parameters<typeof apply>) => {
  const result = apply(...args);
  return "faults" in result ? result.faults.map(({ place, found }) => `${place}: ${found}`) : [];
};

describe("applyTurnConfig", () => {
  it("puts a server with a public address alone on the internet, under its realm's name", () => {
    const { routers, turnServers } = topologyFrom(`${AUTH}external-ip=34.1.2.3\nlistening-port=80\n`, {
      configValues: { A: "1" },
    });
    expect(routers).toEqual({});
    expect(turnServers?.turn).toEqual({
      config: "my.conf",
      publicAddress: "34.1.2.3",
      hostname: "turn.example.org",
      realm: "turn.example.org",
      options: expect.objectContaining({ "aux-server": false, "listening-port": 80 }),
    });
  });

  it("puts one with a private address behind a cloud's one-to-one NAT that is made for it", () => {
    const { routers, turnServers } = topologyFrom(`${AUTH}external-ip=34.1.2.3/10.128.0.2\n`, { region: "us" });
    expect(routers).toEqual({ "turn-cloud": { nat: "cloud-1to1", lan: "10.128.0.0/24", region: "us" } });
    expect(turnServers?.turn).toMatchObject({
      behind: "turn-cloud",
      publicAddress: "34.1.2.3",
      privateAddress: "10.128.0.2",
    });
  });

  it("leaves it on the machine that it is said to run on, whatever it says of itself", () => {
    const machine = { publicAddress: "34.1.2.3", privateAddress: "10.0.0.5" };
    const scenario = topologyOf({ turnServers: { turn: {} } }, "internet", "internet");
    for (const external of ["34.9.9.9", "203.0.113.1", "34.9.9.9/10.9.9.9"]) {
      const config = configOf(`${AUTH}external-ip=${external}\n`);
      expect(applyTurnConfig(scenario, "turn", config, machine)).toMatchObject({
        scenario: {
          topology: {
            routers: { "turn-cloud": { nat: "cloud-1to1", lan: "10.0.0.0/24" } },
            turnServers: { turn: { ...machine, behind: "turn-cloud", config: "my.conf" } },
          },
        },
      });
    }
  });

  it("does so for a public external-ip beside a private relay-ip, as documents write it", () => {
    const { turnServers } = topologyFrom(`${AUTH}external-ip=34.1.2.3\nrelay-ip=10.128.0.2\n`);
    expect(turnServers?.turn).toMatchObject({ behind: "turn-cloud", privateAddress: "10.128.0.2" });
  });

  it("takes the scenario's router where the server has one, and gives it the file's network", () => {
    const { routers } = topologyFrom(
      `${AUTH}external-ip=34.1.2.3/10.1.2.30\n`,
      { behind: "office" },
      { office: { nat: "home" } },
    );
    expect(routers).toEqual({ office: { nat: "home", lan: "10.1.2.0/24" } });
  });

  it("leaves the name to the scenario", () => {
    expect(topologyFrom(AUTH, { hostname: "turn.other.example" }).turnServers?.turn?.hostname).toBe(
      "turn.other.example",
    );
  });

  it("finds every fault between the two", () => {
    expect(faultsOf(`${AUTH}external-ip=203.0.113.5\n`)).toEqual([
      expect.stringMatching(/^my\.conf: 203\.0\.113\.5: .*documentation/),
    ]);
    expect(
      faultsOf(`${AUTH}external-ip=34.1.2.3\n`, { publicAddress: "34.9.9.9", options: {}, realm: "r", secrets: ["s"] }),
    ).toEqual([
      "topology.turnServers.turn.options: options",
      "topology.turnServers.turn.realm: realm",
      "topology.turnServers.turn.secrets: secrets",
      'topology.turnServers.turn.publicAddress: "34.9.9.9"',
    ]);
    expect(
      faultsOf(
        `${AUTH}external-ip=34.1.2.3/10.1.2.30\n`,
        { behind: "office" },
        { office: { nat: "home", lan: "10.9.9.0/24" } },
      ),
    ).toEqual(['topology.routers.office.lan: "10.9.9.0/24"']);
  });

  it("asks for the password that a key does not give away", () => {
    const hashed = "lt-cred-mech\nuser=a:0x00112233445566778899aabbccddeeff\nrealm=r\n";
    expect(faultsOf(hashed)).toEqual(["my.conf:2: only keys (user=NAME:0x…), which give none away"]);
    expect(faultsOf(hashed, { credential: { username: "a", password: "b" } })).toEqual([]);
  });

  it("asks for a shared secret where an API mints with it", () => {
    const faultsBeside = (text: string, provider: "cloudflare" | "static") => {
      const scenario = topologyOf(
        { turnServers: { turn: {} }, iceServerApis: { list: { provider, servers: ["turn"] } } },
        "internet",
        "internet",
      );
      const result = applyTurnConfig(scenario, "turn", configOf(text));
      return "faults" in result ? result.faults.map(({ place, found }) => `${place}: ${found}`) : [];
    };
    expect(faultsBeside(AUTH, "cloudflare")).toEqual(["my.conf: a server with users"]);
    expect(faultsBeside(AUTH, "static")).toEqual([]);
    expect(faultsBeside("use-auth-secret\nstatic-auth-secret=s\nrealm=r\n", "cloudflare")).toEqual([]);
  });

  it("refuses a flaw of a credential that the file's server has no way to have", () => {
    const scenario = topologyOf({ turnServers: { turn: {} } }, "internet", "internet");
    const flawed = (text: string, credential: CredentialFlaw) => {
      const peers = {
        ...scenario.peers,
        offerer: { behind: "internet", iceServers: [{ server: "turn", urls: ["udp" as const], credential }] },
      };
      const result = applyTurnConfig({ ...scenario, peers }, "turn", configOf(text));
      return "faults" in result ? result.faults.map(({ place, expected }) => `${place}: ${expected}`) : [];
    };
    expect(flawed(AUTH, "time-limited")).toEqual([]);
    expect(flawed("use-auth-secret\nstatic-auth-secret=s\nrealm=r\n", "expired")).toEqual([]);
    expect(flawed(AUTH, "expired")).toEqual([
      "peers.offerer.iceServers[0].credential: one of wrong-password, unknown-user, time-limited: the server runs my.conf",
    ]);
    expect(flawed("no-auth\nrealm=r\n", "wrong-password")[0]).toContain("none, as it asks for no credentials");
  });
});
