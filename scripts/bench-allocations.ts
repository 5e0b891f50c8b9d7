/**
 * Ten thousand allocations held by one generator, beside a bare loop of Allocates over one socket, against the same coturn in the same lab, in
 * turn. Prints how many a second are allocated on the way there, the medians of the rounds' ratios, and what each takes of the generator's
 * memory and CPU. Takes about a minute and a half.
 *
 *     node scripts/bench-allocations.ts [ROUNDS] [ALLOCATIONS] [PER_SECOND]
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { testContext } from "../lab/test-lab.ts";
import { upTurnLoad } from "../lab/test-turn-load.ts";
import type { GeneratorMeasure } from "../lab/turn-load/protocol.ts";

/** `perSecond`: how fast they set out. As fast as they can, they would overflow the server's one socket and wait for repetitions. */
const [rounds = 3, allocations = 10_000, perSecond = 6_000] = process.argv.slice(2).map(Number);
const BARE_SECONDS = 4;
const AT_ONCE = 64;
/** That nobody gives up on while a busy machine is slow. */
const TIMEOUT_MS = 30_000;
const GIVE_UP_MS = 120_000;

const load = await upTurnLoad("bench-allocations", await testContext(), { workers: 1 });
await using _lab = load;
const { lab, generator } = load;
const target = load.targetOver("udp");
const files = await lab.fabric.exec(["sh", "-c", `grep "open files" /proc/${lab.pids.turn}/limits`]);
process.stderr.write(`the server: ${files.trim()}\n`);

type Held = { perSecond: number; bytesEach: number; cpuMicros: number };
type Bare = { perSecond: number; cpuMicros: number };
const measured: { held: Held; bare: Bare }[] = [];
for (let round = 1; round <= rounds; round += 1) {
  // What is compared is measured at nearly the same time, and each as often first as last.
  const bareFirst = round % 2 === 0 ? await runBare() : null;
  const held = await hold();
  const bare = bareFirst ?? (await runBare());
  measured.push({ held, bare });
  process.stderr.write(
    `round ${round}: generator ${held.perSecond.toFixed(0)}/s, ${(held.bytesEach / 1024).toFixed(1)} KiB and ` +
      `${held.cpuMicros.toFixed(0)} µs each; bare loop ${bare.perSecond.toFixed(0)}/s, ${bare.cpuMicros.toFixed(0)} µs each\n`,
  );
}
const of = (what: (round: { held: Held; bare: Bare }) => number) => median(measured.map(what));
const ratios = measured.map(({ held, bare }) => held.perSecond / bare.perSecond);
console.log(`${allocations} allocations held, medians of ${rounds} rounds`);
console.log(`allocations a second on the way    ${of(({ held }) => held.perSecond).toFixed(0)}`);
console.log(`bare loop over one socket, pairs/s  ${of(({ bare }) => bare.perSecond).toFixed(0)}`);
console.log(
  `ratio generator/bare                ${median(ratios).toFixed(2)} (min ${Math.min(...ratios).toFixed(2)}, max ${Math.max(...ratios).toFixed(2)})`,
);
console.log(`CPU of the generator, each          ${of(({ held }) => held.cpuMicros).toFixed(0)} µs`);
console.log(`CPU of the bare loop, each          ${of(({ bare }) => bare.cpuMicros).toFixed(0)} µs`);
console.log(
  `memory of the generator, each       ${((measured[0]?.held.bytesEach ?? Number.NaN) / 1024).toFixed(1)} KiB`,
);

/**
 * From the first that sets out until the last is held. Memory: what the process has grown by meanwhile, which only in its first
 * round it has not had already.
 */
async function hold(): Promise<Held> {
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
  generator.hold(allocations, perSecond);
  await Promise.race([all, sleep(GIVE_UP_MS, undefined, { ref: false })]);
  const end = measures.at(-1);
  await sleep(1_000);
  const settled = measures.at(-1);
  const onTheWay = measures.filter(({ atMs }) => before && end && atMs > before.atMs && atMs <= end.atMs);
  generator.stop();
  await running;
  // coturn keeps a port for a second after it was given back.
  await sleep(1_500);
  const started = onTheWay.findIndex(({ started }) => started > 0);
  const working = onTheWay.slice(Math.max(0, started));
  const totalMs = working.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const cpuMs = working.reduce((sum, { cpuPercent, durationMs }) => sum + (cpuPercent / 100) * durationMs, 0);
  const held = end?.held ?? 0;
  if (held < allocations)
    process.stderr.write(`only ${held} held: ${JSON.stringify(measures.map(({ failed }) => failed))}\n`);
  return {
    perSecond: (1_000 * held) / totalMs,
    bytesEach: ((settled?.memoryBytes ?? 0) - (before?.memoryBytes ?? 0)) / held,
    cpuMicros: (1_000 * cpuMs) / held,
  };
}

async function runBare(): Promise<Bare> {
  const file = fileURLToPath(new URL("bench-bare-loop.ts", import.meta.url));
  const { address, port, username, password } = target;
  const said = await lab.fabric.exec(
    ["node", "--input-type=module", "-", address, port, username, password, BARE_SECONDS, AT_ONCE].map(String),
    { stdin: stripTypeScriptTypes(readFileSync(file, "utf8")), netns: lab.pids.generator },
  );
  // Its socket's allocation is the server's until its lifetime ends; it is one.
  return JSON.parse(said) as Bare;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
