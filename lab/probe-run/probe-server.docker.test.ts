import { afterAll, beforeAll, expect, it } from "vitest";
import type { LabContext } from "../lab-context.ts";
import { type StartedLab, upLab } from "../lab-up.ts";
import type { ProbeResult } from "../model/probe.ts";
import { runSession } from "../peer/session.ts";
import type { LabSpec } from "../plan-lab.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { inNode, testContext } from "../test-lab.ts";
import { iceServersOf } from "../turn/ice-servers.ts";
import { relaysHeld } from "./probe-quotas.ts";
import { probeServer } from "./probe-server.ts";

/** In the cloud's LAN, which the ACL denies but for it. */
const SFU = "10.128.0.9";

const DENIED = [
  "0.0.0.0-0.255.255.255",
  "10.0.0.0-10.255.255.255",
  "100.64.0.0-100.127.255.255",
  "127.0.0.0-127.255.255.255",
  "169.254.0.0-169.254.255.255",
  "172.16.0.0-172.31.255.255",
  "192.0.0.0-192.0.0.255",
  "192.168.0.0-192.168.255.255",
  "198.18.0.0-198.19.255.255",
  "240.0.0.0-255.255.255.255",
];

/** As coturn comes, and as it should stand behind a cloud's NAT. */
const SPEC: LabSpec = {
  topology: {
    routers: { cloud: { nat: "cloud-1to1", lan: "10.128.0.0/24" }, office: { nat: "symmetric" } },
    turnServers: {
      bare: { secrets: ["north-by-north-west"], options: { "no-multicast-peers": false } },
      both: { ip: "dual", secrets: ["north-by-north-west"], options: { "user-quota": 12 } },
      hard: {
        behind: "cloud",
        privateAddress: "10.128.0.2",
        options: { "denied-peer-ip": DENIED, "allowed-peer-ip": SFU, "no-tcp-relay": true, "user-quota": 12 },
      },
    },
  },
  peers: { near: { behind: "office", iceServers: [] }, far: { behind: "internet", iceServers: [] } },
};

describeDocker("what a server of a lab answers to probes", () => {
  let context: LabContext;
  let lab: StartedLab;
  let before: string[];
  const results: Record<string, ProbeResult[]> = {};

  const servers = ["bare", "both", "hard"];
  const inside = () =>
    Promise.all(
      servers.map((server) => {
        const look = "ip -oneline address; ip -oneline route; ip -6 -oneline route; ip -oneline link; ss -Hlntu | sort";
        return inNode(lab, server, "sh", "-c", look);
      }),
    );

  beforeAll(async () => {
    context = await testContext();
    lab = await upLab("probe-server", SPEC, context);
    before = await inside();
    const urls = (server: string) => [`stun:${server}.lab.test`, `turn:${server}.lab.test`, `turns:${server}.lab.test`];
    await Promise.all(
      servers.map(async (server) => {
        const profile = {
          iceServers: [{ urls: [...urls(server), ...(server === "hard" ? ["turns:hard.lab.test:443"] : [])] }],
          concurrentCalls: server === "hard" ? 7 : 5,
          peerAddresses: server === "hard" ? [SFU] : [],
        };
        results[server] = await probeServer(lab, server, { profile, context, signal: context.signal });
      }),
    );
  });
  afterAll(() => lab?.down());

  const find = (server: string, id: string, url: string | null = null) => {
    const found = results[server]?.filter((result) => result.id === id && (url === null || result.url === url)) ?? [];
    const [only] = found;
    if (!only || found.length > 1) throw new Error(`${server}: ${found.length} results of ${id}`);
    return only;
  };

  it("shows that one without an ACL reaches private networks and the metadata, by what came there", () => {
    for (const address of ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254"]) {
      const result = find("bare", `peer-${address}`);
      expect(result).toMatchObject({ verdict: "weak", severity: "error", hasReached: true, option: "denied-peer-ip" });
      expect(result.measured).toMatchObject({ createPermission: 200, channelBind: 200, connect: 200 });
    }
    expect(find("bare", "peer-224.0.0.1")).toMatchObject({ verdict: "weak", hasReached: true });
    expect(find("bare", "peer-127.0.0.1")).toMatchObject({ verdict: "ok", observed: "403; nothing arrived there" });
  });

  it("tells a permission that nothing comes of from one that leads somewhere", () => {
    expect(find("both", "peer-fd00::1")).toMatchObject({ verdict: "weak", severity: "error", hasReached: true });
    for (const address of ["::ffff:10.0.0.1", "::ffff:127.0.0.1"]) {
      const mapped = find("both", `peer-${address}`);
      expect(mapped).toMatchObject({ verdict: "weak", severity: "warning", hasReached: false });
      expect(mapped.measured).toMatchObject({ createPermission: 200 });
    }
    expect(find("both", "reach-ipv6", "turns:both.lab.test").verdict).toBe("ok");
  });

  it("sees nothing pass the recommended ACL but what calls need", () => {
    const peers = results.hard?.filter(({ id }) => /^peer-\d/.test(id)) ?? [];
    expect(peers.length).toBeGreaterThan(10);
    for (const peer of peers) expect(peer).toMatchObject({ verdict: "ok", hasReached: false });
    for (const { observed } of peers) expect(observed).toBe("403; nothing arrived there");
    const needed = results.hard?.filter(({ id }) => id.startsWith("peer-needed-")) ?? [];
    expect(needed.map(({ title }) => title)).toEqual([
      expect.stringContaining("the public internet"),
      expect.stringContaining(SFU),
    ]);
    for (const peer of needed) expect(peer).toMatchObject({ verdict: "ok", hasReached: true });
    expect(find("hard", "relay-to-relay")).toMatchObject({ verdict: "ok", hasReached: true });
  });

  it("asks for each URL what clients will", () => {
    for (const url of ["stun:hard.lab.test", "turn:hard.lab.test", "turns:hard.lab.test"])
      expect(find("hard", "reach", url)).toMatchObject({ verdict: "ok" });
    const closed = find("hard", "reach", "turns:hard.lab.test:443");
    expect(closed).toMatchObject({ verdict: "weak", severity: "error", observed: "turn_connect_failed" });
    const wrong = results.hard?.filter(({ verdict, severity }) => verdict === "weak" && severity === "error");
    expect(wrong?.map(({ id }) => id)).toEqual(["reach", "quota-calls"]);
  });

  it("holds quotas against the calls that must be possible, and one user against all others", () => {
    const calls = find("hard", "quota-calls");
    expect(calls).toMatchObject({ verdict: "weak", severity: "error", option: "user-quota", observed: "12, then 486" });
    expect(find("hard", "quota-one-user").verdict).toBe("not-asked");
    expect(find("bare", "quota-calls")).toMatchObject({ verdict: "ok", measured: { granted: 20, needed: 10 } });
    expect(find("bare", "quota-one-user")).toMatchObject({ verdict: "weak", measured: { granted: 100 } });
    expect(find("both", "quota-one-user")).toMatchObject({ verdict: "ok", measured: { granted: 12 } });
  });

  it("measures what it costs the server to be asked by strangers", () => {
    // 19.3 KB with 4.6.1.
    const { measured, verdict } = find("bare", "state-per-source");
    expect(verdict).toBe("weak");
    expect(measured?.bytesPerSource).toBeGreaterThan(12_000);
    expect(measured?.bytesPerSource).toBeLessThan(30_000);
    expect(find("bare", "amplification-allocate").measured?.ratio).toBeGreaterThan(3);
    expect(find("bare", "port-5766")).toMatchObject({ verdict: "ok", observed: "closed" });
  });

  it("leaves no allocation, address, route, neighbour or process behind, and calls go as before", async () => {
    for (const server of Object.values(lab.turnServers)) expect(await relaysHeld(lab, server), server.name).toBe(0);
    expect(await inside()).toEqual(before);
    for (const server of servers) {
      const neighbours = (await inNode(lab, server, "ip", "-oneline", "neighbour")).split("\n");
      const known = neighbours.filter((line) => line.includes("lladdr")).map((line) => line.split(" ")[0]);
      const gateways = ["10.128.0.1", "81.2.255.1", "2001:8b0:ffff::1"];
      expect(known.filter((address) => !gateways.includes(address ?? "") && !address?.startsWith("fe80"))).toEqual([]);
    }
    const children = await lab.fabric.exec(["ps", "--ppid", String(lab.pids.fabric), "-o", "args="]);
    expect(children).toContain("observer.js");
    expect(children).not.toContain("peer-listener.js");

    const [offerer, answerer] = [lab.peers.near, lab.peers.far];
    if (!offerer || !answerer) throw new Error("no such peer");
    const { outcome, pair } = await runSession(offerer, answerer, {
      session: 1,
      iceServers: {
        offerer: iceServersOf(["hard"], lab.turnServers),
        answerer: iceServersOf(["hard"], lab.turnServers),
      },
      transportPolicy: { offerer: "relay", answerer: "relay" },
      traffic: { messageBytes: 100, messagesPerSecond: 50, durationMs: 100 },
      timeoutMs: 20_000,
    });
    expect({ outcome, pair }).toMatchObject({ outcome: "connected", pair: { offerer: "relay", answerer: "relay" } });
    await lab.proveServers();
  });
});
