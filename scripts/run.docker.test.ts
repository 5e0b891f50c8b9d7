import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { imagesFor } from "../lab/lab-containers.ts";
import type { Summary } from "../lab/model/summary.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { type Engine, ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { watchContainers } from "./container-watch.ts";
import { startHostCapture } from "./host-capture.ts";
import { scrapeWhile } from "./test-scrape.ts";

const TURNLAB = join(PROJECT_ROOT, "turnlab");
const say = (line: string) => void process.stderr.write(`${line}\n`);

type Finished = { code: number | null; stdout: string; stderr: string };

/** Runs that have not ended: of a test that failed before its run was over. */
const started = new Set<ChildProcess>();

function turnlab(args: string[], options: { detached?: boolean } = {}): ChildProcess & { finished: Promise<Finished> } {
  const child = spawn(TURNLAB, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  started.add(child);
  child.once("close", () => started.delete(child));
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const finished = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return Object.assign(child, { finished });
}

describeDocker("turnlab run", () => {
  let engine: Engine;
  let folder: string;
  /** Of this file's own runs: somebody else may use the same engine meanwhile. */
  const ownRuns = new Set<string>();
  const containersLeft = async () => {
    for (const run of readdirSync(folder)) {
      const log = join(folder, run, "run.jsonl");
      const id = existsSync(log) ? /"runId":"([^"]+)"/.exec(readFileSync(log, "utf8"))?.[1] : undefined;
      if (id) ownRuns.add(id);
    }
    const filters = JSON.stringify({ label: ["turnlab.run"] });
    const containers = await engine.docker.listContainers({ all: true, filters });
    return containers.flatMap(({ Names, Labels }) => (ownRuns.has(Labels["turnlab.run"] ?? "") ? [Names[0]] : []));
  };
  const summaryIn = (run: string) => JSON.parse(readFileSync(join(folder, run, "summary.json"), "utf8")) as Summary;

  beforeAll(async () => {
    engine = await ensureEngine(say);
    await ensureImages(engine, imagesFor([{ peers: { any: {} } }]), say);
    folder = mkdtempSync(join(tmpdir(), "turnlab-"));
  });
  afterEach(async () => {
    const runaways = [...started];
    for (const child of runaways) child.kill("SIGKILL");
    if (runaways.length > 0) await vi.waitUntil(async () => (await containersLeft()).length === 0, { timeout: 5_000 });
    expect(await containersLeft()).toEqual([]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describeDefaultSuite();
  describeBadConfigurations();
  describeImages();
  describeInterruption();

  function describeDefaultSuite(): void {
    it("passes the default suite, writes every report, and nothing of it touches the machine's own network", {
      timeout: 180_000,
    }, async ({ onTestFinished }) => {
      const capture = await startHostCapture(engine);
      if (capture.leftOut.length > 0) say(`not watched, the machine uses them itself: ${capture.leftOut.join(", ")}`);
      const watch = watchContainers(engine);
      onTestFinished(async () => {
        await Promise.all([capture.stop(), watch.stop()]);
      });
      const suite = turnlab(["run", "--metrics=0", "--out", join(folder, "suite")]);
      const [{ code, stdout, stderr }, scraped] = await Promise.all([suite.finished, scrapeWhile(suite)]);
      const [packets, containers] = await Promise.all([capture.stop(), watch.stop()]);
      expect(stdout, stderr).toMatch(/Passed: 8 of 8 scenarios passed/);
      expect(code).toBe(0);
      expect(packets.control, "the capture must have seen its own control packet").toBeGreaterThan(0);
      expect(packets.lab).toEqual([]);
      expect(containers.seen, "fabric, core, server and two peers in eight labs").toBeGreaterThanOrEqual(40);
      expect(containers.reachable).toEqual([]);
      expect(readdirSync(join(folder, "suite")).sort()).toEqual([
        "junit.xml",
        "logs",
        "report.html",
        "report.md",
        "rules",
        "run.jsonl",
        "summary.json",
      ]);

      // From the log alone, elsewhere.
      const again = join(folder, "again");
      mkdirSync(again);
      copyFileSync(join(folder, "suite", "run.jsonl"), join(again, "run.jsonl"));
      expect((await turnlab(["report", again]).finished).code).toBe(0);
      for (const file of ["report.html", "report.md", "junit.xml", "summary.json"])
        expect(
          readFileSync(join(again, file), "utf8") === readFileSync(join(folder, "suite", file), "utf8"),
          file,
        ).toBe(true);

      // The last scenario may have ended between two of them.
      expect(scraped.times).toBeGreaterThan(10);
      expect(scraped.last.match(/^turnlab_scenario_status\{.*status="passed"\} 1$/gm)?.length).toBeGreaterThanOrEqual(
        7,
      );
      expect(scraped.last).toMatch(
        /^turnlab_sessions_finished_total\{scenario="cgnat-mobile",outcome="connected",path="relayed"\} 20$/m,
      );
      expect(scraped.last).toMatch(/^turnlab_relay_gatherings_total\{scenario="cgnat-mobile",outcome="relayed"\} 40$/m);

      const summary = summaryIn("suite");
      const byName = Object.fromEntries(summary.scenarios.map((scenario) => [scenario.name, scenario]));
      expect(Object.keys(byName).sort()).toEqual([
        "cgnat-mobile",
        "cgnat-stun-only",
        "same-lan",
        "symmetric-both",
        "twenty-relays",
        "two-homes",
        "udp-blocked-tcp",
        "udp-blocked-tls",
      ]);
      for (const { name, status, sessions, expectedPath, paths, metrics, turnServers, routers } of summary.scenarios) {
        expect(status, name).toBe("passed");
        expect(Object.keys(routers).length, name).toBeGreaterThan(0);
        if (expectedPath === "none" || expectedPath === null) continue;
        expect(paths[expectedPath], name).toBe(sessions.started);
        expect(metrics.connect_time.count, name).toBe(sessions.started);
        expect(turnServers.turn?.cpuPercent.count, name).toBeGreaterThan(0);
      }
      expect(byName["cgnat-stun-only"]).toMatchObject({
        sessions: { started: 10, connected: 0, failed: 10 },
        failures: { ice_failed: 10 },
      });
      const load = byName["twenty-relays"]?.turnServers.turn;
      expect(load?.allocations.max).toBeGreaterThanOrEqual(40);
      expect(load?.rxBitsPerSecond.max).toBeGreaterThan(1_000_000);
    });
  }

  function describeBadConfigurations(): void {
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const cases: [string, string, string | RegExp][] = [
      [
        "a relayed address that is not the server's",
        `{ options: { "external-ip": "34.99.99.99" } }`,
        "relay_address_unexpected",
      ],
      [
        "a relay address the server does not own",
        `{ options: { "relay-ip": "34.99.99.99" } }`,
        // coturn 4.6.1 tries to bind each relay port for ten seconds, on the threads that should answer: whether it
        // is still silent when it is asked once more after the load is a race.
        /the server failed: turn|turn_no_answer|turn_insufficient_capacity/,
      ],
      [
        "a key hashed for another realm",
        `{ credential: { username: "u", password: "p" }, options: { user: "u:0x${md5("u:another.realm:p")}" } }`,
        "turn_unauthorized",
      ],
      [
        "a password wrong in one letter",
        `{ credential: { username: "u", password: "passwore" }, options: { user: "u:password" } }`,
        "turn_unauthorized",
      ],
    ];

    it.each(cases)("fails with 99 on %s, and names the cause", async (_, turn, cause) => {
      const file = scenarioFile(`bad-${cases.findIndex(([, spec]) => spec === turn)}`, turn);
      const { code, stdout, stderr } = await turnlab(["run", file, "--out", join(folder, "bad")]).finished;
      expect(stdout, stderr).toMatch(cause);
      expect(code).toBe(99);
      expect(summaryIn("bad").status).toBe("failed");
    });

    it("passes the same scenario with the right password: the four above fail for their one change", async () => {
      const file = scenarioFile(
        "good",
        `{ credential: { username: "u", password: "password" }, options: { user: "u:password" } }`,
      );
      const { code, stdout } = await turnlab(["run", file, "--out", join(folder, "good")]).finished;
      expect(code, stdout).toBe(0);
      expect(readFileSync(join(folder, "good", "run.jsonl"), "utf8")).not.toContain('"password":"password"');
    });
  }

  function describeImages(): void {
    it("is 104 for an image without a server, before anything of a lab starts", async () => {
      const { router } = await ensureImages(engine, ["router"], say);
      const out = join(folder, "no-server");
      const { code, stdout, stderr } = await turnlab(["run", "same-lan", "--turn-image", router, "--out", out])
        .finished;
      expect(code, stderr).toBe(104);
      expect(stdout).toBe("");
      expect(stderr).toMatch(
        /same-lan: topology\.turnServers\.turn\.image\n.*\n *found +turnlab\/router:\S+: no turnserver/,
      );
      expect(existsSync(out)).toBe(false);
    });

    it("is 1, with the engine's reason, for an image that no registry could be asked for", async () => {
      // Nobody listens on port 1 of the engine's machine.
      const { code, stderr } = await turnlab(["run", "same-lan", "--turn-image", "127.0.0.1:1/coturn:4"]).finished;
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/image 127\.0\.0\.1:1\/coturn:4 is not here and cannot be pulled \(.*refused\)/);
      expect(stderr).not.toMatch(/^ +at /m);
    });
  }

  function describeInterruption(): void {
    it("ends with 105 on Ctrl-C, keeps the log, summarizes what was measured", async () => {
      const running = turnlab(["run", "twenty-relays", "--out", join(folder, "interrupted")]);
      await logHolds("interrupted", '"session_started"');
      running.kill("SIGINT");
      const { code } = await running.finished;
      expect(code).toBe(105);
      const summary = summaryIn("interrupted");
      expect(summary.status).toBe("interrupted");
      expect(summary.scenarios[0]?.sessions.started).toBe(20);
    });

    it("ends with 105 on Ctrl-C while the lab is being brought up", async () => {
      const running = turnlab(["run", "same-lan", "--out", join(folder, "early")]);
      await lineMatching(running, /bringing the lab up/);
      running.kill("SIGINT");
      const { code } = await running.finished;
      expect(code).toBe(105);
      expect(summaryIn("early")).toMatchObject({ status: "interrupted", scenarios: [{ status: "no_data" }] });
    });

    it("leaves no container and a live engine when its process group is killed", async () => {
      const running = turnlab(["run", "twenty-relays", "--out", join(folder, "killed")], { detached: true });
      await logHolds("killed", '"session_started"');
      process.kill(-(running.pid ?? 0), "SIGKILL");
      await running.finished;
      await vi.waitUntil(async () => (await containersLeft()).length === 0, { timeout: 5_000, interval: 50 });
      expect(await containersLeft()).toEqual([]);
      expect((await engine.docker.ping()).toString()).toBe("OK");
    });

    it("makes a report of the run that was killed, without Docker", async () => {
      const { code, stdout } = await turnlab(["report", join(folder, "killed"), "--format", "json"]).finished;
      expect(code).toBe(0);
      expect((JSON.parse(stdout) as Summary).status).toBe("errored");
    });
  }

  /** Waits until a run's log holds a text: what a person watching the run would wait for. */
  async function logHolds(run: string, text: string): Promise<void> {
    const log = join(folder, run, "run.jsonl");
    await vi.waitUntil(() => existsSync(log) && readFileSync(log, "utf8").includes(text), {
      timeout: 30_000,
      interval: 20,
    });
  }

  /** symmetric NATs on both sides, so that nothing connects without the server; few sessions, because all must fail. */
  function scenarioFile(name: string, turn: string): string {
    mkdirSync(join(folder, "scenarios"), { recursive: true });
    const file = join(folder, "scenarios", `${name}.ts`);
    writeFileSync(
      file,
      `export default {
        description: "One change to a server that works.",
        topology: { routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } }, turnServers: { turn: ${turn} } },
        peers: { offerer: { behind: "near", iceServers: ["turn"] }, answerer: { behind: "far", iceServers: ["turn"] } },
        load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
        expectedPath: "relayed",
      };`,
    );
    return file;
  }
});

function lineMatching(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stderr?.on("data", (data: Buffer) => {
      seen += data.toString();
      if (pattern.test(seen)) resolve();
    });
    child.on("close", () => reject(new Error(`ended before ${pattern}: ${seen}`)));
  });
}
