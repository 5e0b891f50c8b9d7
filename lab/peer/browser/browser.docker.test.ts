import { afterAll, beforeAll, expect, it } from "vitest";
import type { LabContext } from "../../lab-context.ts";
import { type StartedLab, upLab } from "../../lab-up.ts";
import type { PeerEngine } from "../../model/engine.ts";
import type { RunEvent } from "../../model/events.ts";
import type { IceServer } from "../../model/ice.ts";
import { MEDIA_KINDS } from "../../model/load.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { execIn } from "../../runtime/exec-in.ts";
import { eventsOf, testContext } from "../../test-lab.ts";
import { iceServersOf } from "../../turn/ice-servers.ts";
import { runSession } from "../session.ts";

/** What is done to every process of a browser, in its container. */
const toBrowser = (what: string) =>
  `for p in /proc/[0-9]*; do pid=$(basename $p); grep -Eaq '^/usr/lib/(chromium|firefox)' $p/cmdline 2>/dev/null && ${what}; done; true`;

const DISTRUST = ": > /etc/turnlab/ca.pem";

describeDocker("a peer that is a browser", () => {
  let lab: StartedLab;
  let context: LabContext & { events: RunEvent[] };
  let session = 0;

  beforeAll(async () => {
    const on = (engine: PeerEngine) => ({ behind: "home", iceServers: ["turn"], engine });
    const peers = { browser: on("chromium"), firefox: on("firefox"), werift: on("werift"), another: on("werift") };
    context = await testContext(["chromium", "firefox", "werift"]);
    const topology = { routers: { home: { nat: "home" } }, turnServers: { turn: {} } } as const;
    lab = await upLab("browser", { topology, peers }, context);
  }, 900_000);
  afterAll(() => lab?.down());

  /** Where nothing else is said, without any server; `turns`: over TURN over TLS alone. */
  function call(offerer: string, answerer: string, durationMs: number, { turns = false, media = false } = {}) {
    const [from, to] = [lab.peers[offerer], lab.peers[answerer]];
    if (!from || !to) throw new Error("no such peer");
    const servers = turns ? iceServersOf([{ server: "turn", urls: ["tls"] }], lab.turnServers) : [];
    const policy = turns ? "relay" : "all";
    return runSession(from, to, {
      session: ++session,
      iceServers: { offerer: servers, answerer: servers },
      transportPolicy: { offerer: policy, answerer: policy },
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs, ...(media ? { media: MEDIA_KINDS } : {}) },
      timeoutMs: 15_000,
    });
  }
  const inside = (peer: string, script: string) => {
    const { containerId = "" } = lab.nodes.find(({ name }) => name === peer) ?? {};
    return execIn(context.engine.docker, containerId, ["sh", "-c", script]);
  };
  const inBrowser = (script: string) => inside("browser", script);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it("fails for what its server says, and for a list that it refuses as a whole", async () => {
    const [from, to] = [lab.peers.browser, lab.peers.werift];
    if (!from || !to) throw new Error("no such peers");
    const [turn] = iceServersOf([{ server: "turn", urls: ["udp"] }], lab.turnServers);
    if (!turn) throw new Error("no TURN server");
    const failureWith = async (server: IceServer) => {
      const { peers } = await runSession(from, to, {
        session: ++session,
        iceServers: { offerer: [server], answerer: [] },
        transportPolicy: { offerer: "relay", answerer: "all" },
        traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 100 },
        timeoutMs: 5_000,
      });
      return peers.offerer.failure;
    };
    const refused = await failureWith({ ...turn, credential: "wrong" });
    expect(refused).toMatchObject({ code: "turn_unauthorized", message: expect.stringContaining("401") });
    expect(await failureWith({ urls: turn.urls })).toMatchObject({ code: "configuration_rejected" });
  }, 30_000);

  it("is told with its version, and calls a peer of another engine", async () => {
    const told = (peer: string) => eventsOf(context.events, "browser_ready").filter((event) => event.peer === peer);
    const rest = { mdns: true, durationMs: expect.any(Number) };
    const chromium = { engine: "chromium", version: expect.stringMatching(/^Chromium\/\d+(\.\d+){3}$/) };
    const firefox = { engine: "firefox", version: expect.stringMatching(/^Firefox\/\d+\.[\d.]+esr$/) };
    expect(told("browser")).toEqual([expect.objectContaining({ ...chromium, ...rest })]);
    expect(told("firefox")).toEqual([expect.objectContaining({ ...firefox, ...rest })]);
    // Werift asks no mDNS names; it learns the browser's address from its checks.
    expect(await call("browser", "werift", 200)).toMatchObject({ outcome: "connected", failure: null });
  });

  it("trusts a server by the lab's authority", async () => {
    expect(await call("browser", "firefox", 200, { turns: true })).toMatchObject({
      outcome: "connected",
      pair: { offerer: "relay", answerer: "relay" },
    });
  });

  it("sends audio and video both ways, also as a page that tells mDNS names, and says what came of its URL", async () => {
    const { outcome, peers } = await call("firefox", "browser", 1_000, { turns: true, media: true });
    expect(outcome).toBe("connected");
    for (const { media, urls, selectedUrl } of [peers.offerer, peers.answerer]) {
      expect(media).toMatchObject([{ kind: "audio" }, { kind: "video" }]);
      for (const { packetsReceived, framesDecoded } of media ?? []) {
        expect(packetsReceived).toBeGreaterThan(0);
        expect(framesDecoded).not.toBe(0);
      }
      expect(urls).toMatchObject([{ url: selectedUrl, outcome: "ok", durationMs: expect.any(Number) }]);
    }
  });

  it("crashes in mid-call: its sessions fail with that, those of others go on, and it can be called again", async () => {
    const both = [call("browser", "werift", 20_000), call("werift", "browser", 20_000)];
    const elsewhere = call("werift", "another", 3_000);
    await pause(1_500);
    await inBrowser(toBrowser("kill -9 $pid"));
    for (const { failure } of await Promise.all(both)) {
      expect(failure).toMatchObject({ code: "peer_crashed", message: expect.stringContaining('Peer "browser": ') });
      expect(failure?.message).toContain("SIGKILL");
    }
    expect(await call("browser", "werift", 200)).toMatchObject({ outcome: "connected" });
    expect(await elsewhere).toMatchObject({ outcome: "connected", dropped: false, failure: null });
    // Nothing of the first one is left: one browser, and nothing dead that nobody has taken in.
    const profiles = await inBrowser(toBrowser("grep -ao 'profile-[A-Za-z0-9]*' $p/cmdline"));
    expect(new Set(profiles.trim().split("\n")).size).toBe(1);
    expect(await inBrowser("cat /proc/[0-9]*/stat | grep -c ') Z ' || true")).toBe("0\n");
  }, 60_000);

  it("hangs: its session fails with that, and it can be called again", async () => {
    const hung = call("browser", "werift", 30_000);
    await pause(1_000);
    // For the next test: a browser reads it when it starts.
    await inBrowser(DISTRUST);
    await inBrowser(toBrowser("kill -STOP $pid"));
    expect((await hung).failure).toMatchObject({
      code: "peer_hung",
      message: expect.stringContaining("did not answer for 5 s"),
    });
    expect(await call("browser", "werift", 200)).toMatchObject({ outcome: "connected" });
  }, 60_000);

  it("does not trust a server whose authority it does not know", async () => {
    await inside("firefox", `${DISTRUST}; ${toBrowser("kill -9 $pid")}`);
    const [ofChromium, ofFirefox] = await Promise.all([
      call("browser", "werift", 200, { turns: true }),
      call("firefox", "another", 200, { turns: true }),
    ]);
    expect(ofChromium).toMatchObject({ outcome: "failed", pair: null });
    expect(ofFirefox).toMatchObject({ outcome: "failed", pair: null });
    expect(ofChromium.peers.offerer.candidates).toEqual([]);
    expect(ofFirefox.peers.offerer.candidates).toEqual([]);
    expect(ofChromium.peers.answerer.candidates).not.toEqual([]);
  }, 60_000);

  it("is missing: each session fails at once with the reason", async () => {
    await inBrowser(`mv /usr/lib/chromium/chromium /usr/lib/chromium/gone; ${toBrowser("kill -9 $pid")}`);
    await pause(500);
    const { failure } = await call("werift", "browser", 200);
    expect(failure).toMatchObject({ code: "peer_not_started", message: expect.stringContaining("ENOENT") });
    expect(await call("werift", "another", 200)).toMatchObject({ outcome: "connected" });
  });
});
