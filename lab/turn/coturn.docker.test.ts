import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import type { RunEvent } from "../model/events.ts";
import type { IceUrlKind } from "../model/ice.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "../test-lab.ts";
import { CertificateAuthority } from "./certificate-authority.ts";

/** Every range that the hardening guides deny as a peer; the lab's own addresses must not be among them. */
const RECOMMENDED_ACL = [
  "0.0.0.0-0.255.255.255",
  "10.0.0.0-10.255.255.255",
  "100.64.0.0-100.127.255.255",
  "127.0.0.0-127.255.255.255",
  "169.254.0.0-169.254.255.255",
  "172.16.0.0-172.31.255.255",
  "192.0.0.0-192.0.0.255",
  "192.0.2.0-192.0.2.255",
  "192.88.99.0-192.88.99.255",
  "192.168.0.0-192.168.255.255",
  "198.18.0.0-198.19.255.255",
  "198.51.100.0-198.51.100.255",
  "203.0.113.0-203.0.113.255",
  "240.0.0.0-255.255.255.255",
];

describeDocker("coturn in the lab", () => {
  let lab: StartedLab;
  let events: RunEvent[];
  let caPem: string;
  let credential: { username: string; password: string };

  beforeAll(async () => {
    const context = await testContext();
    ({ events, credential } = context);
    caPem = context.ca.certificatePem;
    const turn = { publicAddress: "34.1.2.3", options: { "denied-peer-ip": RECOMMENDED_ACL } };
    lab = await upLab("coturn", topologyOf({ turnServers: { turn } }, "internet", "internet"), context);
  });
  afterAll(() => lab?.down());

  const relayThrough = (transport: "udp" | "tcp" | "tls", password = credential.password) =>
    lab.observer.ask("turn-relay-check", {
      transport,
      address: "34.1.2.3",
      port: transport === "tls" ? 5349 : 3478,
      username: credential.username,
      password,
      ...(transport === "tls" ? { servername: "turn.lab.test", ca: caPem } : {}),
    });

  it("is ready only when each of its four listeners has answered", () => {
    const [ready] = eventsOf(events, "turn_server_ready");
    expect(ready?.listeners.map(({ transport, port }) => `${transport} ${port}`).sort()).toEqual([
      "tcp 3478",
      "tls 5349",
      "udp 3478",
      "udp 5349",
    ]);
    expect(ready?.publicAddress).toBe("34.1.2.3");
  });

  it("speaks DTLS on its TLS port", async () => {
    const argv = ["timeout", "5", "openssl", "s_client", "-dtls1_2", "-connect", "34.1.2.3:5349", "-brief"];
    const said = await lab.fabric.exec(["sh", "-c", `echo Q | ${argv.join(" ")} 2>&1`], { netns: lab.observer.pid });
    expect(said).toMatch(/CONNECTION ESTABLISHED/);
  });

  it.each(["udp", "tcp", "tls"] as const)(
    "relays over %s, under the full recommended ACL, at its public address",
    async (transport) => {
      const { relayed, received } = await relayThrough(transport);
      expect(relayed.address).toBe("34.1.2.3");
      expect(relayed.port).toBeGreaterThanOrEqual(49152);
      expect(received).toBe(true);
    },
  );

  it("refuses a password that is wrong in one letter", async () => {
    const wrong = credential.password.replace(/^./, (letter) => (letter === "a" ? "b" : "a"));
    await expect(relayThrough("udp", wrong)).rejects.toMatchObject({ code: "turn_unauthorized" });
  });

  it("shows a certificate that only the run's own CA vouches for, and only for its name", async () => {
    const target = { address: "34.1.2.3", port: 5349, transport: "tls" } as const;
    const other = (await CertificateAuthority.create("other")).certificatePem;
    const ask = (servername: string, ca: string) =>
      lab.observer.ask("stun-ready", { target: { ...target, servername, ca }, timeoutMs: 2_000 });
    await expect(ask("turn.lab.test", caPem)).resolves.toMatchObject({ answer: expect.stringMatching(/success|401/) });
    await expect(ask("turn.lab.test", other)).rejects.toMatchObject({ code: "turn_tls_failed" });
    await expect(ask("other.lab.test", caPem)).rejects.toMatchObject({ code: "turn_tls_failed" });
  });
});

describeDocker("ports that URLs name", () => {
  const address = "34.77.1.10";
  const scenario = (options: Record<string, boolean | string>) => {
    const base = topologyOf({ turnServers: { turn: { options } } }, "internet", "internet");
    const urls: IceUrlKind[] = ["udp:80", "tcp:80", "tcp:443", "tls:443", "tls"];
    return {
      ...base,
      peers: { ...base.peers, offerer: { behind: "internet", iceServers: [{ server: "turn", urls }] } },
    };
  };

  it("are listened on, with every transport, and each of them relays", async () => {
    const context = await testContext();
    await using lab = await upLab("ports", scenario({}), context);
    const [ready] = eventsOf(context.events, "turn_server_ready");
    const told = ready?.listeners.map(({ transport, port }) => `${transport} ${port}`);
    for (const port of [80, 443])
      expect(told).toEqual(expect.arrayContaining([`udp ${port}`, `tcp ${port}`, `tls ${port}`]));
    for (const [transport, port] of [
      ["udp", 80],
      ["tcp", 80],
      ["udp", 443],
      ["tcp", 443],
      ["tls", 443],
      ["tls", 80],
    ] as const) {
      const trust = transport === "tls" ? { servername: "turn.lab.test", ca: context.ca.certificatePem } : {};
      const target = { transport, address, port, ...context.credential, ...trust };
      expect(await lab.observer.ask("turn-relay-check", target)).toMatchObject({ received: true });
    }
  });

  it("are refused where the options say that there are none", async () => {
    const context = await testContext();
    await using lab = await upLab("no-ports", scenario({ "aux-server": false }), context);
    const target = { transport: "tcp", address, port: 443, ...context.credential } as const;
    await expect(lab.observer.ask("turn-relay-check", target)).rejects.toMatchObject({ code: "turn_connect_failed" });
  });
});

describeDocker("a server that cannot start", () => {
  it("ends the lab with its last words, and leaves no container", async () => {
    const context = await testContext();
    const turn = { options: { "listening-ip": "10.9.9.9" } };
    const up = upLab("broken", topologyOf({ turnServers: { turn } }, "internet", "internet"), context);
    await expect(up).rejects.toThrow(/turn/);
    const filters = JSON.stringify({ label: [`turnlab.run=${context.runId}`] });
    expect(await context.engine.docker.listContainers({ all: true, filters })).toEqual([]);
  });
});
