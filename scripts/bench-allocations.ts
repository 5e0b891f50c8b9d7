/**
 * Ten thousand allocations held by one generator, beside two bare loops of Allocates (bench-bare-loop.ts), against the same coturn in the same
 * lab, in turn. Prints how many a second are allocated on the way there, the medians of the rounds' ratios, and what each takes of
 * the generator's memory and CPU. Takes about a minute.
 *
 *     node scripts/bench-allocations.ts [ROUNDS] [ALLOCATIONS] [SHARE] [shared|minted]
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { kernelMs } from "../lab/peer/kernel-clock.ts";
import { testContext } from "../lab/test-lab.ts";
import { upTurnLoad } from "../lab/test-turn-load.ts";
import type { GeneratorMeasure } from "../lab/turn-load/protocol.ts";

/**
 * `share`: how fast they set out, whatever becomes of those before, of the rate that the bare loop over one socket has just made; the bare loops
 * begin one where one ends. Where it is more than the server takes, its socket overflows, and what is lost waits half a second for its
 * repetition.
 */
const [rounds = 3, allocations = 10_000, share = 0.65] = process.argv.slice(2, 5).map(Number);
/** Whether all clients present one credential, or one is minted for each. */
const isMinted = process.argv[5] === "minted";
const BARE_SECONDS = 3;
const AT_ONCE = 64;
/** That nobody gives up on while a busy machine is slow. */
const TIMEOUT_MS = 30_000;
const GIVE_UP_MS = 120_000;
/** coturn keeps a port for a second after it was given back. */
const KEPT_MS = 1_500;

const load = await upTurnLoad("bench-allocations", await testContext(), {
  workers: 1,
  server: isMinted ? { secrets: ["of a benchmark"] } : {},
});
await using _lab = load;
const { lab, generator } = load;
const target = load.targetOf("turn", "udp");
const files = await lab.fabric.exec(["sh", "-c", `grep "open files" /proc/${lab.pids.turn}/limits`]);
process.stderr.write(`the server: ${files.trim()}\n`);

/**
 * From the first that set out: `perSecond` until nine of ten are held, because the last wait for repetitions of what a full buffer
 * has lost, and the bare loop has no last; `allMs` until all are.
 */
type Held = { perSecond: number; allMs: number; bytesEach: number; cpuMicros: number };
type Bare = { perSecond: number; cpuMicros: number };
type Round = { held: Held; each: Bare; one: Bare };
const measured: Round[] = [];
for (let round = 1; round <= rounds; round += 1) {
  // What is compared is measured at nearly the same time, and each as often first as last.
  const one = await runBare("one", BARE_SECONDS);
  const perSecond = share * one.perSecond;
  const early = round % 2 === 0 ? null : await hold(perSecond);
  const each = await runBare("each", allocations);
  const result = { held: early ?? (await hold(perSecond)), each, one };
  measured.push(result);
  process.stderr.write(
    `round ${round}: generator ${tell(result.held)} of ${perSecond.toFixed(0)} asked for, all in ${result.held.allMs.toFixed(0)} ms; ` +
      `bare, a socket each ${tell(result.each)}; over one socket ${tell(one)}\n`,
  );
}
const of = (what: (round: Round) => number) => median(measured.map(what));
console.log(
  `${allocations} allocations held, ${isMinted ? "each another user's" : "all one user's"}, setting out at ${share} of the last line's rate; medians of ${rounds} rounds`,
);
console.log(`${"".padEnd(28)}a second   µs of CPU each   generator : this`);
for (const [name, who] of [
  ["generator", "held"],
  ["bare loop, a socket each", "each"],
  ["bare loop over one socket *", "one"],
] as const) {
  const ratios = measured.map((round) => round.held.perSecond / round[who].perSecond);
  const range = `${median(ratios).toFixed(2)} (min ${Math.min(...ratios).toFixed(2)}, max ${Math.max(...ratios).toFixed(2)})`;
  console.log(
    name.padEnd(28) +
      of((round) => round[who].perSecond)
        .toFixed(0)
        .padEnd(11) +
      of((round) => round[who].cpuMicros)
        .toFixed(0)
        .padEnd(17) +
      (who === "held" ? "" : range),
  );
}
console.log(`all of them held after ${of(({ held }) => held.allMs).toFixed(0)} ms`);
console.log(`memory of the generator, each: ${((measured[0]?.held.bytesEach ?? Number.NaN) / 1024).toFixed(1)} KiB`);
console.log("* authenticated as they are, but one socket has one allocation: the server opens no relay for them");

/**
 * From the first that sets out until the last is held. Memory: what the process has grown by meanwhile, which only in its first
 * round it has not had already.
 */
async function hold(perSecond: number): Promise<Held> {
  const measures: GeneratorMeasure[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const running = generator.run({
    spec: { server: "turn", over: "udp", relayTo: "none", holdMs: 0, timeoutMs: TIMEOUT_MS },
    target,
    load: null,
    onMeasure: (measure) => {
      measures.push(measure);
      if (measure.held + failures() >= allocations) resolve();
    },
  });
  const failures = () => measures.flatMap(({ failed }) => Object.values(failed)).reduce((sum, count) => sum + count, 0);
  await sleep(1_000);
  const before = measures.at(-1);
  const startedAtMs = kernelMs();
  generator.hold(allocations, perSecond);
  await Promise.race([all, sleep(GIVE_UP_MS, undefined, { ref: false })]);
  const end = measures.at(-1);
  await sleep(1_000);
  const settled = measures.at(-1);
  const onTheWay = measures.filter(({ atMs }) => before && end && atMs > before.atMs && atMs <= end.atMs);
  generator.stop();
  await running;
  await sleep(KEPT_MS);
  const held = end?.held ?? 0;
  if (held < allocations)
    process.stderr.write(`only ${held} held: ${JSON.stringify(measures.map(({ failed }) => failed))}\n`);
  const working = onTheWay.filter(({ started, allocated }) => started > 0 || allocated > 0);
  const cpuMs = working.reduce((sum, { cpuPercent, durationMs }) => sum + (cpuPercent / 100) * durationMs, 0);
  return {
    perSecond: (1_000 * 0.9 * held) / (whenHeld(working, 0.9 * held) - startedAtMs),
    allMs: (end?.atMs ?? Number.NaN) - startedAtMs,
    bytesEach: ((settled?.memoryBytes ?? 0) - (before?.memoryBytes ?? 0)) / held,
    cpuMicros: (1_000 * cpuMs) / held,
  };
}

/** When so many were held, on a straight line within the stretch in which that was. */
function whenHeld(measures: readonly GeneratorMeasure[], count: number): number {
  let before = 0;
  for (const { held, atMs, durationMs } of measures) {
    if (held >= count) return atMs - (durationMs * (held - count)) / Math.max(1, held - before);
    before = held;
  }
  return Number.NaN;
}

async function runBare(way: "one" | "each", much: number): Promise<Bare> {
  const file = fileURLToPath(new URL("bench-bare-loop.ts", import.meta.url));
  const { address, port } = target;
  const { username, password } = lab.secrets.credentialFor("turn", "bare");
  const said = await lab.fabric.exec(
    ["node", "--input-type=module", "-", address, port, username, password, way, much, AT_ONCE].map(String),
    { stdin: stripTypeScriptTypes(readFileSync(file, "utf8")), netns: lab.pids.clients },
  );
  await sleep(KEPT_MS);
  return JSON.parse(said) as Bare;
}

function tell({ perSecond, cpuMicros }: Bare): string {
  return `${perSecond.toFixed(0)}/s at ${cpuMicros.toFixed(0)} µs`;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
