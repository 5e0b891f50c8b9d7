import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type StartedEmulator, startEmulator } from "../lab/ice-servers/emulator/start-emulator.ts";
import { apiOffers, ICE_SERVER_PROVIDERS, type IceServerProviderName } from "../lab/model/ice-server-api.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { isImageReference, REFERENCE_EXPECTED } from "../lab/scenario/image-faults.ts";
import { restCredential } from "../lab/stun/rest-credential.ts";
import { apiOf, PROVIDER_NAMES } from "../scenarios/k6/ice-server-apis.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { isOlder, type K6, type K6Version, k6InImage, k6OnPath } from "./k6-program.ts";

export type K6Options = { url?: string; provider?: string; image?: string; env?: readonly string[] };

type Script = {
  file: string;
  /** The oldest k6 that runs it. */
  least: K6Version;
  why: string;
  /** Of the URLs that it asks. */
  protocols: readonly string[];
  /** Whether the lab has a server for it. */
  hasEmulator: boolean;
};

/** k6 strips types by itself since 0.57; before that a script had to be bundled. */
const TYPESCRIPT = { least: [0, 57], why: "it runs TypeScript by itself from there on" } as const;
const HTTP = ["http:", "https:"];

const SCRIPTS: Readonly<Record<string, Omit<Script, "file">>> = {
  "ice-servers": { ...TYPESCRIPT, protocols: HTTP, hasEmulator: true },
  signalling: {
    least: [1, 6],
    why: "it has k6/websockets from there on",
    protocols: ["ws:", "wss:"],
    hasEmulator: false,
  },
};
const FOLDER = join(PROJECT_ROOT, "scenarios/k6");

type Input = { script: Script; provider: IceServerProviderName; given: Record<string, string> };

/**
 * `turnlab k6 [SCRIPT] [-- ARGS]`: a k6 script against the lab's emulator of a provider's API on loopback, or with `--url` against
 * that URL. Its output and its exit code are k6's.
 */
export async function k6Command(
  word: string,
  args: readonly string[],
  options: K6Options,
  interrupt: Interrupt,
): Promise<number> {
  const input = k6Input(word, options, process.env);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const k6 = await (options.image === undefined ? k6OnPath() : k6InImage(options.image, say));
  proveNewEnough(k6, input.script);
  interrupt.begin("k6 ends its test");
  await using emulator = options.url === undefined ? await emulatorOf(input.provider) : null;
  const whom = emulator
    ? `the lab's emulator of ${input.provider} at ${emulator.baseUrl}`
    : `${options.url}, and nobody else`;
  say(`${k6.name} runs ${input.script.file}: it asks ${whom}`);
  const env = environmentOf(input, options.url, emulator, options.image === undefined ? process.env : {});
  return await k6.run(input.script.file, args, env, interrupt.signal);
}

/** Everything that was given, checked together. @throws InvalidInput */
export function k6Input(word: string, options: K6Options, environment: NodeJS.ProcessEnv): Input {
  const faults: Fault[] = [];
  const script = scriptOf(word, faults);
  const provider = options.provider ?? "coturn-rest";
  const isKnown = Object.hasOwn(ICE_SERVER_PROVIDERS, provider);
  if (!isKnown) {
    const expected = `one of ${PROVIDER_NAMES.join(", ")}`;
    faults.push({ place: "--provider", expected, found: `"${provider}"`, ...didYouMean(provider, PROVIDER_NAMES) });
  }
  if (options.image !== undefined && !isImageReference(options.image))
    faults.push({ place: "--image", expected: REFERENCE_EXPECTED, found: `"${options.image}"` });
  const given = valuesOf(options.env ?? [], faults);
  if (script) faults.push(...urlFaults(script, options.url));
  if (script?.hasEmulator && options.url !== undefined && isKnown) {
    const missing = apiOf(provider as IceServerProviderName).must.filter((name) => !(given[name] ?? environment[name]));
    for (const name of missing)
      faults.push({ place: name, expected: `a key of ${provider}'s in the environment, or by -e`, found: "none" });
  }
  if (faults.length > 0 || !script) throw new InvalidInput(formatFaults("command line", faults));
  return { script, provider: provider as IceServerProviderName, given };
}

function scriptOf(word: string, faults: Fault[]): Script | null {
  const own = SCRIPTS[word];
  if (own && Object.hasOwn(SCRIPTS, word)) return { ...own, file: join(FOLDER, `${word}.ts`) };
  const file = resolve(word);
  const isFile = /[/\\]|\.[tj]s$/.test(word);
  if (isFile && existsSync(file)) {
    const needs = file.endsWith(".ts") ? TYPESCRIPT : { least: [0, 0] as const, why: "" };
    return { file, ...needs, protocols: [...HTTP, "ws:", "wss:"], hasEmulator: true };
  }
  const names = Object.keys(SCRIPTS);
  const expected = `${names.join(" or ")}, or a file`;
  faults.push({
    place: "SCRIPT",
    expected,
    found: isFile ? `no file ${file}` : `"${word}"`,
    ...didYouMean(word, names),
  });
  return null;
}

function urlFaults({ protocols, hasEmulator }: Script, url: string | undefined): Fault[] {
  const expected = `a URL that begins with ${protocols.map((one) => `${one}//`).join(" or ")}`;
  if (url !== undefined)
    return URL.canParse(url) && protocols.includes(new URL(url).protocol)
      ? []
      : [{ place: "--url", expected, found: `"${url}"` }];
  if (hasEmulator) return [];
  const hint =
    "The lab has no signalling server: peers of its own are told by the harness. scenarios/k6/README.md has the messages.";
  return [{ place: "--url", expected, found: "none", hint }];
}

function valuesOf(pairs: readonly string[], faults: Fault[]): Record<string, string> {
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return [[name, value]];
      faults.push({ place: "-e", expected: "NAME=VALUE", found: `"${pair}"` });
      return [];
    }),
  );
}

/** @throws InvalidInput where the k6 that was found is too old for the script */
export function proveNewEnough({ name, version }: Pick<K6, "name" | "version">, { least, why, file }: Script): void {
  if (version === null || !isOlder(version, least)) return;
  throw new InvalidInput(
    formatFaults("k6", [
      {
        place: name,
        expected: `k6 ${least.join(".")} or newer for ${file}: ${why}`,
        found: `k6 ${version.join(".")}`,
        hint: "An older one runs it after a bundler: esbuild --bundle --platform=neutral --external:k6 --external:k6/*",
      },
    ]),
  );
}

/** Nobody stands behind the servers that it names: the endpoint alone is under load. */
function emulatorOf(provider: IceServerProviderName): Promise<StartedEmulator> {
  const secret = randomBytes(16).toString("hex");
  return startEmulator({
    provider,
    offers: apiOffers({ provider, servers: ["turn"] }, (server) => `${server}.lab.test`),
    mint: (_server, ttlSeconds) =>
      restCredential(secret, {
        userId: `k6-${randomBytes(4).toString("hex")}`,
        expiresAtS: Math.floor(Date.now() / 1_000) + (ttlSeconds ?? 86_400),
      }),
  });
}

/** k6 tells its makers of each run, and fetches extensions, unless it is told not to. */
const STAYS_HERE = { K6_NO_USAGE_REPORT: "true", K6_AUTO_EXTENSION_RESOLUTION: "false" };

/** `inherited`: the user's own environment, where k6 runs beside us. */
function environmentOf(
  { provider, given }: Input,
  url: string | undefined,
  emulator: StartedEmulator | null,
  inherited: NodeJS.ProcessEnv,
): Record<string, string> {
  const names: Readonly<Record<string, string>> = ICE_SERVER_PROVIDERS[provider].keys;
  const keys = emulator
    ? Object.entries(emulator.keys).flatMap(([key, value]) => (names[key] ? [[names[key], value] as const] : []))
    : Object.values(names).flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  // No proxy of the environment gets to see a request to an emulator.
  const own = Object.entries(inherited).filter(([name]) => !emulator || !/^(?:https?|all)_proxy$/i.test(name));
  const all = [
    ...own,
    ...Object.entries(STAYS_HERE),
    ...keys,
    ["API_PROVIDER", provider] as const,
    ["API_URL", emulator?.baseUrl ?? url] as const,
    ...Object.entries(given),
  ];
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
