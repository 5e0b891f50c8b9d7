/**
 * Relayed packets per CPU-second of the generator of allocations, and of coturn's own turnutils_uclient: the same clients, packets, rate,
 * wires, server and far peer, in turn. A packet goes to the far peer and comes back. Prints medians and the median of the rounds'
 * ratios, and where the CPU went. Takes about a minute and a half.
 *
 *     node scripts/bench-relay.ts [ROUNDS] [CLIENTS] [PACKETS_PER_SECOND_EACH] [BYTES]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { testContext } from "../lab/test-lab.ts";
import { runToEnd, upTurnLoad } from "../lab/test-turn-load.ts";

const [rounds = 5, clients = 50, packetsPerSecond = 100, packetBytes = 100] = process.argv.slice(2).map(Number);
const SECONDS = 8;
/** Of /proc/PID/stat (USER_HZ). */
const TICKS_PER_SECOND = 100;

type Cost = { packets: number; lost: number; skipped: number; userSeconds: number; systemSeconds: number };

await using load = await upTurnLoad("bench-relay", await testContext(), { workers: 1 });
const { lab, generator } = load;
const target = load.targetOf("turn", "udp");
const generatorPid = lab.pids.clients ?? 0;

const measured: { ours: Cost; theirs: Cost }[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const ours = await byGenerator();
  const theirs = await byUclient();
  if (round === 0) continue; // The first of each warms caches.
  measured.push({ ours, theirs });
  process.stderr.write(`round ${round}: generator ${tell(ours)}; uclient ${tell(theirs)}\n`);
}
const of = (who: "ours" | "theirs", what: (cost: Cost) => number) => median(measured.map((round) => what(round[who])));
const micros = (seconds: (cost: Cost) => number) => (cost: Cost) => (1e6 * seconds(cost)) / cost.packets;
console.log(
  `${clients} clients, ${packetsPerSecond} packets of ${packetBytes} bytes a second each, ${SECONDS} s; medians of ${rounds} rounds`,
);
console.log(
  `${"".padEnd(12)}${"round trips per CPU-second".padEnd(28)}${"µs user".padEnd(10)}${"µs system".padEnd(12)}lost   skipped`,
);
for (const [name, who] of [
  ["generator", "ours"],
  ["uclient", "theirs"],
] as const) {
  console.log(
    name.padEnd(12) +
      of(who, rate).toFixed(0).padEnd(28) +
      of(
        who,
        micros((cost) => cost.userSeconds),
      )
        .toFixed(1)
        .padEnd(10) +
      of(
        who,
        micros((cost) => cost.systemSeconds),
      )
        .toFixed(1)
        .padEnd(12) +
      `${of(who, (cost) => cost.lost)}`.padEnd(7) +
      `${of(who, (cost) => cost.skipped)}`,
  );
}
const ratios = measured.map(({ ours, theirs }) => rate(ours) / rate(theirs));
console.log(
  `ratio generator/uclient, median of rounds: ${median(ratios).toFixed(2)} (min ${Math.min(...ratios).toFixed(2)}, max ${Math.max(...ratios).toFixed(2)})`,
);

async function byGenerator(): Promise<Cost> {
  const before = await cpuOf(generatorPid);
  const { sum } = await runToEnd(generator, {
    spec: {
      server: "turn",
      over: "udp",
      relayTo: "peer",
      traffic: [{ packetBytes, packetsPerSecond }],
      holdMs: SECONDS * 1_000,
    },
    target,
    load: { executor: "per-vu-iterations", vus: clients, iterations: 1 },
  });
  const after = await cpuOf(generatorPid);
  return {
    packets: sum("packetsReceived"),
    lost: sum("packetsLost"),
    skipped: sum("packetsSkipped"),
    userSeconds: after.user - before.user,
    systemSeconds: after.system - before.system,
  };
}

/** In the generator's network namespace, out of the server's files: it is in Debian's package of coturn. */
async function byUclient(): Promise<Cost> {
  // coturn keeps a port for a second after it was given back.
  await sleep(1_500);
  const { address, port, farPeer } = target;
  const { username, password } = lab.secrets.credentialFor("turn", "uclient");
  const words = ["-c", "-u", username, "-w", password, "-m", clients, "-n", packetsPerSecond * SECONDS];
  const where = ["-l", packetBytes, "-z", 1_000 / packetsPerSecond, "-e", farPeer?.address, "-r", farPeer?.port];
  const command = ["turnutils_uclient", ...words, ...where, "-p", port, address].join(" ");
  const said = await lab.fabric.exec([
    "nsenter",
    `--mount=/proc/${lab.pids.turn}/ns/mnt`,
    `--net=/proc/${generatorPid}/ns/net`,
    "sh",
    "-c",
    `${command} 2>&1; times`,
  ]);
  const total = /tot_send_msgs=(\d+), tot_recv_msgs=(\d+)\n/g;
  const [, sent = "0", received = "0"] = [...said.matchAll(total)].at(-1) ?? [];
  // The last line of `times`: user and system of the shell's children, as 0m1.230000s.
  const children = [
    ...(said
      .trim()
      .split("\n")
      .at(-1)
      ?.matchAll(/(\d+)m([\d.]+)s/g) ?? []),
  ];
  const [userSeconds = Number.NaN, systemSeconds = Number.NaN] = children.map(
    ([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds),
  );
  if (Number(received) === 0) throw new Error(`turnutils_uclient relayed nothing: ${said}`);
  return { packets: Number(received), lost: Number(sent) - Number(received), skipped: 0, userSeconds, systemSeconds };
}

async function cpuOf(pid: number): Promise<{ user: number; system: number }> {
  const stat = await lab.fabric.exec(["cat", `/proc/${pid}/stat`]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { user: Number(fields[11]) / TICKS_PER_SECOND, system: Number(fields[12]) / TICKS_PER_SECOND };
}

function rate(cost: Cost): number {
  return cost.packets / (cost.userSeconds + cost.systemSeconds);
}

function tell(cost: Cost): string {
  return `${rate(cost).toFixed(0)} a CPU-second (${cost.packets} packets)`;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
