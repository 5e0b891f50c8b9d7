import { existsSync } from "node:fs";
import type { Throttling } from "../../model/node-counters.ts";
import { ContainerTasks } from "./container-tasks.ts";
import { readMachine } from "./machine-counters.ts";
import { ProcFiles } from "./proc-file.ts";
import type { RawSample, Sampled, SampleTarget } from "./protocol.ts";
import { RelaySockets } from "./relay-sockets.ts";

/**
 * Reads the counters of nodes from outside, several times a second, with files opened once: a few microseconds per
 * sample. CPU and memory are the container's cgroup as its own mount shows it, so the same paths serve any engine;
 * network counters are its namespace's.
 */
export class Sampler {
  readonly #timer: NodeJS.Timeout;
  readonly #readers: Reader[];
  readonly #machine = new ProcFiles();
  readonly #take: () => void;

  constructor(targets: SampleTarget[], intervalMs: number, emit: (sampled: Sampled) => void) {
    this.#readers = targets.map((target) => new Reader(target));
    this.#take = () => {
      const samples = this.#readers.map((reader) => reader.read()).filter((sample) => sample !== null);
      if (samples.length > 0) emit({ samples, machine: readMachine(this.#machine) });
    };
    this.#take();
    this.#timer = setInterval(this.#take, intervalMs);
  }

  /** Takes the last sample. */
  stop(): void {
    clearInterval(this.#timer);
    this.#take();
    for (const reader of this.#readers) reader.close();
    this.#machine.close();
  }
}

class Reader {
  readonly #target: SampleTarget;
  readonly #files = new ProcFiles();
  readonly #cgroup: "v1" | "v2";
  readonly #relays: RelaySockets | null;
  readonly #tasks: ContainerTasks | null;
  #isTracking: boolean | undefined;

  constructor(target: SampleTarget) {
    this.#target = target;
    this.#cgroup = existsSync(this.#path("root/sys/fs/cgroup/cpu.stat")) ? "v2" : "v1";
    const files = { table: () => this.#text("net/udp"), summary: () => this.#text("net/sockstat") };
    this.#relays = target.relay ? new RelaySockets(target.relay, files) : null;
    const group = this.#path(this.#cgroup === "v2" ? "root/sys/fs/cgroup" : "root/sys/fs/cgroup/cpuacct");
    const lists = {
      processes: `${group}/cgroup.procs`,
      threads: `${group}/${this.#cgroup === "v2" ? "cgroup.threads" : "tasks"}`,
    };
    this.#tasks = target.isDetailed ? new ContainerTasks(this.#files, target.pid, lists) : null;
  }

  read(): RawSample | null {
    try {
      const device = this.#device();
      const tasks = this.#tasks;
      return {
        name: this.#target.name,
        atMs: Number(process.hrtime.bigint()) / 1e6,
        cpuMicroseconds: this.#cpu(),
        throttling: this.#throttling(),
        memoryBytes: this.#memory(),
        ...device,
        udpReceiveBufferErrors: this.#udpReceiveBufferErrors(),
        untrackedPackets: this.#untrackedPackets(),
        allocations: this.#relays?.count() ?? null,
        ...(tasks ? { threads: tasks.threads(), fileDescriptors: tasks.fileDescriptors() } : {}),
      };
    } catch {
      return null; // The node has ended; its last sample was the one before.
    }
  }

  close(): void {
    this.#files.close();
  }

  #path(name: string): string {
    return `/proc/${this.#target.pid}/${name}`;
  }

  #text(name: string): string {
    return this.#files.text(this.#path(name));
  }

  #cpu(): number {
    if (this.#cgroup === "v2") return field(this.#text("root/sys/fs/cgroup/cpu.stat"), "usage_usec");
    return Number(this.#text("root/sys/fs/cgroup/cpuacct/cpuacct.usage")) / 1000;
  }

  #throttling(): Throttling | null {
    const text = this.#text(this.#cgroup === "v2" ? "root/sys/fs/cgroup/cpu.stat" : "root/sys/fs/cgroup/cpu/cpu.stat");
    return parseThrottling(text);
  }

  /** What the kernel could not take back at once: usage less the inactive page cache. */
  #memory(): number {
    if (this.#cgroup === "v2") {
      const inactive = field(this.#text("root/sys/fs/cgroup/memory.stat"), "inactive_file");
      return Number(this.#text("root/sys/fs/cgroup/memory.current")) - inactive;
    }
    const inactive = field(this.#text("root/sys/fs/cgroup/memory/memory.stat"), "total_inactive_file");
    return Number(this.#text("root/sys/fs/cgroup/memory/memory.usage_in_bytes")) - inactive;
  }

  /** Sums every interface but loopback (proc(5), /proc/net/dev). */
  #device(): Pick<RawSample, "rxBytes" | "txBytes" | "rxPackets" | "txPackets"> {
    const sum = { rxBytes: 0, rxPackets: 0, txBytes: 0, txPackets: 0 };
    for (const line of this.#text("net/dev").split("\n").slice(2)) {
      const [name, counters] = line.split(":");
      if (!counters || name?.trim() === "lo") continue;
      const values = counters.trim().split(/\s+/).map(Number);
      sum.rxBytes += values[0] ?? 0;
      sum.rxPackets += values[1] ?? 0;
      sum.txBytes += values[8] ?? 0;
      sum.txPackets += values[9] ?? 0;
    }
    return sum;
  }

  #udpReceiveBufferErrors(): number {
    const [names, values] = this.#text("net/snmp")
      .split("\n")
      .filter((line) => line.startsWith("Udp:"));
    const index = names?.split(" ").indexOf("RcvbufErrors") ?? -1;
    return Number(values?.split(" ")[index] ?? 0);
  }

  /** A kernel without connection tracking has no such file. */
  #untrackedPackets(): number {
    const name = "net/stat/nf_conntrack";
    this.#isTracking ??= existsSync(this.#path(name));
    return this.#isTracking ? parseUntracked(this.#text(name)) : 0;
  }
}

/**
 * cpu.stat; a group without a quota has seen no period. v1 says nanoseconds where v2 says microseconds.
 */
export function parseThrottling(text: string): Throttling | null {
  const numberOf = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  const periods = numberOf("nr_periods");
  if (periods === 0) return null;
  return {
    periods,
    throttledPeriods: numberOf("nr_throttled"),
    throttledMicroseconds: numberOf("throttled_usec") + numberOf("throttled_time") / 1_000,
  };
}

/** A line for each core, in hexadecimal (net/netfilter/nf_conntrack_standalone.c). */
export function parseUntracked(text: string): number {
  const [names, ...cores] = text
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/));
  const columns = ["drop", "early_drop", "insert_failed"].map((name) => names?.indexOf(name) ?? -1);
  const counts = cores.flatMap((values) => columns.map((column) => Number.parseInt(values[column] ?? "0", 16)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function field(text: string, name: string): number {
  const match = new RegExp(`^${name} (\\d+)$`, "m").exec(text);
  if (!match) throw new Error(`no ${name}`);
  return Number(match[1]);
}
