import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { RUNS_FOLDER } from "./run-folder.ts";
import { TestEngine } from "./test-engine.ts";

// Each test starts programs, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Finished = { code: number | null; stdout: string; stderr: string };

function turnlab(
  args: string[],
  { env, root = PROJECT_ROOT }: { env: NodeJS.ProcessEnv; root?: string },
): ChildProcess & { finished: Promise<Finished> } {
  const child = spawn(process.execPath, [join(root, "scripts/turnlab.ts"), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const finished = new Promise<Finished>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  return Object.assign(child, { finished });
}

function scenario(name: string, change: { behind?: string; thresholds?: object }): string {
  const { behind = "near", thresholds = {} } = change;
  const file = join(folder, `${name}.ts`);
  const value = {
    description: "Bad in one place.",
    topology: { routers: { near: { nat: "home" } }, turnServers: { turn: {} } },
    peers: { offerer: { behind, iceServers: ["turn"] }, answerer: { behind: "near", iceServers: ["turn"] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
    thresholds,
  };
  writeFileSync(file, `export default ${JSON.stringify(value)};`);
  return file;
}

describe("bad input", () => {
  it("is 104, with every fault in one message, and starts nothing", async () => {
    const files = [
      join(folder, "unparsable.ts"),
      scenario("lost", { behind: "attic" }),
      scenario("unmeasured", { thresholds: { happiness: ["rate>0.9"] } }),
      scenario("unaverageable", { thresholds: { session_success: ["p(95)<100"] } }),
    ];
    writeFileSync(files[0] ?? "", "export default {");
    const out = join(folder, "out");
    writeFileSync(out, "precious");
    const runsBefore = existsSync(RUNS_FOLDER) ? readdirSync(RUNS_FOLDER) : [];
    // Where an engine is, it would be asked first: this one says what it was asked.
    await using engine = await TestEngine.listen(join(folder, "engine.sock"));
    const env = { DOCKER_HOST: engine.host, TURNLAB_LINK_TOOL: "bogus" };
    const running = turnlab(
      ["run", "sane-lan", ...files, "--out", out, "--turn-image", "coturn:", "--peers", "fierfox"],
      { env },
    );
    const { code, stdout, stderr } = await running.finished;

    expect(code, stderr).toBe(104);
    expect(stdout).toBe("");
    for (const fault of [
      /found +"sane-lan"/,
      /Did you mean "same-lan"\?/,
      /unparsable\.ts:1\n/,
      /peers\.offerer\.behind\n.*\n.*"attic"/,
      /happiness/,
      /session_success[^\n]*\n.*\n.*p\(95\)<100/,
      /--out .*\n *expected +a folder\n *found +a file/,
      /--turn-image\n *expected +an image's reference[^\n]*\n *found +"coturn:"/,
      /--peers\n *expected +an engine[^\n]*\n *found +"fierfox"\n *hint +Did you mean "firefox"\?/,
      /TURNLAB_LINK_TOOL: expected netem or delay-line, found "bogus"/,
    ]) {
      expect(stderr).toMatch(fault);
    }
    expect(stderr).not.toMatch(/^ +at /m);
    expect(engine.requests).toEqual([]);
    expect(readFileSync(out, "utf8")).toBe("precious");
    expect(existsSync(RUNS_FOLDER) ? readdirSync(RUNS_FOLDER) : []).toEqual(runsBefore);
  });

  it("is found where there is no engine at all", async () => {
    const env = { DOCKER_HOST: `unix://${join(folder, "no-engine.sock")}` };
    const { code, stdout, stderr } = await turnlab(["run", scenario("lost", { behind: "attic" })], { env }).finished;
    expect(code).toBe(104);
    expect(stdout).toBe("");
    expect(stderr).not.toContain("DOCKER_HOST");
  });

  it.each(["run", "up"])("is 104 for a link tool that is none, before %s starts anything", async (command) => {
    await using engine = await TestEngine.listen(join(folder, "engine.sock"));
    const env = { DOCKER_HOST: engine.host, TURNLAB_LINK_TOOL: "bogus" };
    const { code, stdout, stderr } = await turnlab([command, "same-lan"], { env }).finished;
    expect(code).toBe(104);
    expect(stdout).toBe("");
    expect(stderr).toBe('TURNLAB_LINK_TOOL: expected netem or delay-line, found "bogus"\n');
    expect(engine.requests).toEqual([]);
  });

  it.each([
    ["an option's value", ["run", "--parallel", "none"], "--parallel\n    expected  a whole number above 0"],
    [
      "a page's port",
      ["run", "--live", "same-lan"],
      '--live\n    expected  a port from 0 to 65535, or nothing\n    found     "same-lan"',
    ],
    ["a page of gates", ["run", "gate-mutations", "--live"], "found --live: a gate has its own configs"],
    ["a gate without anything", ["gate"], "--config\n    expected  the turnserver.conf that is to be shipped"],
    ["a check of nothing", ["check"], "FILE\n    expected  a turnserver.conf"],
    ["a step that is none", ["ci", "gat"], "STEP\n    expected  one of keys, load"],
    ["an unknown option", ["run", "--fast"], "unknown option '--fast'"],
    ["an unknown command", ["rnu"], "unknown command 'rnu'"],
  ])("is 104 for %s", async (_, args, message) => {
    const { code, stdout, stderr } = await turnlab(args, { env: {} }).finished;
    expect(code).toBe(104);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });
});

describe("before a lab begins", () => {
  /** A checkout where nothing is fetched yet, and an npm that takes for ever. */
  function freshCheckout(): { root: string; env: NodeJS.ProcessEnv; npm: () => number[] } {
    const root = join(folder, "checkout");
    for (const part of ["lab", "scripts", "scenarios", "docker", "package.json"]) {
      cpSync(join(PROJECT_ROOT, part), join(root, part), { recursive: true });
    }
    cpSync(join(PROJECT_ROOT, "reports"), join(root, "reports"), {
      recursive: true,
      filter: (path) => path !== RUNS_FOLDER,
    });
    symlinkSync(join(PROJECT_ROOT, "node_modules"), join(root, "node_modules"));
    const programs = join(folder, "bin");
    mkdirSync(programs);
    writeFileSync(join(programs, "npm"), `#!/bin/sh\necho $$ >> '${folder}/npm'\nexec sleep 60\n`);
    chmodSync(join(programs, "npm"), 0o755);
    // Two images need one, so there may be two.
    const npm = () =>
      existsSync(join(folder, "npm"))
        ? readFileSync(join(folder, "npm"), "utf8").split("\n").map(Number).filter(Boolean)
        : [];
    return { root, env: { PATH: `${programs}:${process.env.PATH}` }, npm };
  }

  it.each([
    ["run", "SIGINT"],
    ["run", "SIGTERM"],
    ["up", "SIGINT"],
  ] as const)("%s ends at once on %s, with 105, and so does what it had started", async (command, signal) => {
    const { root, env, npm } = freshCheckout();
    await using engine = await TestEngine.listen(join(folder, "engine.sock"));
    const out = command === "run" ? ["--out", join(folder, "out")] : [];
    const running = turnlab([command, "same-lan", ...out], { root, env: { ...env, DOCKER_HOST: engine.host } });
    await vi.waitUntil(() => npm().length > 0, { timeout: 15_000, interval: 20 });
    const startedAt = performance.now();
    running.kill(signal);
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(105);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/\ninterrupted\n$/);
    expect(stderr).not.toMatch(/^ +at /m);
    await vi.waitUntil(() => npm().every(isGone), { timeout: 2_000, interval: 10 });
    expect(existsSync(join(folder, "out"))).toBe(false);
    expect(readdirSync(join(root, ".turnlab"))).toEqual([]);
    expect(engine.requests.filter((request) => request.includes("/containers/create"))).toEqual([]);
  });
});

/** Ended; where process 1 is no init, nobody may ever take note of it, and it stays a zombie. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    // Alive where there is no /proc to ask.
    return (error as NodeJS.ErrnoException).code === "ESRCH" || existsSync("/proc/self/stat");
  }
}
