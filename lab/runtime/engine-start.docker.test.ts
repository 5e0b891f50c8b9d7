import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { findEngine } from "./engine.ts";
import type { DaemonPlaces } from "./engine-start.ts";
import { findProgram } from "./find-program.ts";

const FIXTURE = fileURLToPath(new URL("start-engine-fixture.ts", import.meta.url));

/** A second engine beside the machine's own. */
const cannot =
  process.platform !== "linux" || process.getuid?.() !== 0
    ? "needs root on Linux: sudo ./turnlab test lab/runtime/engine-start"
    : findProgram("dockerd") === null
      ? "no dockerd: sudo apt-get install docker.io"
      : null;

/** Where the machine has one, every engine takes it unless it is told of another: two would share their containers. */
const MACHINE_CONTAINERD = "/run/containerd/containerd.sock";

type Starter = { child: ChildProcess; answer: Promise<{ startedByUs: boolean; said: string[] }> };

/**
 * A network of its own: an engine without a bridge takes away the `docker0` of whoever has one (moby: daemon,
 * removeDefaultBridgeInterface).
 */
type OwnNetwork = { enter: readonly string[]; stop(): void };

async function startNetwork(): Promise<OwnNetwork> {
  const holder = spawn("unshare", ["--net", "sh", "-c", "echo ready; exec sleep infinity"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  return { enter: ["nsenter", "-t", String(holder.pid), "-n", "--"], stop: () => holder.kill() };
}

function startProcess(places: DaemonPlaces, [program = "", ...enter]: OwnNetwork["enter"]): Starter {
  // A process group of its own, to be killed as a whole, as a terminal or a CI runner does.
  const child = spawn(program, [...enter, process.execPath, FIXTURE, JSON.stringify(places)], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DOCKER_HOST: undefined },
  });
  const answer = new Promise<Awaited<Starter["answer"]>>((resolve, reject) => {
    child.stdout?.once("data", (data: Buffer) => resolve(JSON.parse(data.toString())));
    child.once("close", (code) => reject(new Error(`the starter exited ${code}`)));
  });
  return { child, answer };
}

const networkIn = ([program = "", ...enter]: OwnNetwork["enter"]) =>
  ["ip -o link show", "ip route show table all", "iptables-save"].map(
    (command) =>
      spawnSync(program, [...enter, "sh", "-c", `${command} 2> /dev/null | grep -v '^#'`], { encoding: "utf8" }).stdout,
  );

describe.skipIf(cannot !== null)(`starting an engine${cannot === null ? "" : ` [skipped: ${cannot}]`}`, () => {
  it("two at once start one, it outlives both, and the host's network is untouched", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnlab-engine-"));
    const places: DaemonPlaces = {
      socket: join(folder, "docker.sock"),
      pidFile: join(folder, "docker.pid"),
      markFile: join(folder, "mark"),
      logFile: join(folder, "log"),
      dataRoot: join(folder, "data"),
      execRoot: join(folder, "exec"),
    };
    // A former engine's, whose number a stranger has now.
    writeFileSync(places.pidFile, String(process.pid));
    const network = await startNetwork();
    const before = networkIn(network.enter);
    const containerd = existsSync(MACHINE_CONTAINERD) ? await startContainerd(folder) : null;
    if (containerd) places.containerd = containerd.socket;
    const starters = [startProcess(places, network.enter), startProcess(places, network.enter)];
    try {
      const answers = await Promise.all(starters.map(({ answer }) => answer));
      expect(answers.map(({ startedByUs }) => startedByUs)).toEqual([true, true]);
      expect(answers.flatMap(({ said }) => said).filter((line) => line === "starting a Docker engine")).toHaveLength(1);
      for (const { child } of starters) process.kill(-(child.pid as number), "SIGKILL");
      await Promise.all(starters.map(({ child }) => new Promise((resolve) => child.once("exit", resolve))));

      const endpoint = { source: "test", host: `unix://${places.socket}`, chosen: false };
      expect(await findEngine([endpoint], places)).toMatchObject({ startedByUs: true });
      expect(before[0]).toContain("lo:");
      expect(networkIn(network.enter)).toEqual(before);
    } finally {
      stopDaemon(places);
      await containerd?.stop();
      network.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** A containerd of this test's own. */
async function startContainerd(folder: string): Promise<{ socket: string; stop(): Promise<unknown> }> {
  const socket = join(folder, "containerd.sock");
  const config = join(folder, "containerd.toml");
  writeFileSync(config, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
  const places = ["--address", socket, "--root", join(folder, "c-root"), "--state", join(folder, "c-state")];
  const child = spawn(findProgram("containerd") ?? "containerd", ["--config", config, ...places], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  await vi.waitUntil(() => existsSync(socket), { timeout: 15_000, interval: 20 });
  return {
    socket,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function stopDaemon({ pidFile }: DaemonPlaces): void {
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, "utf8").trim();
  if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "dockerd") throw new Error(`${pid} is not the engine`);
  process.kill(Number(pid), "SIGTERM");
  execFileSync("tail", ["--pid", pid, "-f", "/dev/null"], { timeout: 30_000 });
}
