import { afterAll, beforeAll, expect, it } from "vitest";
import type { LabContext } from "../../lab-context.ts";
import { type StartedLab, upLab } from "../../lab-up.ts";
import { isBrowser, type PeerEngine } from "../../model/engine.ts";
import type { RunEvent } from "../../model/events.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { execIn } from "../../runtime/exec-in.ts";
import { eventsOf, testContext } from "../../test-lab.ts";
import { runSession } from "../session.ts";

/** What is done to every process of the browser, in its container. */
const toBrowser = (what: string) =>
  `for p in /proc/[0-9]*; do pid=$(basename $p); grep -aq ^/usr/lib/chromium $p/cmdline 2>/dev/null && ${what}; done; true`;

describeDocker("a peer that is Chromium", () => {
  let lab: StartedLab;
  let context: LabContext & { events: RunEvent[] };
  let session = 0;

  beforeAll(async () => {
    const on = (engine: PeerEngine) => ({ behind: "home", iceServers: [], engine });
    const peers = { browser: on("chromium"), werift: on("werift"), another: on("werift") };
    context = await testContext(["chromium", "werift"]);
    lab = await upLab("browser", { topology: { routers: { home: { nat: "home" } } }, peers }, context);
  }, 900_000);
  afterAll(() => lab?.down());

  function call(offerer: string, answerer: string, durationMs: number) {
    const [from, to] = [lab.peers[offerer], lab.peers[answerer]];
    if (!from || !to) throw new Error("no such peer");
    return runSession(from, to, {
      session: ++session,
      iceServers: { offerer: [], answerer: [] },
      transportPolicy: { offerer: "all", answerer: "all" },
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs },
      timeoutMs: 15_000,
    });
  }
  const inBrowser = (script: string) =>
    execIn(context.engine.docker, lab.nodes.find(({ name }) => name === "browser")?.containerId ?? "", [
      "sh",
      "-c",
      script,
    ]);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it("is told with its version, and calls a peer of another engine", async () => {
    expect(eventsOf(context.events, "browser_ready")).toEqual([
      expect.objectContaining({
        peer: "browser",
        engine: "chromium",
        version: expect.stringMatching(/^Chromium\/\d+\.\d+\.\d+\.\d+$/),
        mdns: isBrowser("chromium"),
        durationMs: expect.any(Number),
      }),
    ]);
    // Werift asks no mDNS names; it learns the browser's address from its checks.
    expect(await call("browser", "werift", 200)).toMatchObject({ outcome: "connected", failure: null });
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
    await inBrowser(toBrowser("kill -STOP $pid"));
    expect((await hung).failure).toMatchObject({
      code: "peer_hung",
      message: expect.stringContaining("did not answer for 5 s"),
    });
    expect(await call("browser", "werift", 200)).toMatchObject({ outcome: "connected" });
  }, 60_000);

  it("is missing: each session fails at once with the reason", async () => {
    await inBrowser(`mv /usr/lib/chromium/chromium /usr/lib/chromium/gone; ${toBrowser("kill -9 $pid")}`);
    await pause(500);
    const { failure } = await call("werift", "browser", 200);
    expect(failure).toMatchObject({ code: "peer_not_started", message: expect.stringContaining("ENOENT") });
    expect(await call("werift", "another", 200)).toMatchObject({ outcome: "connected" });
  });
});
