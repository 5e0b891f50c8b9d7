import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_SOCKET } from "./engine-endpoints.ts";
import { STATE_FOLDER } from "./node-binary.ts";
import { lastLines } from "./run-program.ts";

export type DaemonPlaces = {
  socket: string;
  pidFile: string;
  logFile: string;
  /** Where the process id of the engine that we started is kept. */
  markFile: string;
  /** Default: the engine's own, /var/lib/docker and /var/run/docker. */
  dataRoot?: string;
  execRoot?: string;
  /** The socket of a containerd to use. Default: the machine's if there is one, else the engine starts its own. */
  containerd?: string;
};

export const DAEMON_PLACES: DaemonPlaces = {
  socket: DEFAULT_SOCKET,
  pidFile: "/var/run/docker.pid",
  logFile: join(STATE_FOLDER, "dockerd.log"),
  markFile: "/var/run/turnlab-dockerd.pid",
};

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/**
 * Starts dockerd and waits until it answers. It stays when this process goes, whichever way: it has a session of its own
 * and no pipe to us. Throws with the end of its log when it gives up or is not up after 60 s.
 */
export async function startDaemon(
  dockerd: string,
  isAnswering: (socketPath: string) => Promise<boolean>,
  places: DaemonPlaces,
): Promise<number> {
  mkdirSync(dirname(places.logFile), { recursive: true });
  forgetDeadDaemon(places.pidFile, "dockerd");
  forgetDeadDaemon(join(places.execRoot ?? "/var/run/docker", "containerd/containerd.pid"), "containerd");
  const log = openSync(places.logFile, "w");
  const child = spawn(dockerd, daemonArguments(places), {
    cwd: "/",
    // setsid: a kill of our process group does not reach it.
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      ...process.env,
      PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`,
      DOCKER_HOST: "",
    },
  });
  closeSync(log);
  // At once: who is interrupted while it starts leaves an engine that the next command knows as ours.
  if (child.pid !== undefined) writeFileSync(places.markFile, String(child.pid));
  let end: string | undefined;
  child.once("error", (error) => {
    end = error.message;
  });
  child.once("exit", (code, signal) => {
    end ??= `exited ${code ?? signal}`;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isAnswering(places.socket))) {
    if (end !== undefined) throw new Error(`dockerd ${end}\n${tail(places.logFile)}`);
    if (Date.now() > deadline) {
      child.kill("SIGTERM");
      throw new Error(`dockerd did not answer within ${START_TIMEOUT_MS / 1000} s\n${tail(places.logFile)}`);
    }
    await delay(POLL_MS);
  }
  child.unref();
  return child.pid as number;
}

/**
 * The lab wires its containers itself, so this engine gets no bridge and no rules: the host's routes, its netfilter and
 * its forwarding switch stay as they are.
 */
function daemonArguments(places: DaemonPlaces): string[] {
  return [
    "--bridge=none",
    "--iptables=false",
    "--ip-forward=false",
    "--ip-masq=false",
    `--host=unix://${places.socket}`,
    `--pidfile=${places.pidFile}`,
    ...(places.dataRoot ? [`--data-root=${places.dataRoot}`] : []),
    ...(places.execRoot ? [`--exec-root=${places.execRoot}`] : []),
    ...(places.containerd ? [`--containerd=${places.containerd}`] : []),
  ];
}

/** Whether the engine at this socket is one that a command of ours started. */
export function isOurDaemon(socketPath: string, places: DaemonPlaces): boolean {
  if (socketPath !== places.socket) return false;
  const pid = readText(places.markFile);
  return pid !== null && pid === readText(places.pidFile) && commandName(pid) === "dockerd";
}

/** dockerd refuses to start while its pid file names any living process, were it a stranger with a reused id. */
function forgetDeadDaemon(pidFile: string, command: string): void {
  const pid = readText(pidFile);
  if (pid !== null && commandName(pid) !== command) rmSync(pidFile, { force: true });
}

function commandName(pid: string): string | null {
  return readText(`/proc/${pid}/comm`);
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}

function tail(file: string): string {
  return lastLines(readText(file) ?? "(no log)", 10);
}
