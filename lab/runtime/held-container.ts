import { existsSync } from "node:fs";
import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { GenericContainer, type WaitStrategy } from "testcontainers";
import { tarOf } from "./archive.ts";
import { AttachedLine } from "./attached-line.ts";
import { prepareTestcontainers } from "./testcontainers.ts";
import { ignoreGone, whenRemoved } from "./when-removed.ts";

/** What a lab container is made of. Files enter by archive copy, never by bind mount. */
export type HeldSpec = {
  image: string;
  /** Unique inside one lab; labels and error messages carry it. */
  name: string;
  labels: Record<string, string>;
  /** Instead of the image's own; the image's command is then not used either. */
  entrypoint?: string[];
  command?: string[];
  env?: Record<string, string>;
  /** Tar archives unpacked at `/`. */
  archives?: Buffer[];
  capabilities?: string[];
  sysctls?: Record<string, string>;
  /** Device nodes of the engine's machine, such as /dev/net/tun; where it has none, the start fails. */
  devices?: string[];
  /** Resolvers of the container. Default: none. */
  dns?: string[];
  limits?: HeldLimits;
  /** Size of /dev/shm, of which only what is used is taken. Default: the engine's 64 MiB. */
  shmBytes?: number;
  /** `--pid=host`, the capabilities and profiles that a fabric needs to reach other namespaces. */
  fabric?: boolean;
  /** First message on the line; an init that gets none within 5 s ends. Default `{"type":"hello"}`. */
  greeting?: object;
};

/**
 * IPv6 is off unless a node asks for it, as on the engine's own `none` network: else it would have link-local addresses. A kernel without
 * any (ipv6.disable=1) has no such switch either; whether the engine's is one is read off this machine's, which it mostly is.
 */
const IPV6_OFF: Record<string, string> =
  process.platform === "linux" && !existsSync("/proc/sys/net/ipv6")
    ? {}
    : { "net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1" };

const DNS_OPTIONS = ["timeout:1", "attempts:2"];

/** What a container may use. */
export type HeldLimits = {
  /** Cores. */
  cpus?: number;
  memoryBytes?: number;
  /** RLIMIT_NOFILE, soft and hard. */
  fileDescriptors?: number;
};

/**
 * Of the CPU quota. The engine's own (NanoCpus) is 100 ms: who has used up a small share waits up to that long, which looks like
 * a slow network and not like a slow machine.
 */
const QUOTA_PERIOD_US = 10_000;
/** The kernel takes none below (sched/core.c, min_cfs_quota_period). */
const MIN_QUOTA_US = 1_000;

export type StartedHeld = AsyncDisposable & {
  id: string;
  name: string;
  /** The init's process id as the engine's machine counts it. */
  pid: number;
  line: AttachedLine;
  /** When the engine was told to start it, on the clock of `performance.now()`. */
  startedAtMs: number;
  /** Ends the line, and with it the container; resolves when the engine has removed it. */
  end(): Promise<void>;
};

/**
 * A container that lives only while its stdin is held: attached before it starts, removed by the engine when it ends.
 * Kill the harness and the engine closes the stream (StdinOnce), the init ends, the container is gone.
 */
class HeldContainer extends GenericContainer {
  line: AttachedLine | undefined;
  createdId: string | undefined;
  startedAtMs = Number.NaN;
  readonly #docker: Dockerode;
  readonly #spec: HeldSpec;

  constructor(docker: Dockerode, spec: HeldSpec) {
    super(spec.image);
    this.#docker = docker;
    this.#spec = spec;
    Object.assign(this.createOpts, {
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      Hostname: spec.name,
      // A namespace that the engine's network library knows nothing of. A container on its `none` network costs twice the time to
      // start, and engines before 23 may hang for good when two of them end at once (github.com/moby/moby/pull/42545).
      NetworkDisabled: true,
      // A foreign image may have one, which would run programs beside its server.
      Healthcheck: { Test: ["NONE"] },
      ...(spec.entrypoint ? { Entrypoint: spec.entrypoint } : {}),
      ...(spec.command ? { Cmd: spec.command } : {}),
    });
    Object.assign(this.hostConfig, {
      AutoRemove: true,
      NetworkMode: "none",
      LogConfig: { Type: "none", Config: {} },
      Sysctls: { ...IPV6_OFF, ...spec.sysctls },
      ...(spec.devices
        ? {
            Devices: spec.devices.map((path) => ({
              PathOnHost: path,
              PathInContainer: path,
              CgroupPermissions: "rwm",
            })),
          }
        : {}),
      ...limitsOf(spec.limits),
      ...(spec.shmBytes ? { ShmSize: spec.shmBytes } : {}),
      ...(spec.dns ? { Dns: spec.dns, DnsOptions: DNS_OPTIONS } : {}),
      ...(spec.fabric
        ? {
            PidMode: "host",
            UsernsMode: "host",
            // SYS_NICE: delay lines go before everything else, or a busy machine would make wires slower than asked.
            CapAdd: ["NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_NICE", "SYS_PTRACE"],
            SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
          }
        : {}),
    });
    this.withNetworkMode("none").withLabels(spec.labels).withAutoCleanup(false).withWaitStrategy(NOTHING_TO_WAIT_FOR);
    if (spec.env) this.withEnvironment(spec.env);
    if (spec.capabilities) this.withAddedCapabilities(...spec.capabilities);
  }

  /** Tar archives unpacked at `/` before it starts. */
  withArchives(archives: readonly Buffer[]): this {
    return this.withCopyArchivesToContainer(archives.map((tar) => ({ tar: Readable.from([tar]), target: "/" })));
  }

  /** testcontainers calls this between create and start: the line is held before the init can look for it. */
  protected override async containerCreated(containerId: string): Promise<void> {
    this.createdId = containerId;
    const stream = await this.#docker
      .getContainer(containerId)
      .attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    this.line = new AttachedLine(this.#spec.name, stream);
    this.startedAtMs = performance.now();
  }
}

/** What the engine writes where it makes the network itself; an engine that does so nevertheless mounts its own over them. */
function nameFiles(dns: readonly string[]): Promise<Buffer> {
  const resolvers = dns.map((address) => `nameserver ${address}\n`).join("");
  return tarOf([
    { path: "/etc/hosts", content: "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n" },
    { path: "/etc/resolv.conf", content: `${resolvers}options ${DNS_OPTIONS.join(" ")}\n` },
  ]);
}

function limitsOf({ cpus, memoryBytes, fileDescriptors }: HeldLimits = {}): Dockerode.HostConfig {
  return {
    ...(cpus === undefined
      ? {}
      : { CpuPeriod: QUOTA_PERIOD_US, CpuQuota: Math.max(MIN_QUOTA_US, Math.round(cpus * QUOTA_PERIOD_US)) }),
    // The sum of memory and swap: none of the latter.
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(fileDescriptors === undefined
      ? {}
      : { Ulimits: [{ Name: "nofile", Soft: fileDescriptors, Hard: fileDescriptors }] }),
  };
}

/** Readiness is each node's own first message on its line, not a strategy from outside. */
const NOTHING_TO_WAIT_FOR: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => NOTHING_TO_WAIT_FOR,
  isStartupTimeoutSet: () => false,
  getStartupTimeout: () => 0,
};

/** Creates, attaches and starts a container. When any step fails, what was created is removed before the error leaves. */
export async function startHeld(docker: Dockerode, spec: HeldSpec): Promise<StartedHeld> {
  await prepareTestcontainers();
  const archives = [await nameFiles(spec.dns ?? []), ...(spec.archives ?? [])];
  const container = new HeldContainer(docker, spec).withArchives(archives);
  const started = await container.start().catch(async (error: unknown) => {
    if (container.createdId)
      await docker.getContainer(container.createdId).remove({ force: true, v: true }).catch(ignoreGone);
    throw error;
  });
  const handle = docker.getContainer(started.getId());
  const { line } = container;
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ending ??= (async () => {
      const removed = whenRemoved(handle);
      line?.close();
      const stubborn = setTimeout(() => void handle.kill().catch(ignoreGone), STUBBORN_MS);
      await removed;
      clearTimeout(stubborn);
    })();
    return ending;
  };
  try {
    if (!line) throw new Error(`${spec.name}: started without being attached`);
    line.send(spec.greeting ?? { type: "hello" });
    const { State } = await inspectState(handle);
    const { startedAtMs } = container;
    return { id: started.getId(), name: spec.name, pid: State.Pid, line, startedAtMs, end, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** How long an init may take to end with its line before it is killed. */
const STUBBORN_MS = 2_000;
async function inspectState(handle: Dockerode.Container): Promise<{ State: { Pid: number } }> {
  const found = await handle.inspect().catch(ignoreGone);
  if (!found?.State.Pid) throw new Error("the container ended as soon as it started");
  return found;
}
