import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CertificateAuthority } from "./certificate-authority.ts";
import { coturnOptions, renderConfig } from "./coturn-config.ts";
import { freshCredential, longTermKey } from "./credentials.ts";
import { iceServersOf } from "./ice-servers.ts";
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
  const facts = { address: "34.77.1.10", realm: "turn.lab.test", credential };

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

  it("knows the listeners that the options leave", () => {
    expect(planned({})?.ports).toEqual({ udp: 3478, tcp: 3478, tls: 5349, dtls: 5349 });
    expect(planned({ "no-tls": true, "listening-port": 443 })?.ports).toEqual({
      udp: 443,
      tcp: 443,
      tls: null,
      dtls: null,
    });
    expect(planned({ "no-udp": true, "no-dtls": true })?.ports).toEqual({
      udp: null,
      tcp: 3478,
      tls: 5349,
      dtls: null,
    });
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

describe("iceServersOf", () => {
  const ports = { udp: 3478, tcp: 3478, tls: 5349 };
  const servers = { turn: { hostname: "turn.lab.test", credential, ports } };

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
    const moved = { turn: { ...servers.turn, ports: { udp: 80, tcp: 80, tls: 443 } } };
    expect(iceServersOf(["turn"], moved).flatMap(({ urls }) => urls)).toEqual([
      "stun:turn.lab.test:80",
      "turn:turn.lab.test:80?transport=udp",
      "turn:turn.lab.test:80?transport=tcp",
      "turns:turn.lab.test:443?transport=tcp",
    ]);
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
    const { chainPem, keyPem } = await ca.issue("turn.lab.test", "34.77.1.10");
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

describe("ratesBetween", () => {
  const sample = {
    atMs: 1_000,
    cpuMicroseconds: 0,
    memoryBytes: 1,
    rxBytes: 0,
    txBytes: 0,
    rxPackets: 0,
    txPackets: 0,
    udpReceiveBufferErrors: 0,
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
