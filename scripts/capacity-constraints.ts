/**
 * Limits one server after the other on purpose, by each thing that may bind it, and says what `capacity` names: a table with one row for each,
 * and exit code 99 where one is named wrongly. Some 40 s each; the machine should have nothing else to do. Not among them is the router:
 * what it drops is bounded by nf_conntrack_max and netdev_max_backlog, which are of the whole machine and not of a network namespace.
 *
 *     node scripts/capacity-constraints.ts [NAME...]
 */
import Table from "cli-table3";
import { PRICES } from "../lab/capacity/prices.ts";
import { capacityTopology } from "../lab/capacity-run/capacity-lab.ts";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "../lab/capacity-run/defaults.ts";
import type { CapacityCall, Constraint, MachineSize } from "../lab/model/capacity.ts";
import { EXIT } from "../lab/model/summary.ts";
import type { TurnServerSpec } from "../lab/model/topology.ts";
import { TRAFFIC_PROFILES } from "../lab/model/traffic-profile.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { testImage } from "../lab/turn/test-images.ts";
import { capacity } from "./capacity.ts";
import { CapacityProgress } from "./capacity-progress.ts";
import { interruptible } from "./interruptible.ts";
import { screenOf } from "./screen.ts";

type Case = {
  binds: Constraint;
  size?: MachineSize;
  options?: TurnServerSpec["options"];
  call?: Partial<CapacityCall>;
  /** A Dockerfile on top of the lab's coturn. */
  dockerfile?: (coturn: string) => string;
};

const CASES: Readonly<Record<string, Case>> = {
  "port-range": { binds: "port-range", options: { "min-port": 50_000, "max-port": 50_019 } },
  "total-quota": { binds: "total-quota", options: { "total-quota": 20 } },
  // The lab's own coturn has one user, whom all calls are: with a shared secret each is another's.
  "user-quota": { binds: "user-quota", options: { "user-quota": 20 } },
  "bps-capacity": { binds: "bps-capacity", options: { "bps-capacity": 400_000, "max-bps": 20_000 } },
  "file-descriptors": { binds: "file-descriptors", size: { fileDescriptors: 64 } },
  memory: { binds: "memory", size: { memoryBytes: 7 * 2 ** 20 } },
  nic: { binds: "nic", size: { nicBitsPerSecond: 5e6 } },
  "udp-receive-buffer": {
    binds: "udp-receive-buffer",
    // A quota that is never reached: the search begins well below it.
    options: { "total-quota": 60 },
    call: { streams: TRAFFIC_PROFILES.video },
    dockerfile: smallBuffers,
  },
  cpu: { binds: "server-cpu", size: { cpus: 0.1 }, call: { streams: TRAFFIC_PROFILES.call } },
  // Nothing binds the server before the lab has no more to give.
  generator: { binds: "generator", call: { streams: TRAFFIC_PROFILES.call } },
};

/** Shorter than usual: what binds shows at once, and how near the knee is found is not the question. */
const SETTINGS = { ...DEFAULT_SETTINGS, precision: 0.1, holdMs: 2_000, confirmMs: 3_000, maxSteps: 16 };
const BUDGET_MS = 120_000;

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(CASES, name));
if (unknown.length > 0) {
  process.stderr.write(`expected names out of ${Object.keys(CASES).join(", ")}; found ${unknown.join(", ")}\n`);
  process.exit(EXIT.invalidInput);
}
const interrupt = interruptible();
const table = new Table({
  head: ["limited by", "expected", "named", "calls", "why"],
  style: { head: [], border: [] },
  wordWrap: true,
  colWidths: [18, 18, 18, 8, 70],
});
let wrong = 0;
for (const [name, { binds, size = {}, options, call = {}, dockerfile }] of Object.entries(CASES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  if (interrupt.signal.aborted) break;
  const image = dockerfile ? await serverImage(name, dockerfile) : undefined;
  const asked: CapacityCall = { over: "udp", relayed: "one", streams: TRAFFIC_PROFILES.audio, ...call };
  const server = { ...(options ? { options } : {}), ...(image === undefined ? {} : { image }) };
  const lab = { config: null, ...server, call: asked, behind: "internet" as const, workers: 1 };
  const placed = capacityTopology(lab, size);
  if ("faults" in placed) throw new Error(`${name}: ${JSON.stringify(placed.faults)}`);
  const inputs = {
    searches: [{ name, size, topology: placed.topology }],
    lab,
    limits: DEFAULT_LIMITS,
    settings: SETTINGS,
    budgetMs: BUDGET_MS,
    sizes: [],
    plan: null,
    prices: PRICES,
    calibration: null,
  };
  const { report } = await capacity(inputs, undefined, {
    interrupt,
    progress: new CapacityProgress(screenOf(process.stderr)),
  });
  if (report.constraint !== binds) wrong++;
  table.push([name, binds, report.constraint ?? report.status, report.knee.atLeast ?? "-", report.evidence.join(" ")]);
}
process.stdout.write(`${table.toString()}\n`);
process.exitCode = interrupt.signal.aborted ? EXIT.interrupted : wrong > 0 ? EXIT.failed : EXIT.passed;

/**
 * What a host with a small net.core.rmem_max does to every SO_RCVBUF that a program asks for; a container has no net.core.rmem_max of its own.
 * The server, its sockets and what the kernel drops are the real ones.
 */
function smallBuffers(coturn: string): string {
  const source = [
    "#include <dlfcn.h>",
    "#include <sys/socket.h>",
    "int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {",
    'int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");',
    "int small = 4096;",
    "return level == SOL_SOCKET && name == SO_RCVBUF ? real(fd, level, name, &small, sizeof small) : real(fd, level, name, value, size); }",
  ].map((line) => `'${line}'`);
  return `FROM ${coturn} AS compile
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN printf '%s\\n' ${source.join(" ")} > /small.c && gcc -O2 -shared -fPIC -D_GNU_SOURCE -o /small.so /small.c -ldl
FROM ${coturn}
COPY --from=compile /small.so /usr/local/lib/small.so
ENV LD_PRELOAD=/usr/local/lib/small.so
`;
}

async function serverImage(name: string, dockerfile: (coturn: string) => string): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const engine = await ensureEngine(say);
  const { coturn = "" } = await ensureImages(engine, ["coturn"], say);
  say(`${name}: building an image of its own`);
  return testImage(engine, name, dockerfile(coturn));
}
