import { closeSync, existsSync, openSync, readSync } from "node:fs";
import type { RawSample, SampleTarget } from "./protocol.ts";

/**
 * Reads the counters of nodes from outside, several times a second, with files opened once: a few microseconds per
 * sample. CPU and memory are the container's cgroup as its own mount shows it, so the same paths serve any engine;
 * network counters are its namespace's.
 */
export class Sampler {
  readonly #timer: NodeJS.Timeout;
  readonly #readers: Reader[];
  readonly #take: () => void;

  constructor(targets: SampleTarget[], intervalMs: number, emit: (samples: RawSample[]) => void) {
    this.#readers = targets.map((target) => new Reader(target));
    this.#take = () => {
      const samples = this.#readers.map((reader) => reader.read()).filter((sample) => sample !== null);
      if (samples.length > 0) emit(samples);
    };
    this.#take();
    this.#timer = setInterval(this.#take, intervalMs);
  }

  /** Takes the last sample. */
  stop(): void {
    clearInterval(this.#timer);
    this.#take();
    for (const reader of this.#readers) reader.close();
  }
}

/** /proc/net/udp has 128 bytes a socket, and a relay range 16,384 of them. */
const TABLE_BYTES = 4 << 20;

class Reader {
  readonly #target: SampleTarget;
  readonly #files = new Map<string, number>();
  readonly #buffer = Buffer.alloc(TABLE_BYTES);
  readonly #cgroup: "v1" | "v2";

  constructor(target: SampleTarget) {
    this.#target = target;
    this.#cgroup = existsSync(this.#path("root/sys/fs/cgroup/cpu.stat")) ? "v2" : "v1";
  }

  read(): RawSample | null {
    try {
      const device = this.#device();
      return {
        name: this.#target.name,
        atMs: Number(process.hrtime.bigint()) / 1e6,
        cpuMicroseconds: this.#cpu(),
        memoryBytes: this.#memory(),
        ...device,
        udpReceiveBufferErrors: this.#udpReceiveBufferErrors(),
        allocations: this.#target.relay ? countRelaySockets(this.#text("net/udp"), this.#target.relay) : null,
      };
    } catch {
      return null; // The node has ended; its last sample was the one before.
    }
  }

  close(): void {
    for (const fd of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #path(name: string): string {
    return `/proc/${this.#target.pid}/${name}`;
  }

  #text(name: string): string {
    let fd = this.#files.get(name);
    if (fd === undefined) {
      fd = openSync(this.#path(name), "r");
      this.#files.set(name, fd);
    }
    let length = 0;
    for (;;) {
      // /proc gives at most a page or so per read: go on until it is empty.
      const got = readSync(fd, this.#buffer, length, this.#buffer.length - length, length);
      if (got === 0) break;
      length += got;
    }
    return this.#buffer.toString("latin1", 0, length);
  }

  #cpu(): number {
    if (this.#cgroup === "v2") return field(this.#text("root/sys/fs/cgroup/cpu.stat"), "usage_usec");
    return Number(this.#text("root/sys/fs/cgroup/cpuacct/cpuacct.usage")) / 1000;
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
}

function field(text: string, name: string): number {
  const match = new RegExp(`^${name} (\\d+)$`, "m").exec(text);
  if (!match) throw new Error(`no ${name}`);
  return Number(match[1]);
}

/** Counts UDP sockets bound to the relay address and range (proc(5), /proc/net/udp: little-endian hex). */
export function countRelaySockets(udpTable: string, relay: NonNullable<SampleTarget["relay"]>): number {
  const address = relay.address
    .split(".")
    .reverse()
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  let count = 0;
  for (const line of udpTable.split("\n").slice(1)) {
    const local = line.trim().split(/\s+/)[1];
    if (!local?.startsWith(`${address}:`)) continue;
    const port = Number.parseInt(local.slice(9), 16);
    if (port >= relay.minPort && port <= relay.maxPort) count++;
  }
  return count;
}
