import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import { makeCall } from "../make-call.ts";
import type { RunEvent } from "../model/events.ts";
import type { PeerSpec, Topology } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, inNode, testContext } from "../test-lab.ts";
import { OBSERVER_ADDRESSES } from "./address-plan.ts";

const topology: Topology = {
  regions: { eu: { latencyMs: 15 }, us: { latencyMs: 40 }, asia: { latencyMs: 70 } },
  routers: { cloud: { nat: "cloud-1to1", region: "us" }, campus: { nat: "home", ip: "dual", region: "asia" } },
  turnServers: {
    primary: { region: "eu", firewall: ["udp:3478", "udp:49152-65535"] },
    standby: { region: "us" },
  },
};
const peers: Record<string, PeerSpec> = {
  offerer: { behind: "internet", region: "eu", iceServers: ["primary"], transportPolicy: "relay" },
  answerer: { behind: "internet", region: "asia", iceServers: ["standby"], transportPolicy: "relay" },
  gateway: { behind: "cloud", iceServers: [] },
  student: { behind: "campus", iceServers: [] },
  nowhere: { behind: "internet", iceServers: [] },
};

/** What the machine itself may add to the fastest of some pings. */
const TOLERANCE_MS = 8;

describeDocker("regions", () => {
  let lab: StartedLab;
  let events: RunEvent[];

  beforeAll(async () => {
    const context = await testContext();
    ({ events } = context);
    lab = await upLab("regions", { topology, peers }, context);
  });
  afterAll(() => lab?.down());

  const addressOf = (node: string) => lab.plan.nodes[node]?.interfaces[0]?.address ?? "";
  const ipv6Of = (node: string) => lab.plan.nodes[node]?.interfaces[0]?.ipv6?.address ?? "";
  const fastestMs = async (from: string, to: string) => {
    const said = await inNode(lab, from, "ping", "-c5", "-i0.1", "-W2", to);
    const [, min] = /= ([\d.]+)\//.exec(said) ?? [];
    return Number(min);
  };

  it.each([
    ["within one region", "primary", () => addressOf("offerer"), 0],
    ["between two", "offerer", () => addressOf("standby"), 15 + 40],
    ["between two others, peer to peer", "answerer", () => addressOf("offerer"), 70 + 15],
    ["from behind a router that stands in one", "gateway", () => addressOf("answerer"), 40 + 70],
    ["to a one-to-one address in another", "offerer", () => lab.plan.outsideOf.cloud?.[addressOf("gateway")], 15 + 40],
    ["from one to nowhere in particular", "nowhere", () => addressOf("standby"), 40],
    ["over IPv6", "student", () => ipv6Of("standby"), 70 + 40],
    ["to the observer, who is at the exchange", "answerer", () => OBSERVER_ADDRESSES[0], 70],
  ])("%s a round trip is twice the way", async (_what, from, to, oneWayMs) => {
    const measured = await fastestMs(from, to() ?? "");
    expect(measured).toBeGreaterThanOrEqual(2 * oneWayMs);
    expect(measured).toBeLessThan(2 * oneWayMs + TOLERANCE_MS);
  });

  it("proves each region's wire before the load, both ways", () => {
    const measured = eventsOf(events, "link_measured").map(({ node, direction, asked, mismatches }) => {
      return [`${node} ${direction}`, asked.latencyMs, mismatches];
    });
    expect(measured.toSorted()).toEqual([
      ["asia down", 70, []],
      ["asia up", 70, []],
      ["eu down", 15, []],
      ["eu up", 15, []],
      ["us down", 40, []],
      ["us up", 40, []],
    ]);
  });

  it("has cloud firewalls at the hub, and only there", async () => {
    const ready = eventsOf(events, "turn_server_ready").find(({ server }) => server === "primary");
    expect(ready?.listeners.filter(({ answer }) => answer === "blocked").map(({ port }) => port)).toContain(5349);
    expect(await inNode(lab, "eu", "nft", "list", "tables")).toContain("server_firewalls");
    for (const other of ["core", "us"])
      expect(await inNode(lab, other, "nft", "list", "tables")).not.toContain("server_firewalls");
  });

  it("drops without a word what has no way", async () => {
    await expect(inNode(lab, "offerer", "ping", "-c1", "-W1", "10.1.2.3")).rejects.toThrow(/ 0 received, 100%/);
  });

  it("carries a call over servers in two regions, at its distance", async () => {
    const caller = (peer: string) => ({ peer, iceServers: [], ...peers[peer] });
    const call = { offerer: caller("offerer"), answerer: caller("answerer"), expectedPath: "relayed" as const };
    const where = { scenario: "regions", session: 1, vu: 1, iteration: 0 };
    const signal = new AbortController().signal;
    await makeCall(lab, call, where, { emit: (event) => void events.push(event), signal });
    const [session] = eventsOf(events, "session_finished");
    expect(session).toMatchObject({ outcome: "connected", pair: "relay-relay", violations: [] });
    // Over the ocean and back at least once for ICE and once for DTLS.
    expect(session?.timings.connect_time).toBeGreaterThan(2 * 2 * (15 + 40 + 70));
  });
});
