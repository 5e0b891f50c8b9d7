import type { MachineCounters } from "../../model/node-counters.ts";
import type { ProcFiles } from "./proc-file.ts";

/** /proc/stat counts in hundredths of a second, whatever the kernel's own tick (time(7), USER_HZ). */
const TICK_MS = 10;

export function readMachine(files: ProcFiles): MachineCounters {
  const atMs = Number(process.hrtime.bigint()) / 1e6;
  return {
    atMs,
    cores: parseCores(files.text("/proc/stat")),
    backlogDrops: parseDrops(files.text("/proc/net/softnet_stat")),
  };
}

/** `cpu0 user nice system idle iowait irq softirq steal guest guest_nice`; waiting for a disk is being idle, too. */
export function parseCores(text: string): MachineCounters["cores"] {
  return [...text.matchAll(/^cpu\d+ (.*)$/gm)].map(([, values = ""]) => {
    const ticks = values.trim().split(/\s+/).map(Number);
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
    return {
      totalMs: (user + nice + system + idle + iowait + irq + softirq + steal) * TICK_MS,
      idleMs: (idle + iowait) * TICK_MS,
      softirqMs: softirq * TICK_MS,
    };
  });
}

/** A line for each core, in hexadecimal; its second number is what was dropped (net/core/net-procfs.c, softnet_seq_show). */
export function parseDrops(text: string): number {
  const drops = text
    .trim()
    .split("\n")
    .map((line) => Number.parseInt(line.split(/\s+/)[1] ?? "0", 16));
  return drops.reduce((sum, count) => sum + count, 0);
}
