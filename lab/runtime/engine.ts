import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import Dockerode from "dockerode";
import type { EngineInfo } from "../model/events.ts";
import { canInstallPackages, installPackages } from "./apt.ts";
import { type EngineEndpoint, engineEndpoints } from "./engine-endpoints.ts";
import { DAEMON_PLACES, type DaemonPlaces, isOurDaemon, startDaemon } from "./engine-start.ts";
import { findProgram } from "./find-program.ts";
import { MissingError } from "./missing.ts";
import { withLock } from "./process-lock.ts";

export type Engine = {
  docker: Dockerode;
  info: EngineInfo;
  /** As in DOCKER_HOST: `unix:///var/run/docker.sock`. */
  socket: string;
  /** Started for the lab by this or a former command, without a network of its own. */
  startedByUs: boolean;
};

/**
 * `absent`: nothing there; `forbidden`: a socket we may not open; `silent`: it does not answer as an engine; `hung`: somebody has it
 * open, and does not answer in time.
 */
export type EngineFinding = EngineEndpoint & {
  problem: "absent" | "forbidden" | "silent" | "hung";
  detail: string;
  /** The id of its process, where a command of ours started it. */
  ourPid?: number;
};
export type EngineAbsent = { findings: EngineFinding[] };

const PING_TIMEOUT_MS = 5_000;
/** An engine answers within milliseconds, on a machine that is overloaded within seconds. One that hangs may still answer a ping. */
const INFO_TIMEOUT_MS = 30_000;
const START_LOCK_TIMEOUT_MS = 900_000;

/**
 * The engine that answers now, or what was found where one might. Changes nothing but DOCKER_HOST in this process, so
 * that testcontainers speaks to the same one.
 */
export async function findEngine(
  endpoints: readonly EngineEndpoint[] = engineEndpoints(),
  places: DaemonPlaces = DAEMON_PLACES,
): Promise<Engine | EngineAbsent> {
  const findings: EngineFinding[] = [];
  for (const endpoint of endpoints) {
    const tried = await tryEndpoint(endpoint, places);
    if (!("problem" in tried)) {
      Object.assign(process.env, environmentOf(endpoint));
      return tried;
    }
    findings.push(tried);
  }
  return { findings };
}

/**
 * The engine that answers, else one installed and started for the lab where we are root on Debian or Ubuntu.
 * Throws MissingError with the commands otherwise.
 */
export async function ensureEngine(
  say: (line: string) => void,
  endpoints: readonly EngineEndpoint[] = engineEndpoints(),
  places: DaemonPlaces = DAEMON_PLACES,
): Promise<Engine> {
  const first = await findEngine(endpoints, places);
  if ("docker" in first) return first;
  const hopeless = whyNotOurs(first);
  if (hopeless) throw hopeless;
  const onWait = (pid: number) => say(`waiting for process ${pid}, which is starting a Docker engine`);
  // One engine for the machine, so one lock for the machine, whichever checkout asks.
  const folder = dirname(places.pidFile);
  const lock = { folder, name: "turnlab-engine", onWait, timeoutMs: START_LOCK_TIMEOUT_MS };
  return withLock(lock, async () => {
    const before = await findEngine(endpoints, places);
    if ("docker" in before) return before;
    if (findProgram("dockerd") === null) {
      await installPackages(["docker.io"], say);
      // Where systemd runs, the package has started its own service.
      const installed = await findEngine(endpoints, places);
      if ("docker" in installed) return installed;
    }
    say("starting a Docker engine");
    await startDaemon(findProgram("dockerd") ?? "dockerd", (socketPath) => isAnswering(socketPath, places), places);
    const started = await findEngine(endpoints, places);
    if ("docker" in started) return started;
    throw new Error(`the engine started, and then did not answer: ${describeFindings(started)}`);
  });
}

/** Why we cannot or must not start an engine ourselves; null when we can. */
export function whyNotOurs({ findings }: EngineAbsent): MissingError | null {
  const forbidden = findings.find(({ problem }) => problem === "forbidden");
  if (forbidden) {
    return new MissingError(
      `A Docker engine is there, but you may not use it (${forbidden.detail}): you are not in the docker group.`,
      [`sudo usermod -aG docker ${userInfo().username}`, "newgrp docker   # or log in again"],
    );
  }
  const hung = findings.find(({ problem }) => problem === "hung");
  if (hung) {
    return new MissingError(
      `A Docker engine is there, and hangs (${hung.detail}). Restart it, or look into its log:`,
      hung.ourPid === undefined
        ? ["sudo systemctl restart docker", "journalctl -u docker --since -10min"]
        : [`kill -9 ${hung.ourPid}   # the next command starts another`, `less ${DAEMON_PLACES.logFile}`],
    );
  }
  const chosen = findings.find((finding) => finding.chosen);
  if (chosen) {
    const unset = chosen.source === "DOCKER_HOST" ? "unset DOCKER_HOST" : "docker context use default";
    return new MissingError(`${chosen.source} names an engine that does not answer (${chosen.detail}). Start it, or:`, [
      unset,
    ]);
  }
  if (process.platform !== "linux") {
    return new MissingError("No Docker engine answers. Start Docker Desktop, or any other engine, for example:", [
      "brew install colima docker && colima start",
    ]);
  }
  if (process.getuid?.() === 0 && (findProgram("dockerd") !== null || canInstallPackages())) return null;
  if (findProgram("dockerd") !== null && existsSync("/run/systemd/system")) {
    return new MissingError("The Docker engine does not run.", ["sudo systemctl start docker"]);
  }
  if (findProgram("apt-get") !== null) {
    return new MissingError("No Docker engine is installed.", [
      "sudo apt-get install docker.io",
      `sudo usermod -aG docker ${userInfo().username}   # then log in again`,
    ]);
  }
  return new MissingError("No Docker engine answers. Install one; for this system see:", [
    "https://docs.docker.com/engine/install/",
  ]);
}

/** One line of all places and what was wrong with each. */
export function describeFindings({ findings }: EngineAbsent): string {
  return findings.map(({ source, detail }) => `${source}: ${detail}`).join("; ");
}

async function isAnswering(socketPath: string, places: DaemonPlaces): Promise<boolean> {
  const endpoint = { source: "new engine", host: `unix://${socketPath}`, chosen: false };
  return !("problem" in (await tryEndpoint(endpoint, places)));
}

async function tryEndpoint(endpoint: EngineEndpoint, places: DaemonPlaces): Promise<Engine | EngineFinding> {
  const path = endpoint.host.startsWith("unix://") ? endpoint.host.slice("unix://".length) : null;
  const found = (problem: EngineFinding["problem"], detail: string): EngineFinding => ({
    ...endpoint,
    problem,
    detail,
    ...(isOurDaemon(path ?? "", places) ? { ourPid: Number(readFileSync(places.pidFile, "utf8")) } : {}),
  });
  if (endpoint.host === "") return found("absent", "no such context");
  if (path !== null && !existsSync(path)) return found("absent", `no ${path}`);
  const limit = AbortSignal.timeout(PING_TIMEOUT_MS);
  try {
    const docker = dockerodeFor(endpoint);
    await (docker as unknown as AbortablePing).ping({ abortSignal: limit });
    const facts = await within(INFO_TIMEOUT_MS, Promise.all([docker.info(), docker.version()]));
    if (facts === null)
      return found(
        "hung",
        `it answers a ping, and not within ${INFO_TIMEOUT_MS / 1000} s what it is, at ${endpoint.host}`,
      );
    const [info, version] = facts;
    const socket = endpoint.host;
    return { docker, info: engineInfo(info, version.ApiVersion), socket, startedByUs: isOurDaemon(path ?? "", places) };
  } catch (error) {
    if (limit.aborted) return found("hung", `no answer within ${PING_TIMEOUT_MS / 1000} s at ${endpoint.host}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") return found("forbidden", `${path ?? endpoint.host}: permission denied`);
    return found(code === "ENOENT" ? "absent" : "silent", message || String(code));
  }
}

/** Null where it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** In dockerode, and not in its types. */
type AbortablePing = { ping(options: { abortSignal: AbortSignal }): Promise<unknown> };

/** docker-modem knows every form of DOCKER_HOST, but only from the environment. */
function dockerodeFor(endpoint: EngineEndpoint): Dockerode {
  const wanted = environmentOf(endpoint);
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, wanted);
  try {
    return new Dockerode();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function environmentOf({ host, certPath }: EngineEndpoint): Record<string, string> {
  return certPath ? { DOCKER_HOST: host, DOCKER_CERT_PATH: certPath, DOCKER_TLS_VERIFY: "1" } : { DOCKER_HOST: host };
}

type InfoReply = {
  ServerVersion?: string;
  KernelVersion?: string;
  OperatingSystem?: string;
  Architecture?: string;
  CgroupVersion?: string;
  NCPU?: number;
  MemTotal?: number;
};

function engineInfo(info: InfoReply, apiVersion: string): EngineInfo {
  return {
    version: info.ServerVersion ?? "unknown",
    apiVersion,
    kernel: info.KernelVersion ?? "unknown",
    os: info.OperatingSystem ?? "unknown",
    architecture: info.Architecture ?? "unknown",
    // Absent before API 1.41, when there was only one.
    cgroupVersion: info.CgroupVersion ?? "1",
    cpus: info.NCPU ?? 0,
    memoryBytes: info.MemTotal ?? 0,
  };
}
