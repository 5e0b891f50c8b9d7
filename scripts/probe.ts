import { getCACertificates } from "node:tls";
import pico from "picocolors";
import { parseIceUrl } from "../lab/model/ice-url.ts";
import type { ProbeResult, UrlReach } from "../lab/model/probe.ts";
import { EXIT } from "../lab/model/summary.ts";
import { askServer, mintCredential } from "../lab/probe/ask-server.ts";
import { reachUrl } from "../lab/probe/reach.ts";
import { DEFAULT_PROBE_LIMITS, type ProbeLimits, type ProbeTarget } from "../lab/probe/target.ts";
import { probeLines, reachLines } from "../reports/gate/probe-text.ts";
import type { Interrupt } from "./interruptible.ts";
import { type ProbedUrl, type ProbeInput, type ProbeOptions, probeInput } from "./probe-input.ts";
import { screenOf } from "./screen.ts";

type Reached = ProbedUrl & { reach: UrlReach; target: ProbeTarget | null };
type Server = { host: string; results: ProbeResult[] };

/** `turnlab probe URL...`: what each URL gives, and with `--security` how its server stands. Speaks to no one else. */
export async function probeCommand(words: string[], options: ProbeOptions, interrupt: Interrupt): Promise<number> {
  const input = probeInput(words, options);
  interrupt.begin("it gives back what it took");
  const limits = { ...DEFAULT_PROBE_LIMITS, signal: interrupt.signal };
  const { width, color } = screenOf(process.stdout);
  const paint = pico.createColors(color);
  const write = (lines: readonly string[]) => {
    if (!options.json) process.stdout.write(`${lines.join("\n")}\n`);
  };
  const reached = await reachAll(input, limits);
  write(
    reachLines(
      reached.map(({ reach }) => reach),
      width,
      paint,
    ),
  );

  const servers: Server[] = [];
  if (options.security) {
    for (const urls of byServer(reached)) {
      const host = [...new Set(urls.map(({ url }) => hostOf(url)))].join(", ");
      const results = await askHost(urls, input, limits);
      servers.push({ host, results });
      write(["", ...probeLines(host, results, width, paint)]);
    }
  }
  if (interrupt.signal.aborted) return EXIT.interrupted;
  const isReached = reached.every(({ reach }) => reach.failed === null);
  const isOpen = servers.some(({ results }) => results.some(isError));
  const hasPassed = isReached && !isOpen;
  if (options.json) {
    const document = { passed: hasPassed, urls: reached.map(({ reach }) => reach), servers };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  return hasPassed ? EXIT.passed : EXIT.failed;
}

const isError = ({ verdict, severity }: ProbeResult) => verdict === "weak" && severity === "error";

/** Hosts side by side; URLs of one host after each other, so that their allocations do not fill its quota. */
async function reachAll(input: ProbeInput, limits: ProbeLimits): Promise<Reached[]> {
  const hosts = Map.groupBy(input.urls, ({ url }) => hostOf(url));
  const all = new Map<ProbedUrl, Reached>();
  await Promise.all(
    [...hosts.values()].map(async (urls) => {
      for (const one of urls) {
        if (limits.signal?.aborted) return;
        const credential = credentialOf(one, input);
        const { reach, target } = await reachUrl(one.url, { credential, limits, ...trust(input) });
        all.set(one, { ...one, reach, target: target && { ...target, url: one.url } });
      }
    }),
  );
  return input.urls.flatMap((one) => all.get(one) ?? []);
}

function hostOf(url: string): string {
  const parsed = parseIceUrl(url);
  return "error" in parsed ? url : parsed.host.toLowerCase();
}

const credentialOf = ({ credential }: ProbedUrl, { secret, user }: ProbeInput) =>
  credential ?? (secret === undefined ? null : mintCredential(secret, user));

/** Beside the public authorities, not in their place. */
const trust = ({ ca }: ProbeInput) =>
  ca === undefined ? {} : { ca: [...getCACertificates("default"), ca].join("\n") };

/** Two names of one address are one server. */
const byServer = (reached: readonly Reached[]) => [
  ...Map.groupBy(reached, ({ url, target }) => target?.address ?? hostOf(url)).values(),
];

async function askHost(urls: readonly Reached[], input: ProbeInput, limits: ProbeLimits): Promise<ProbeResult[]> {
  // Questions that one listener answers for all go to one that works.
  const sorted = urls.toSorted((a, b) => Number(a.reach.failed !== null) - Number(b.reach.failed !== null));
  const answering = sorted.flatMap(({ reach, target }) => (target && hasAnswered(reach) ? [target] : []));
  const kinds = Map.groupBy(answering, ({ transport, port, servername }) => [transport, port, servername].join(" "));
  const targets = [...kinds.values()].flatMap(([first]) => first ?? []);
  if (targets.length === 0) return [];
  const own = sorted.find(({ credential }) => credential !== null)?.credential ?? null;
  const { secret, user } = input;
  if (own !== null || secret === undefined) return askServer({ targets, credential: own, limits });
  return askServer({ targets, credential: mintCredential(secret, user), secret, limits });
}

/** A listener that said anything, were it a refusal, or showed a certificate. */
const hasAnswered = ({ failed, tls }: UrlReach) =>
  failed === null || tls !== null || !["turn_no_answer", "turn_connect_failed"].includes(failed.code);
