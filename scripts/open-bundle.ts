import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import { FreshSecrets } from "./bundle-secrets.ts";
import { InvalidInput } from "./invalid-input.ts";
import { BUNDLE_FOLDER, BUNDLE_VERSION, MANIFEST, type Manifest } from "./pack-bundle.ts";

/** A bundle with captures of an hour has hundreds of megabytes; what is beyond is no bundle. */
const MAX_BYTES = 8 * 1024 ** 3;
const MAX_ENTRIES = 100_000;
/** Of what is read: scenarios, turnserver.conf files, the manifest. */
const MAX_READ_BYTES = 8 * 1024 ** 2;
const READ = /^(bundle\.json|scenarios\/[a-z0-9-]+\.json|configs\/[\w.-]+)$/;

/** A bundle's scenarios as files in a folder of their own, with fresh secrets. */
export type OpenedBundle = {
  manifest: Manifest;
  scenarios: { name: string; file: string; value: unknown }[];
  /** How many secrets were put in the place of others. */
  freshSecrets: number;
  /** Removes the folder. */
  close(): void;
};

/** @throws InvalidInput where the file is no bundle, or one that cannot be run */
export async function openBundle(file: string): Promise<OpenedBundle> {
  const texts = await readTexts(file);
  const manifest = readManifest(file, texts.get(MANIFEST));
  const folder = mkdtempSync(join(tmpdir(), "turnlab-bundle-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    const secrets = new FreshSecrets();
    for (const [path, text] of texts) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), secrets.fill(text), { mode: 0o600 });
    }
    const scenarios = manifest.scenarios.map(({ name, file: path }) => ({
      name,
      file: join(folder, path),
      value: parse(file, path, secrets.fill(texts.get(path) ?? "")),
    }));
    for (const { name, value } of scenarios) refuseForeignConfigs(file, name, value, texts);
    return { manifest, scenarios, freshSecrets: secrets.count, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A bundle is somebody else's: none of this machine's files is a turnserver.conf of it. */
function refuseForeignConfigs(file: string, name: string, value: unknown, texts: ReadonlyMap<string, string>): void {
  const { turnServers = {} } =
    (value as { topology?: { turnServers?: Record<string, { config?: unknown }> } } | null)?.topology ?? {};
  for (const [server, spec] of Object.entries(turnServers)) {
    if (spec?.config === undefined) continue;
    if (typeof spec.config === "string" && texts.has(posix.join("scenarios", spec.config))) continue;
    const place = `${name}: topology.turnServers.${server}.config`;
    throw new InvalidInput(
      formatFaults(file, [
        { place, expected: "a turnserver.conf that is in the bundle", found: JSON.stringify(spec.config) },
      ]),
    );
  }
}

function refuse(file: string, expected: string, found: string, hint?: string): InvalidInput {
  const place = "the file as a whole";
  return new InvalidInput(formatFaults(file, [{ place, expected, found, ...(hint ? { hint } : {}) }]));
}

const BUNDLE = "a bundle that `./turnlab run --bundle FILE` has written";

/** What is read of it, by path; the rest is looked through and left. */
async function readTexts(file: string): Promise<Map<string, string>> {
  let size: number;
  try {
    size = statSync(file).size;
  } catch (error) {
    throw refuse(file, BUNDLE, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (size > MAX_BYTES) throw refuse(file, BUNDLE, `${size} bytes: more than any bundle has`);
  const texts = new Map<string, string>();
  const [source, gunzip, entries] = [createReadStream(file), createGunzip(), extract()];
  source.on("error", (error) => gunzip.destroy(error));
  gunzip.on("error", (error) => entries.destroy(error));
  source.pipe(gunzip).pipe(entries);
  let [count, bytes, read] = [0, 0, 0];
  try {
    for await (const entry of entries) {
      const { name, type, size: length = 0 } = entry.header;
      const path = posix.relative(BUNDLE_FOLDER, posix.normalize(name));
      const isOurs = !posix.isAbsolute(name) && path !== ".." && !path.startsWith("../") && !name.includes("\0");
      if (!isOurs || /(^|[\\/])\.\.([\\/]|$)/.test(name))
        throw refuse(file, BUNDLE, `a path that leaves its folder: ${JSON.stringify(name.slice(0, 200))}`);
      if (type !== "file" && type !== "directory") throw refuse(file, BUNDLE, `a ${type} in it: ${name.slice(0, 200)}`);
      count += 1;
      bytes += length;
      if (bytes > MAX_BYTES || count > MAX_ENTRIES) throw refuse(file, BUNDLE, "more in it than any bundle has");
      if (type !== "file" || !READ.test(path)) {
        entry.resume();
        continue;
      }
      read += length;
      if (read > MAX_READ_BYTES) throw refuse(file, BUNDLE, "scenarios of more bytes than any bundle has");
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      texts.set(path, Buffer.concat(chunks).toString("utf8"));
    }
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    throw refuse(file, BUNDLE, whyUnreadable(error as NodeJS.ErrnoException));
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  return texts;
}

function whyUnreadable({ code, message }: NodeJS.ErrnoException): string {
  if (code === "Z_DATA_ERROR") return "no gzip";
  if (code === "Z_BUF_ERROR" || /unexpected end/i.test(message)) return "one that is cut off";
  return message;
}

function readManifest(file: string, text: string | undefined): Manifest {
  if (text === undefined) throw refuse(file, BUNDLE, `no ${BUNDLE_FOLDER}/${MANIFEST} in it`);
  const manifest = parse(file, MANIFEST, text) as Partial<Manifest> | null;
  if (typeof manifest !== "object" || manifest === null) throw refuse(file, BUNDLE, `${MANIFEST} that says nothing`);
  if (manifest.bundleVersion !== BUNDLE_VERSION) {
    const found = `bundleVersion ${JSON.stringify(manifest.bundleVersion) ?? "of no number"}`;
    throw refuse(file, `a bundle of version ${BUNDLE_VERSION}`, found, "Run it with the turnlab that wrote it.");
  }
  const { scenarios } = manifest;
  const isSound =
    Array.isArray(scenarios) &&
    scenarios.length > 0 &&
    scenarios.every(({ name, file: path }) => /^[a-z0-9-]+$/.test(name) && path === `scenarios/${name}.json`);
  if (!isSound) throw refuse(file, BUNDLE, `${MANIFEST} without scenarios`);
  const cannot = (scenarios as Manifest["scenarios"]).filter(({ cannotRun }) => typeof cannotRun === "string");
  if (cannot.length > 0) {
    const faults = cannot.map(({ name, cannotRun }) => ({
      place: name,
      expected: "a scenario that can be run from a bundle",
      found: String(cannotRun),
    }));
    throw new InvalidInput(formatFaults(file, faults));
  }
  return manifest as Manifest;
}

function parse(file: string, path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(file, BUNDLE, `${path} that is no JSON (${(error as Error).message})`);
  }
}
