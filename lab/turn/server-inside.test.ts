import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { TurnServerSpec } from "../model/topology.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { renderConfig } from "./coturn-config.ts";
import { proveBlocked, type StunAsker, waitUntilReady } from "./listener-proof.ts";
import { planTurnServers, turnArchive } from "./turn-server.ts";

const credential = { username: "user", password: "pass" };
const placesWith = (...forwarded: (readonly ("udp:3478" | "udp:49152-65535" | "tcp")[])[]) => ({
  nodes: { turn: { interfaces: [{ address: "10.128.0.2" }] } },
  serversInside: { turn: { publicAddress: "34.1.2.3", forwarded } },
});
function planned(spec: TurnServerSpec = {}, places = placesWith()) {
  const { turn } = planTurnServers({ turn: { behind: "cloud", ...spec } }, places, credential);
  if (!turn) throw new Error("no server");
  return turn;
}

describe("a server behind a router", () => {
  it("binds its own address, and tells the public one with its private part", () => {
    const text = renderConfig(planned().options);
    expect(text).toContain("listening-ip=10.128.0.2\nrelay-ip=10.128.0.2\nexternal-ip=34.1.2.3/10.128.0.2\n");
    expect(planned()).toMatchObject({ address: "34.1.2.3", addresses: ["34.1.2.3"], relay: { address: "10.128.0.2" } });
    expect(renderConfig(planned({ options: { "external-ip": "34.1.2.3" } }).options)).toContain(
      "external-ip=34.1.2.3\n",
    );
    expect(renderConfig(planned({ options: { "external-ip": false } }).options)).not.toContain("external-ip");
  });

  it("is asked at its public address what every router forwards, and must be silent elsewhere", async () => {
    const asked: string[] = [];
    const told = ({ transport, address, port }: { transport: string; address: string; port: number }) =>
      `${transport} ${address}:${port}`;
    const ask: StunAsker["ask"] = async (target) => {
      asked.push(told(target));
      return { answer: "success", durationMs: 1 };
    };
    const server = planned({}, placesWith(["udp:3478", "udp:49152-65535"], ["udp:3478", "tcp"]));
    const ready = await waitUntilReady(server, "", { ask });
    expect(asked).toEqual(["udp 34.1.2.3:3478"]);
    const silent: string[] = [];
    const expectSilence: StunAsker["expectSilence"] = async (target) => void silent.push(told(target));
    const blocked = await proveBlocked(server, ready, { expectSilence });
    expect(silent.toSorted()).toEqual(["tcp 34.1.2.3:3478", "tcp 34.1.2.3:5349", "udp 34.1.2.3:5349"]);
    expect(blocked.every(({ answer }) => answer === "blocked")).toBe(true);
    const loud = { expectSilence: () => Promise.reject(new Error("an answer")) };
    await expect(proveBlocked(server, ready, loud)).rejects.toThrow(/the router of turn should block .*: an answer/);
  });

  it("is refused where nobody gets in to it", () => {
    expect(() => planned({}, placesWith(["udp:49152-65535"]))).toThrow(/the router of turn lets nobody in/);
  });

  it("has its aliases and its public address on the certificate, in capitals or not", async () => {
    const server = planned({ hostname: "turn.example.org", aliases: ["TURN-EU.Example.org"] });
    const ca = await CertificateAuthority.create("run");
    await expect(turnArchive(server, ca)).resolves.toBeInstanceOf(Buffer);
    const { chainPem } = await ca.issue(server.hostname, server.addresses, server.aliases);
    const leaf = new X509Certificate(chainPem);
    for (const host of ["turn.example.org", "turn-eu.example.org", "TURN-EU.EXAMPLE.ORG"]) {
      expect(leaf.checkHost(host)).toBeDefined();
    }
    expect(leaf.checkIP("34.1.2.3")).toBe("34.1.2.3");
    expect(leaf.checkIP("10.128.0.2")).toBeUndefined();
  });
});
