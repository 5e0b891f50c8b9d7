import { getCACertificates } from "node:tls";
import pico from "picocolors";
import { parseIceUrl } from "../lab/model/ice-url.ts";
import type { ProbeResult, UrlReach } from "../lab/model/probe.ts";
import { EXIT } from "../lab/model/summary.ts";
import { askServer, mintCredential } from "../lab/probe/ask-server.ts";
import { reachUrl } from "../lab/probe/reach.ts";
import type { ProbeTarget } from "../lab/probe/target.ts";
import { probeLines, reachLines } from "../reports/gate/probe-text.ts";
import { type ProbedUrl, type ProbeInput, type ProbeOptions, probeInput } from "./probe-input.ts";
import { screenOf } from "./screen.ts";

type Reached = ProbedUrl & { reach: UrlReach; target: ProbeTarget | null };
type Server = { host: string; results: ProbeResult[] };

/** `turnlab probe URL...`: what each URL gives, and with `--security` how its server stands. Speaks to no one else. */
export async function probeCommand(words: string[], options: ProbeOptions): Promise<number> {
  const input = probeInput(words, options);
  const { width, color } = screenOf(process.stdout);
  const paint = pico.createColors(color);
  const write = (lines: readonly string[]) => {
    if (!options.json) process.stdout.write(`${lines.join("\n")}\n`);
  };
  const reached = await reachAll(input);
  write(
    reachLines(
      reached.map(({ reach }) => reach),
      width,
      paint,
    ),
  );

  const servers: Server[] = [];
  if (options.security) {
    for (const [host, urls] of byHost(reached)) {
      const results = await askHost(urls, input);
      servers.push({ host, results });
      write(["", ...probeLines(host, results, width, paint)]);
    }
  }
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
async function reachAll(input: ProbeInput): Promise<Reached[]> {
  const hosts = Map.groupBy(input.urls, ({ url }) => hostOf(url));
  const all = new Map<ProbedUrl, Reached>();
  await Promise.all(
    [...hosts.values()].map(async (urls) => {
      for (const one of urls) {
        const credential = credentialOf(one, input);
        const { reach, target } = await reachUrl(one.url, { credential, ...trust(input) });
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

const credentialOf = ({ credential }: ProbedUrl, { secret }: ProbeInput) =>
  credential ?? (secret === undefined ? null : mintCredential(secret));

/** Beside the public authorities, not in their place. */
const trust = ({ ca }: ProbeInput) =>
  ca === undefined ? {} : { ca: [...getCACertificates("default"), ca].join("\n") };

const byHost = (reached: readonly Reached[]) => Map.groupBy(reached, ({ url }) => hostOf(url));

async function askHost(urls: readonly Reached[], input: ProbeInput): Promise<ProbeResult[]> {
  const answering = urls.flatMap(({ reach, target }) => (target && hasAnswered(reach) ? [target] : []));
  const listeners = new Map(
    answering.map((target) => [`${target.transport} ${target.address} ${target.port}`, target]),
  );
  if (listeners.size === 0) return [];
  const [first] = urls;
  const own = first?.credential ?? null;
  const minted = own === null && input.secret !== undefined ? { secret: input.secret } : {};
  return askServer({ targets: [...listeners.values()], credential: own, ...minted });
}

/** A listener that said anything, were it a refusal, or showed a certificate. */
const hasAnswered = ({ failed, tls }: UrlReach) =>
  failed === null || tls !== null || !["turn_no_answer", "turn_connect_failed"].includes(failed.code);
