import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type StartedLab, upLab } from "../../lab-up.ts";
import type { EventOf, RunEvent } from "../../model/events.ts";
import { type LinkSpec, RATE_KBPS } from "../../model/link.ts";
import type { Scenario } from "../../model/scenario.ts";
import type { LabSpec } from "../../plan-lab.ts";
import { runScenario } from "../../run-scenario.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { eventsOf, inNode, testContext, topologyOf } from "../../test-lab.ts";
import { OBSERVER, OBSERVER_ADDRESSES } from "../address-plan.ts";
import { Fabric } from "../fabric.ts";
import { DelayLine, NoRawSocketsError } from "./delay-line.ts";
import { netemCommands } from "./netem.ts";

/** How late the earliest of several answers may be on a machine that others keep busy; far less than any latency here. */
const NOISE_MS = 8;

/** Two public peers and a server, each with a wire of its own; the observer's is bare. */
function withLinks(links: { offerer?: LinkSpec; answerer?: LinkSpec; turn?: LinkSpec }): Scenario {
  const { offerer, answerer, turn } = links;
  const scenario = topologyOf({ turnServers: { turn: turn ? { link: turn } : {} } }, "internet", "internet");
  if (offerer) scenario.peers.offerer.link = offerer;
  if (answerer) scenario.peers.answerer.link = answerer;
  return scenario;
}

const addressOf = (lab: StartedLab, node: string) => lab.plan.nodes[node]?.interfaces[0]?.address ?? "";

/** Round trips in ms, and how many got none. */
async function ping(lab: StartedLab, from: string, to: string, ...options: string[]) {
  const command = ["ping", ...options, to, "2>&1"].join(" ");
  const netns = from === OBSERVER ? lab.observer.pid : lab.pids[from];
  const said = await lab.fabric.exec(["sh", "-c", command], { netns }).catch((error: Error) => error.message);
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(said) ?? [];
  const [, min, , max] = (/= ([\d.]+)\/([\d.]+)\/([\d.]+)/.exec(said) ?? []).map(Number);
  return { said, sent: Number(sent), lost: Number(sent) - Number(received), min, max };
}

/** Sends bytes over one TCP connection; how many a second arrived, from the first to the last. */
async function tcpBitsPerSecond(lab: StartedLab, from: string, to: string, bytes: number): Promise<number> {
  const receiving = inNode(
    lab,
    to,
    "node",
    "-e",
    `require("node:net").createServer((socket) => {
       let bytes = 0, first = 0, firstBytes = 0;
       socket.on("data", (data) => { if (!first) { first = performance.now(); firstBytes = data.length; } bytes += data.length; });
       socket.on("end", () => { console.log(8000 * (bytes - firstBytes) / (performance.now() - first)); process.exit(); });
     }).listen(5000); setTimeout(() => process.exit(1), 20000);`,
  );
  await inNode(
    lab,
    from,
    "node",
    "-e",
    `const connect = () => { const socket = require("node:net").connect(5000, "${addressOf(lab, to)}");
       socket.on("error", () => setTimeout(connect, 50)); socket.on("connect", () => socket.end(Buffer.alloc(${bytes}))); };
     connect();`,
  );
  return Number(await receiving);
}

async function up(scenario: LabSpec): Promise<{ lab: StartedLab; events: RunEvent[] }> {
  const context = await testContext();
  return { lab: await upLab("links", scenario, context), events: context.events };
}

const measured = (events: RunEvent[], node: string, direction: string) =>
  eventsOf(events, "link_measured").find((event) => event.node === node && event.direction === direction);

describeDocker("link conditions", () => {
  describe("latency, jitter, loss and rate", () => {
    let lab: StartedLab;
    let events: RunEvent[];

    beforeAll(async () => {
      ({ lab, events } = await up(
        withLinks({
          offerer: { latencyMs: 50 },
          answerer: { up: { loss: 0.05 }, down: { rateKbps: 2_000, queueMs: 100 } },
          turn: { up: { latencyMs: 20, jitterMs: 10 }, down: { latencyMs: 40 } },
        }),
      ));
    });
    afterAll(() => lab?.down());

    it("measures each wire with conditions in both directions, and no other, before anything else runs", () => {
      const found = eventsOf(events, "link_measured");
      expect(found.map(({ node, direction }) => `${node} ${direction}`).sort()).toEqual(
        ["answerer down", "answerer up", "offerer down", "offerer up", "turn down", "turn up"].sort(),
      );
      expect(found.flatMap(({ mismatches }) => mismatches)).toEqual([]);
    });

    it("reports what was got beside what was asked", () => {
      const got = (node: string, direction: string): EventOf<"link_measured">["got"] | undefined =>
        measured(events, node, direction)?.got;
      expect(measured(events, "offerer", "up")?.asked).toEqual({ latencyMs: 50 });
      expect(got("offerer", "up")?.latencyMs?.med).toBeCloseTo(50, -1);
      expect(got("turn", "down")?.latencyMs?.med).toBeCloseTo(40, -1);
      expect(got("answerer", "up")).toMatchObject({ rateKbps: null, queueMs: null, mtu: null });
      expect(got("answerer", "up")?.loss).toBeGreaterThan(0.02);
      expect(got("answerer", "down")).toMatchObject({ loss: null });
      expect(got("answerer", "down")?.rateKbps).toBeCloseTo(2_000, -2);
      expect(got("answerer", "down")?.queueMs).toBeCloseTo(100, -1.3);
      const jittered = got("turn", "up")?.latencyMs;
      expect(jittered?.min).toBeGreaterThan(9.8);
      expect((jittered?.max ?? 0) - (jittered?.min ?? 0)).toBeGreaterThan(13);
    });

    it("agrees with ping: a round trip over 50 ms each way", async () => {
      const { min } = await ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c10", "-i0.02");
      expect(min).toBeGreaterThan(99.8);
      expect(min).toBeLessThan(100 + NOISE_MS);
    });

    it("differs by direction: 20 ms up, 40 ms down", async () => {
      const { min, max } = await ping(lab, "turn", OBSERVER_ADDRESSES[0], "-c20", "-i0.03");
      expect(min).toBeGreaterThan(49.6);
      expect(min).toBeLessThan(60);
      expect(max).toBeGreaterThan(60);
    });

    it("loses what was asked, within what chance allows", async () => {
      const { sent, lost } = await ping(lab, "answerer", OBSERVER_ADDRESSES[0], "-c3000", "-i0.001", "-W1", "-q");
      expect(sent).toBe(3_000);
      const deviation = Math.sqrt(3_000 * 0.05 * 0.95);
      expect(Math.abs(lost - 150)).toBeLessThan(4.5 * deviation);
    });

    it("carries no more than its rate, and nearly all of it", async () => {
      // A frame of 1514 bytes has 1448 of payload; what the loss of acknowledgements and the queue cost is TCP's.
      const rate = await tcpBitsPerSecond(lab, "offerer", "answerer", 700_000);
      expect(rate).toBeLessThan(2e6 * (1_448 / 1_514) * 1.02);
      expect(rate).toBeGreaterThan(2e6 * 0.6);
    });

    it("leaves a wire without conditions alone", async () => {
      expect(Object.keys(await lab.links.counters()).sort()).toEqual(["answerer", "offerer", "turn"]);
      const { min, lost } = await ping(lab, "core", OBSERVER_ADDRESSES[0], "-c100", "-i0.005");
      expect(lost).toBe(0);
      expect(min).toBeLessThan(NOISE_MS);
    });

    it("changes in mid-run, without losing what is under way, and becomes bare again", async () => {
      const running = ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c100", "-i0.01");
      await lab.links.set("offerer", { latencyMs: 10 });
      const { lost } = await running;
      expect(lost).toBe(0);
      const { min } = await ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c10", "-i0.02");
      expect(min).toBeGreaterThan(19.8);
      expect(min).toBeLessThan(20 + NOISE_MS);
      expect((await lab.links.measure("offerer")).flatMap(({ mismatches }) => mismatches)).toEqual([]);
      await lab.links.set("offerer", { loss: 1 });
      expect((await ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c3", "-i0.02", "-W1")).lost).toBe(3);
      await lab.links.clear();
      expect((await ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c10", "-i0.02")).min).toBeLessThan(NOISE_MS);
    });
  });

  describe("an MTU", () => {
    let lab: StartedLab;
    let events: RunEvent[];

    beforeAll(async () => {
      ({ lab, events } = await up(
        withLinks({ answerer: { mtu: 1_300 }, turn: { mtu: 1_300, fragmentationNeeded: false } }),
      ));
    });
    afterAll(() => lab?.down());

    // 28 bytes of IPv4 and ICMP headers.
    const packet = (bytes: number) => ["-M", "do", "-s", String(bytes - 28), "-c2", "-i0.1", "-W1"];

    it("is measured: a packet as large passes, a larger one does not", () => {
      for (const node of ["answerer", "turn"])
        for (const direction of ["up", "down"]) expect(measured(events, node, direction)?.got.mtu).toBe(1_300);
    });

    it("is told by ICMP to whoever sends more, from the forwarder before the wire", async () => {
      const { said, lost } = await ping(lab, "offerer", addressOf(lab, "answerer"), ...packet(1_301));
      expect(lost).toBe(2);
      expect(said).toMatch(/From 81\.2\.255\.1.*Frag needed and DF set \(mtu = 1300\)/);
      expect((await ping(lab, "offerer", addressOf(lab, "answerer"), ...packet(1_300))).lost).toBe(0);
    });

    it("does not stop TCP, which learns it", async () => {
      expect(await tcpBitsPerSecond(lab, "offerer", "answerer", 500_000)).toBeGreaterThan(1e6);
    });

    it("in a black hole swallows what is too large, without a word", async () => {
      const { said, lost } = await ping(lab, "offerer", addressOf(lab, "turn"), ...packet(1_301));
      expect(lost).toBe(2);
      expect(said).not.toMatch(/frag|mtu/i);
      expect((await ping(lab, "offerer", addressOf(lab, "turn"), ...packet(1_300))).lost).toBe(0);
    });

    it("goes back to 1500, for whoever has not learned otherwise", async () => {
      await lab.links.clear();
      for (const node of ["answerer", "turn"])
        expect((await ping(lab, OBSERVER, addressOf(lab, node), ...packet(1_500))).lost).toBe(0);
    });
  });

  describe("behind routers", () => {
    let lab: StartedLab;
    let events: RunEvent[];

    beforeAll(async () => {
      const routers = {
        dsl: { nat: "home", link: { latencyMs: 15, mtu: 1_492 } },
        hole: { nat: "home", link: { mtu: 1_400, fragmentationNeeded: false } },
      } as const;
      const scenario = topologyOf({ routers }, "dsl", "hole");
      scenario.peers.offerer.link = { latencyMs: 5 };
      const peers = {
        ...scenario.peers,
        neighbour: { behind: "dsl", iceServers: [] },
        short: { behind: "dsl", iceServers: [], link: { mtu: 1_300 } },
      };
      ({ lab, events } = await up({ ...scenario, peers }));
    });
    afterAll(() => lab?.down());

    const packet = (bytes: number) => ["-M", "do", "-s", String(bytes - 28), "-c2", "-i0.1", "-W1"];

    it("are each what was asked, a router's outside and a peer's wire in one LAN", () => {
      expect(eventsOf(events, "link_measured").flatMap(({ mismatches }) => mismatches)).toEqual([]);
      expect([...new Set(eventsOf(events, "link_measured").map(({ node }) => node))].sort()).toEqual(
        ["dsl", "hole", "offerer", "short"].sort(),
      );
    });

    it("add up on the way out", async () => {
      const { min } = await ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c10", "-i0.02");
      expect(min).toBeGreaterThan(39.8);
      expect(min).toBeLessThan(40 + NOISE_MS);
    });

    it("do not touch the neighbour on the same LAN, but where both share the router's line", async () => {
      const inside = await ping(lab, "neighbour", lab.plan.nodes.neighbour?.gateway ?? "", "-c10", "-i0.02");
      expect(inside.min).toBeLessThan(NOISE_MS);
      const outside = await ping(lab, "neighbour", OBSERVER_ADDRESSES[0], "-c10", "-i0.02");
      expect(outside.min).toBeGreaterThan(29.8);
      expect(outside.min).toBeLessThan(30 + NOISE_MS);
    });

    it("let a router tell those inside what its line carries, through its NAT", async () => {
      const { said, lost } = await ping(lab, "neighbour", OBSERVER_ADDRESSES[0], ...packet(1_500));
      expect(lost).toBe(2);
      expect(said).toMatch(/From 192\.168\.1\.1 .*Frag needed and DF set \(mtu = 1492\)/);
      expect((await ping(lab, "neighbour", OBSERVER_ADDRESSES[0], ...packet(1_492))).lost).toBe(0);
    });

    it("give one host of a LAN a smaller MTU than its neighbour, and the router tells who sends it more", async () => {
      const short = addressOf(lab, "short");
      expect((await ping(lab, "dsl", addressOf(lab, "neighbour"), ...packet(1_500))).lost).toBe(0);
      expect((await ping(lab, "dsl", short, ...packet(1_301))).said).toMatch(/mtu ?= ?1300/);
      expect((await ping(lab, "dsl", short, ...packet(1_300))).lost).toBe(0);
    });

    it("swallow in silence where the line is a black hole", async () => {
      const { said, lost } = await ping(lab, "answerer", OBSERVER_ADDRESSES[0], ...packet(1_401));
      expect(lost).toBe(2);
      expect(said).not.toMatch(/frag|mtu/i);
      expect((await ping(lab, "answerer", OBSERVER_ADDRESSES[0], ...packet(1_400))).lost).toBe(0);
    });
  });

  it("that a wire does not have end the scenario before any session", async () => {
    const start = DelayLine.start.bind(DelayLine);
    const sabotaged = vi.spyOn(DelayLine, "start").mockImplementation((process, ...rest) => {
      const write = (command: string) => process.write(command.replace("latencyMs=50", "latencyMs=60"));
      return start({ ...process, write }, ...rest);
    });
    const context = await testContext();
    await runScenario("sabotaged", withLinks({ offerer: { latencyMs: 50 } }), context);
    sabotaged.mockRestore();
    expect(eventsOf(context.events, "scenario_finished")).toMatchObject([
      {
        outcome: "errored",
        reason: expect.stringMatching(/offerer up: latency: expected 50\.0 ms within 2\.00 ms, median was 60\./),
      },
    ]);
    expect(eventsOf(context.events, "session_started")).toEqual([]);
    expect(measured(context.events, "offerer", "up")?.mismatches).toHaveLength(1);
  });

  it("that the machine cannot make skip the scenario, with the reason", async () => {
    const start = vi.spyOn(DelayLine, "start").mockRejectedValue(new NoRawSocketsError("raw socket: not permitted"));
    const context = await testContext();
    await runScenario("refused", withLinks({ offerer: { latencyMs: 50 } }), context);
    start.mockRestore();
    expect(eventsOf(context.events, "scenario_finished")).toMatchObject([
      { outcome: "skipped", reason: expect.stringContaining("link conditions cannot be made here") },
    ]);
  });

  it("may be as slow and as fast as a scenario may ask for, and are measured to be so", async () => {
    const { lab, events } = await up(
      withLinks({
        offerer: { rateKbps: RATE_KBPS.min },
        answerer: { rateKbps: RATE_KBPS.max },
        turn: { rateKbps: 100, loss: 0.1, mtu: 1_400 },
      }),
    );
    await using _ = lab;
    const found = eventsOf(events, "link_measured");
    expect(found).toHaveLength(6);
    for (const { asked, got, mismatches } of found) {
      expect(mismatches).toEqual([]);
      expect(Math.abs((got.rateKbps ?? 0) / (asked.rateKbps ?? 1) - 1)).toBeLessThan(0.03);
      expect(got.queueMs).not.toBeNull();
    }
    // The second of two full frames waits for as long as the first takes.
    const pair = await ping(lab, "offerer", OBSERVER_ADDRESSES[0], "-c2", "-i0.01", "-s1472", "-W5");
    expect(pair.lost).toBe(0);
    expect(pair.max).toBeGreaterThan(1_000);
  });

  it("by a netem that was asked for and is not there skip the scenario, with the reason", async () => {
    vi.stubEnv("TURNLAB_LINK_TOOL", "netem");
    const exec = Fabric.prototype.exec;
    const withoutNetem = vi.spyOn(Fabric.prototype, "exec").mockImplementation(function (this: Fabric, argv, options) {
      if (argv.join(" ").includes(" netem ")) return Promise.reject(new Error("Specified qdisc kind is unknown."));
      return exec.call(this, argv, options);
    });
    const context = await testContext();
    await runScenario("refused", withLinks({ offerer: { latencyMs: 50 } }), context);
    withoutNetem.mockRestore();
    vi.unstubAllEnvs();
    expect(eventsOf(context.events, "scenario_finished")).toMatchObject([
      { outcome: "skipped", reason: expect.stringMatching(/^link conditions cannot be made here: .*no netem/) },
    ]);
  });

  it("need raw sockets, and say so where there are none", async () => {
    const { lab } = await up(withLinks({}));
    await using _ = lab;
    const refused = await lab.fabric.spawn("refused", [
      "setpriv",
      "--bounding-set",
      "-net_raw",
      "delay-line",
      "lo",
      "lo",
    ]);
    await expect(DelayLine.start(refused, "offerer", () => {})).rejects.toThrow(NoRawSocketsError);
    const broken = await lab.fabric.spawn("broken", ["delay-line", "nowhere0", "lo"]);
    await expect(DelayLine.start(broken, "offerer", () => {})).rejects.toThrow(/nowhere0: No such device/);
  });

  it("are put to netem in words that tc understands, whether or not the kernel has it", async () => {
    const { lab } = await up(withLinks({}));
    await using _ = lab;
    const conditions = { latencyMs: 50, jitterMs: 2.5, loss: 0.05, rateKbps: 2_000, queueMs: 30 };
    for (const [index, words] of [...netemCommands("lo", conditions), ...netemCommands("lo", {})].entries()) {
      const said = await lab.fabric.exec(["tc", ...words]).catch((error: Error) => error.message);
      // tc's own complaints about words come before it asks the kernel, and look otherwise.
      const noNetem = index % 2 === 0 ? /Specified qdisc kind is unknown/ : /Failed to find specified qdisc|not found/;
      if (said !== "") expect(said).toMatch(noNetem);
    }
  });
});
