import {
  createReadStream,
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import type { AnyScenario } from "../lab/model/grid.ts";
import type { Summary } from "../lab/model/summary.ts";
import type { NamedScenario } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import { LOG_FILE } from "../reports/run-log.ts";
import { Redaction, replaceConfigSecrets, replaceSecrets } from "./bundle-secrets.ts";
import { InvalidInput } from "./invalid-input.ts";

export const BUNDLE_VERSION = 1;
export const BUNDLE_SUFFIX = /\.(tar\.gz|tgz)$/;
/** What all files of a bundle are in. */
export const BUNDLE_FOLDER = "turnlab-bundle";
export const MANIFEST = "bundle.json";

/** bundle.json: what is in it, and what it was made with. */
export type Manifest = {
  bundleVersion: typeof BUNDLE_VERSION;
  runId: string;
  turnlab: string;
  node: string;
  engine: Summary["engine"];
  scenarios: {
    name: string;
    /** Its data, and the turnserver.conf of each server that runs one, by their paths in the bundle. */
    file: string;
    configs: Record<string, string>;
    /** Why it cannot be run from here; null: it can. */
    cannotRun: string | null;
    /** What its servers ran from. */
    servers: Record<string, { reference: string | null; version: string | null }>;
  }[];
};

/** @throws InvalidInput where `--bundle` names what cannot be written, or would take something's place */
export function checkBundle(file: string | undefined): void {
  if (file === undefined) return;
  const path = resolve(file);
  const refuse = (expected: string, found: string) => {
    throw new InvalidInput(formatFaults("command line", [{ place: `--bundle ${file}`, expected, found }]));
  };
  if (!BUNDLE_SUFFIX.test(file)) refuse("a file name that ends in .tar.gz or .tgz", basename(file));
  if (existsSync(path)) refuse("a new file", "one that is there already");
  if (!existsSync(dirname(path)) || !statSync(dirname(path)).isDirectory())
    refuse("a file in a folder that is there", `no folder ${dirname(path)}`);
}

/** Packs a run's folder and what it ran into one file, without any secret that it was given. */
export async function packBundle(
  file: string,
  folder: string,
  scenarios: readonly NamedScenario[],
  summary: Summary,
): Promise<void> {
  const redaction = new Redaction();
  const packed = scenarios.map((named) => withoutSecrets(named, redaction));
  const tar = pack();
  const temporary = `${resolve(file)}.${process.pid}.tmp`;
  const written = pipeline(tar, createGzip(), createWriteStream(temporary));
  try {
    const { runId, harness, engine } = summary;
    const manifest: Manifest = {
      bundleVersion: BUNDLE_VERSION,
      runId,
      turnlab: harness.turnlab,
      node: harness.node,
      engine,
      scenarios: packed.map(({ name, file: own, configs, cannotRun }) => {
        const servers = summary.scenarios.find((one) => one.name === name)?.turnServers ?? {};
        return {
          name,
          file: own.path,
          configs: Object.fromEntries(configs.map(({ server, path }) => [server, path])),
          cannotRun,
          servers: Object.fromEntries(
            Object.entries(servers).map(([server, found]) => [
              server,
              { reference: found?.image?.reference ?? null, version: found?.version ?? null },
            ]),
          ),
        };
      }),
    };
    await add(tar, MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    for (const { file: own, configs } of packed) {
      for (const { path, text } of [own, ...configs]) await add(tar, path, Buffer.from(text));
    }
    for (const path of filesIn(folder)) await addFile(tar, folder, path, redaction);
    tar.finalize();
    await written;
    renameSync(temporary, resolve(file));
  } catch (error) {
    tar.destroy();
    await written.catch(() => {});
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

type PackedFile = { path: string; text: string };
type PackedScenario = {
  name: string;
  file: PackedFile;
  configs: (PackedFile & { server: string })[];
  cannotRun: string | null;
};

function withoutSecrets({ name, scenario, configs = {} }: NamedScenario, redaction: Redaction): PackedScenario {
  const files = Object.entries(configs).map(([server, config]) => ({
    server,
    path: `configs/${name}.${server}.turnserver.conf`,
    text: replaceConfigSecrets(config.text, redaction.replace),
  }));
  const path = `scenarios/${name}.json`;
  const shown = replaceSecrets(asGiven(scenario, files), redaction.replace);
  return {
    name,
    file: { path, text: `${JSON.stringify(shown, null, 2)}\n` },
    configs: files,
    cannotRun: whyNot(scenario),
  };
}

/** A scenario before it was given its turnserver.conf files: what they say themselves must not stand beside them. */
function asGiven<S extends AnyScenario>(scenario: S, files: readonly { server: string; path: string }[]): S {
  const { turnServers = {} } = scenario.topology;
  const given = files.map(({ server, path }) => {
    const { options: _, realm: __, secrets: ___, configValues: ____, ...spec } = turnServers[server] ?? {};
    return [server, { ...spec, config: `../${path}` }] as const;
  });
  const servers = { ...turnServers, ...Object.fromEntries(given) };
  const topology = { ...scenario.topology, ...(scenario.topology.turnServers ? { turnServers: servers } : {}) };
  // What is undefined is not there, as in the JSON.
  return JSON.parse(JSON.stringify({ ...scenario, topology })) as S;
}

/** What a bundle cannot hold: a server that is somewhere else, or that nobody can take the secrets out of. */
function whyNot({ topology: { turnServers = {} } }: AnyScenario): string | null {
  for (const [server, { outside, image }] of Object.entries(turnServers)) {
    if (outside) return `${server} is a deployed server, outside of the lab`;
    if (typeof image === "object") return `${server} is not coturn, and what it is started with may open it`;
  }
  return null;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .toSorted();
}

/** Captures go as they are: of a credential they hold what the wire does, a name and a hash. */
async function addFile(tar: Pack, folder: string, path: string, redaction: Redaction): Promise<void> {
  const file = join(folder, path);
  const name = `run/${path}`;
  if (!path.endsWith(".pcap")) {
    const text = readFileSync(file, "utf8");
    const isLog = path === LOG_FILE || path === "summary.json";
    return add(tar, name, Buffer.from(isLog ? redaction.maskJson(text) : redaction.mask(text)));
  }
  const { size } = statSync(file);
  const entry = tar.entry({ name: `${BUNDLE_FOLDER}/${name}`, size });
  await pipeline(size === 0 ? Readable.from([]) : createReadStream(file, { end: size - 1 }), entry);
}

function add(tar: Pack, path: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ name: `${BUNDLE_FOLDER}/${path}` }, content, (error) => (error ? reject(error) : resolve()));
  });
}
