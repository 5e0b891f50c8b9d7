import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CERTIFICATE_FLAWS, type CertificateFlaw, type IceServerRef, type TurnServerSpec } from "../model/topology.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { coturnOptions, renderConfig } from "./coturn-config.ts";
import { freshCredential, longTermKey } from "./credentials.ts";
import { iceServersOf, portsAsked } from "./ice-servers.ts";
import { proveBlocked, type StunAsker, waitUntilReady } from "./listener-proof.ts";
import { ratesBetween } from "./server-load.ts";
import { planTurnServers } from "./turn-server.ts";

const credential = { username: "user", password: "pass" };

describe("long-term credentials", () => {
  it("hashes as RFC 8489 section 9.2.2 says: MD5(user:realm:pass)", () => {
    expect(longTermKey(credential, "realm")).toBe("8493fbc53ba582fb4c044c456bdc40eb");
    expect(longTermKey(credential, "other")).not.toBe(longTermKey(credential, "realm"));
  });

  it("are fresh every time", () => {
    expect(freshCredential()).not.toEqual(freshCredential());
  });
});

describe("coturn's configuration", () => {
  const facts = { addresses: ["34.77.1.10"], realm: "turn.lab.test", credential };

  it("stands as the deployments it stands for: long-term credentials, nonce, range, both listeners, no CLI", () => {
    const lines = renderConfig(coturnOptions(facts)).split("\n");
    for (const line of [
      "listening-ip=34.77.1.10",
      "relay-ip=34.77.1.10",
      "listening-port=3478",
      "tls-listening-port=5349",
      "min-port=49152",
      "max-port=65535",
      "lt-cred-mech",
      `user=user:0x${longTermKey(credential, "turn.lab.test")}`,
      "realm=turn.lab.test",
      "fingerprint",
      "stale-nonce=600",
      "no-cli",
    ]) {
      expect(lines).toContain(line);
    }
    expect(renderConfig(coturnOptions(facts))).not.toContain("pass");
  });

  it("lets a scenario replace, repeat and leave out keys", () => {
    const text = renderConfig(
      coturnOptions(facts, {
        "stale-nonce": 4,
        fingerprint: false,
        "denied-peer-ip": ["10.0.0.0-10.255.255.255", "127.0.0.1"],
      }),
    );
    expect(text).toContain("stale-nonce=4\n");
    expect(text).not.toContain("fingerprint");
    expect(text.match(/^denied-peer-ip=/gm)).toHaveLength(2);
  });

  it("shows a scenario's own credential to the peers and keeps the server's", () => {
    const places = { nodes: { turn: { interfaces: [{ address: "34.77.1.10" }] } } };
    const fresh = { username: "lab", password: "secret" };
    const { turn } = planTurnServers({ turn: { credential } }, places, fresh);
    expect(turn?.credential).toEqual(credential);
    expect(turn?.options.user).toBe(`lab:0x${longTermKey(fresh, "turn.lab.test")}`);
  });
});

describe("planTurnServers", () => {
  const places = { nodes: { turn: { interfaces: [{ address: "34.77.1.10" }] } } };
  const planned = (options: Record<string, string | number | boolean | string[]>) =>
    planTurnServers({ turn: { options } }, places, credential).turn;

  it("opens the ports that URLs name at each of its addresses, and asks every transport there", () => {
    const asked = { turn: [443, 80, 3478, 5349, 443] };
    const plan = (options: Record<string, string | number | boolean | string[]>, at: object = places) =>
      planTurnServers({ turn: { options } }, at as typeof places, credential, { ports: asked }).turn;
    expect(renderConfig(plan({})?.options ?? {})).toContain("aux-server=34.77.1.10:80\naux-server=34.77.1.10:443\n");
    expect(
      plan({})
        ?.listeners.filter(({ port }) => port === 443)
        .map(({ transport }) => transport),
    ).toEqual(["udp", "tcp", "tls"]);
    const dual = { nodes: { turn: { interfaces: [{ address: "34.77.1.10", ipv6: { address: "2a00::10" } }] } } };
    expect(plan({}, dual)?.options["aux-server"]).toContain("[2a00::10]:443");
    // A scenario that says which further ports there are has said it all.
    expect(plan({ "aux-server": "34.77.1.10:8443" })?.options["aux-server"]).toBe("34.77.1.10:8443");
    expect(renderConfig(plan({ "aux-server": false })?.options ?? {})).not.toContain("aux-server");
  });

  it("knows where a server tells its counters, where its options say so", () => {
    expect(planned({ prometheus: true })?.prometheus).toMatchObject({ port: 9641, path: "/metrics" });
    expect(planned({})?.prometheus).toBeNull();
  });

  it("refuses a firewall behind which nobody could tell a dead server from a blocked one", () => {
    expect(() => planTurnServers({ turn: { firewall: ["udp:49152-65535"] } }, places, credential)).toThrow(
      /firewall of turn lets nobody in/,
    );
  });

  it("counts allocations where the relay sockets are, also when relay-ip is left out or given twice", () => {
    expect(planned({ "relay-ip": false })?.relay).toEqual({ address: "34.77.1.10", minPort: 49152, maxPort: 65535 });
    expect(planned({ "relay-ip": ["34.77.1.10", "34.77.1.11"], "min-port": 50000 })?.relay).toEqual({
      address: "34.77.1.10",
      minPort: 50000,
      maxPort: 65535,
    });
  });
});

describe("a server that is not coturn", () => {
  const places = { nodes: { turn: { interfaces: [{ address: "34.77.1.10", ipv6: { address: "2a00::10" } }] } } };
  const image = {
    reference: "pion/turn:4",
    command: ["turn", "--address={{address}}", "--user={{username}}:{{password}}", "--realm={{realm}}"],
    env: { ADDRESSES: "{{addresses}}", PORTS: "{{minPort}}-{{maxPort}}" },
    files: { "/etc/turn.yml": "cert: {{certificate}}\nkey: {{key}}\nhost: {{hostname}}\n" },
    listeners: ["udp:3478", "tls:443"],
    relayPorts: { min: 50_000, max: 50_099 },
  } satisfies TurnServerSpec["image"];
  const plan = (changes: object = {}) =>
    planTurnServers({ turn: { image: { ...image, ...changes } } }, places, credential).turn;

  it("is told what the lab has decided, in its own words", () => {
    expect(plan()?.program).toEqual({
      command: ["turn", "--address=34.77.1.10", "--user=user:pass", "--realm=turn.lab.test"],
      env: { ADDRESSES: "34.77.1.10,2a00::10", PORTS: "50000-50099" },
      files: [
        {
          path: "/etc/turn.yml",
          content: "cert: /etc/turnlab/fullchain.pem\nkey: /etc/turnlab/privkey.pem\nhost: turn.lab.test\n",
        },
      ],
    });
    expect(plan()?.relay).toEqual({ address: "34.77.1.10", minPort: 50_000, maxPort: 50_099 });
  });

  it("is asked where it says that it listens, and its URLs lead there", () => {
    const turn = plan();
    expect(turn?.listeners).toEqual([
      { transport: "udp", port: 3478 },
      { transport: "tls", port: 443 },
    ]);
    expect(iceServersOf([{ server: "turn", urls: ["udp", "tls"] }], turn ? { turn } : {})).toMatchObject([
      { urls: ["turn:turn.lab.test:3478?transport=udp", "turns:turn.lab.test:443?transport=tcp"] },
    ]);
  });

  it("runs the image's own command where it is given none", () => {
    const found = { reference: "pion/turn:4", id: "", digest: null, command: ["/run.sh", "--all"], version: null };
    const { command: _, ...bare } = image;
    const planned = planTurnServers({ turn: { image: bare } }, places, credential, {}, { turn: found });
    expect(planned.turn?.program.command).toEqual(["/run.sh", "--all"]);
  });
});

describe("a server behind a firewall", () => {
  const places = { nodes: { turn: { interfaces: [{ address: "34.77.1.10" }] } } };
  const firewall = ["udp:3478", "udp:49152-65535"] as const;
  const { turn } = planTurnServers({ turn: { firewall: [...firewall] } }, places, credential);
  if (!turn) throw new Error("no server");
  const told = ({ transport, port }: { transport: string; port: number }) => `${transport} ${port}`;

  it("is ready when what is let in answers, and what is not must be silent", async () => {
    const asked: string[] = [];
    const ask: StunAsker["ask"] = async (target) => {
      asked.push(told(target));
      return { answer: "success", durationMs: 10 };
    };
    const ready = await waitUntilReady(turn, "", { ask });
    expect(asked).toEqual(["udp 3478"]);
    const silent: string[] = [];
    const expectSilence: StunAsker["expectSilence"] = async (target) => void silent.push(told(target));
    const blocked = await proveBlocked(turn, ready, { expectSilence });
    expect(silent.toSorted()).toEqual(["tcp 3478", "tcp 5349", "udp 5349"]);
    expect(blocked.map((one) => `${told(one)} ${one.answer} ${one.durationMs}`)).toContain("tls 5349 blocked 320");
  });

  it("names a port that should be blocked and answers", async () => {
    const expectSilence: StunAsker["expectSilence"] = async ({ transport }) => {
      if (transport === "tcp") throw new Error("found a connection");
    };
    const ready = [{ transport: "udp", port: 3478, answer: "401", durationMs: 1 } as const];
    await expect(proveBlocked(turn, ready, { expectSilence })).rejects.toThrow(
      /firewall of turn should block tcp 3478, and does not: found a connection/,
    );
  });
});

describe("iceServersOf", () => {
  const servers = { turn: { hostname: "turn.lab.test", credential, options: {} } };

  it("gives every URL of a server, the credential only with TURN", () => {
    expect(iceServersOf(["turn"], servers)).toEqual([
      { urls: ["stun:turn.lab.test:3478"] },
      {
        urls: [
          "turn:turn.lab.test:3478?transport=udp",
          "turn:turn.lab.test:3478?transport=tcp",
          "turns:turn.lab.test:5349?transport=tcp",
        ],
        username: "user",
        credential: "pass",
      },
    ]);
  });

  it("follows the ports that the server's options set", () => {
    const moved = { turn: { ...servers.turn, options: { "listening-port": 80, "tls-listening-port": "443" } } };
    expect(iceServersOf(["turn"], moved).flatMap(({ urls }) => urls)).toEqual([
      "stun:turn.lab.test:80",
      "turn:turn.lab.test:80?transport=udp",
      "turn:turn.lab.test:80?transport=tcp",
      "turns:turn.lab.test:443?transport=tcp",
    ]);
  });

  it("takes a kind's own port before the server's", () => {
    const refs = [{ server: "turn", urls: ["udp:80", "tcp:443", "tls:443", "tls"] }] satisfies IceServerRef[];
    expect(iceServersOf(refs, servers).flatMap(({ urls }) => urls)).toEqual([
      "turn:turn.lab.test:80?transport=udp",
      "turn:turn.lab.test:443?transport=tcp",
      "turns:turn.lab.test:443?transport=tcp",
      "turns:turn.lab.test:5349?transport=tcp",
    ]);
    expect(portsAsked([...refs, "turn", { server: "other", urls: ["tcp:8443"] }])).toEqual({
      turn: [80, 443, 443],
      other: [8443],
    });
  });

  it("gives only the kinds asked for", () => {
    expect(iceServersOf([{ server: "turn", urls: ["stun"] }], servers)).toEqual([
      { urls: ["stun:turn.lab.test:3478"] },
    ]);
  });
});

describe("CertificateAuthority", () => {
  it("issues a leaf for name and address that verifies against the CA and nothing else", async () => {
    const ca = await CertificateAuthority.create("test");
    const other = await CertificateAuthority.create("other");
    const { chainPem, keyPem } = await ca.issue("turn.lab.test", ["34.77.1.10"]);
    const leaf = new X509Certificate(chainPem);
    expect(leaf.subjectAltName).toBe("DNS:turn.lab.test, IP Address:34.77.1.10");
    expect(leaf.checkHost("turn.lab.test")).toBe("turn.lab.test");
    expect(leaf.checkHost("elsewhere.test")).toBeUndefined();
    expect(leaf.checkIssued(new X509Certificate(ca.certificatePem))).toBe(true);
    expect(leaf.verify(new X509Certificate(ca.certificatePem).publicKey)).toBe(true);
    expect(leaf.verify(new X509Certificate(other.certificatePem).publicKey)).toBe(false);
    expect(leaf.ca).toBe(false);
    expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });
});

describe("a certificate with a flaw", () => {
  it("is one that a client refuses for that reason alone", async () => {
    const ca = await CertificateAuthority.create("test");
    const issue = async (flaw: CertificateFlaw) =>
      new X509Certificate((await ca.issue("turn.lab.test", ["34.77.1.10"], [], flaw)).chainPem);
    const authority = new X509Certificate(ca.certificatePem).publicKey;
    const stranger = new X509Certificate((await ca.stranger()).certificatePem).publicKey;
    const [untrusted, otherName, expired, incomplete] = await Promise.all(CERTIFICATE_FLAWS.map(issue));

    expect(untrusted?.verify(authority)).toBe(false);
    expect(untrusted?.verify(stranger)).toBe(true);
    expect(untrusted?.checkHost("turn.lab.test")).toBe("turn.lab.test");

    expect(otherName?.verify(authority)).toBe(true);
    expect(otherName?.subjectAltName).toBe("DNS:other.turn.lab.test");

    expect(expired?.verify(authority)).toBe(true);
    expect(expired?.checkHost("turn.lab.test")).toBe("turn.lab.test");
    expect(expired && new Date(expired.validTo) < new Date()).toBe(true);

    // Signed by an authority that this one has signed, and nothing of that in the chain.
    const [between, root] = (await ca.anchorsOf("incomplete-chain")).split(/(?<=-----END CERTIFICATE-----\n)/);
    if (!between || !root) throw new Error("no two certificates");
    expect(root).toBe(ca.certificatePem);
    expect(new X509Certificate(between).verify(authority)).toBe(true);
    expect(incomplete?.verify(new X509Certificate(between).publicKey)).toBe(true);
    expect(incomplete?.verify(authority)).toBe(false);
    expect(incomplete?.checkHost("turn.lab.test")).toBe("turn.lab.test");
    const { chainPem } = await ca.issue("turn.lab.test", [], [], "incomplete-chain");
    expect(chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });

  it("does not keep its listener from being proved: by its own authority and name, or without TLS", async () => {
    const asked = async (certificate: CertificateFlaw) => {
      const { turn } = planTurnServers(
        { turn: { certificate } },
        { nodes: { turn: { interfaces: [{ address: "34.77.1.10" }] } } },
        credential,
      );
      if (!turn) throw new Error("no server");
      const targets: { transport: string; servername?: string }[] = [];
      const ask: StunAsker["ask"] = async (target) => {
        if (target.port === 5349 && target.transport !== "udp") targets.push(target);
        return { answer: "success", durationMs: 1 };
      };
      await waitUntilReady(turn, "PEM", { ask });
      return targets.map(({ transport, servername }) => [transport, servername]);
    };
    expect(await asked("untrusted")).toEqual([["tls", "turn.lab.test"]]);
    expect(await asked("other-name")).toEqual([["tls", "other.turn.lab.test"]]);
    expect(await asked("incomplete-chain")).toEqual([["tls", "turn.lab.test"]]);
    expect(await asked("expired")).toEqual([["tcp", undefined]]);
  });
});

describe("ratesBetween", () => {
  const sample = {
    atMs: 1_000,
    cpuMicroseconds: 0,
    throttling: null,
    memoryBytes: 1,
    rxBytes: 0,
    txBytes: 0,
    rxPackets: 0,
    txPackets: 0,
    udpReceiveBufferErrors: 0,
    untrackedPackets: 0,
    allocations: 0,
  };

  it("has no rate for a first sample", () => {
    expect(ratesBetween(undefined, sample).cpuPercent).toBeNull();
  });

  it("gives CPU as a share of one core and bytes as bits, per second of the engine's clock", () => {
    const next = { ...sample, atMs: 1_200, cpuMicroseconds: 300_000, rxBytes: 25_000, txPackets: 20 };
    expect(ratesBetween(sample, next)).toEqual({
      cpuPercent: 150,
      rxBitsPerSecond: 1_000_000,
      txBitsPerSecond: 0,
      rxPacketsPerSecond: 0,
      txPacketsPerSecond: 100,
    });
  });
});
