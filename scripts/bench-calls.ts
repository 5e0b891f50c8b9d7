/**
 * Makes the calls of `thousand-relays` and prints what each costs, by process: CPU time to come to a call and to end it, and for
 * each second in which it is held, a message each way in it; memory while all are held. What calls cost while they are held is taken
 * out of the other two. All figures are of one run. A busy machine makes CPU time longer as well, by half and more, so compare
 * ratios. What routers do with packets the kernel does in the time of the process that sends them: no process of their own shows it.
 *
 *     node scripts/bench-calls.ts [CALLS] [CALLS_PER_SECOND] [SECONDS_HELD]
 */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { upLab } from "../lab/lab-up.ts";
import { execute } from "../lab/load/execute.ts";
import { makeCall } from "../lab/make-call.ts";
import type { RunEvent, SessionFinished } from "../lab/model/events.ts";
import type { NodeCounters } from "../lab/model/node-counters.ts";
import { testContext } from "../lab/test-lab.ts";
import thousandRelays from "../scenarios/thousand-relays.ts";

const [calls = 1_000, rate = 50, heldS = 10] = process.argv.slice(2).map(Number);
/** How long after the last one set out all are taken to be connected. */
const SETTLE_MS = 3_000;
const arrivalMs = (1_000 * calls) / rate;

const folder = mkdtempSync(join(tmpdir(), "turnlab-bench-"));
const log = join(folder, "run.jsonl");
const context = await testContext();
const sessions: SessionFinished[] = [];
// Written as a run writes them, which is part of what the harness spends.
const emit = (event: RunEvent) => {
  appendFileSync(log, `${JSON.stringify(event)}\n`);
  if (event.type === "session_finished") sessions.push(event);
};
const lab = await upLab("bench-calls", thousandRelays, { ...context, emit });

const NODES = ["offerer", "answerer", "turn", "near", "far", "core"] as const;
type Reading = Map<string, Pick<NodeCounters, "cpuMicroseconds" | "memoryBytes">>;
const latest: Reading = new Map();
await lab.fabric.sample(
  NODES.map((name) => ({ name, pid: lab.pids[name] ?? 0 })),
  100,
  (samples) => {
    for (const sample of samples) latest.set(sample.name, sample);
  },
);
/** Of the samples, the first that was taken after it was asked for. */
async function read(): Promise<Reading> {
  await sleep(250);
  const { user, system } = process.cpuUsage();
  return new Map(latest).set("harness", { cpuMicroseconds: user + system, memoryBytes: process.memoryUsage.rss() });
}

const traffic = { messageBytes: 100, messagesPerSecond: 1, durationMs: arrivalMs + SETTLE_MS + 1_000 * heldS + 1_000 };
const { signal } = context;
const call = {
  ...thousandRelays,
  traffic,
  offerer: { ...thousandRelays.peers.offerer, peer: "offerer" },
  answerer: { ...thousandRelays.peers.answerer, peer: "answerer" },
};
let session = 0;
const before = await read();
const load = execute(
  { executor: "constant-arrival-rate", rate, duration: `${arrivalMs}ms`, preAllocatedVUs: calls, gracefulStop: "10m" },
  async (vu, iteration, { dueAt }) => {
    session += 1;
    await makeCall(lab, call, { scenario: "bench-calls", vu, iteration, session }, { emit, signal, dueAt });
  },
  signal,
);
await sleep(arrivalMs + SETTLE_MS);
const connected = await read();
await sleep(1_000 * heldS);
const held = await read();
await load;
const ended = await read();
await lab.down();
rmSync(folder, { recursive: true });

const cpuMs = (name: string, from: Reading, to: Reading) =>
  ((to.get(name)?.cpuMicroseconds ?? Number.NaN) - (from.get(name)?.cpuMicroseconds ?? Number.NaN)) / 1_000;
const memoryKb = (name: string) =>
  ((connected.get(name)?.memoryBytes ?? Number.NaN) - (before.get(name)?.memoryBytes ?? Number.NaN)) / 1_024;
const column = (value: number, digits = 2) => value.toFixed(digits).padStart(16);
/** How long a call is held on average in the first phase and in the last one. */
const [heldBeforeS, heldAfterS] = [arrivalMs / 2_000 + SETTLE_MS / 1_000, arrivalMs / 2_000 + 1];
const row = (label: string, ...names: string[]) => {
  const sum = (of: (name: string) => number) => names.reduce((total, name) => total + of(name), 0) / calls;
  const hold = sum((name) => cpuMs(name, connected, held)) / heldS;
  const setup = sum((name) => cpuMs(name, before, connected)) - hold * heldBeforeS;
  const end = sum((name) => cpuMs(name, held, ended)) - hold * heldAfterS;
  console.log(label.padEnd(10) + column(setup) + column(hold) + column(end) + column(sum(memoryKb), 1));
};
const heads = ["CPU ms, set-up", "CPU ms/s, held", "CPU ms, end", "KiB, held"];
console.log("per call".padEnd(10) + heads.map((head) => head.padStart(16)).join(""));
for (const name of ["offerer", "answerer", "harness", "turn"]) row(name, name);
row("routers", "near", "far", "core");
const times = sessions.flatMap(({ timings }) => timings.connect_time ?? []).toSorted((a, b) => a - b);
const quantile = (q: number) => times[Math.ceil(q * times.length) - 1]?.toFixed(0) ?? "-";
const sum = (of: (one: SessionFinished) => number) => sessions.reduce((total, one) => total + of(one), 0);
const ends = ({ peers }: SessionFinished) => [peers.offerer, peers.answerer];
const sent = sum((one) => ends(one).reduce((total, { messagesSent }) => total + messagesSent, 0));
const received = sum((one) => ends(one).reduce((total, { messagesReceived }) => total + messagesReceived, 0));
console.log(
  `${times.length} of ${calls} connected, ${rate} a second set out: median ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms\n` +
    `${sent} messages sent, ${received} received, ${sent - received} lost, ${sum((one) => one.messagesSkipped)} skipped: the lab was busy`,
);
