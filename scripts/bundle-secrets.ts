import { randomBytes } from "node:crypto";
import { type AnyScenario, isAllocations } from "../lab/model/grid.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import { type IceServerRef, isRawIceServer, type TurnServerSpec } from "../lab/model/topology.ts";
import { KNOWN_OPTIONS } from "../lab/turn-config/known-options.ts";
import { parseConfig } from "../lab/turn-config/parse-config.ts";

/** What stands in a bundle for a secret: the same for the same one, wherever it was. */
const REDACTED = /turnlab-redacted-\d+/g;

type Replace = (secret: string) => string;

/** Gives each secret its stand-in. */
export class Redaction {
  readonly #standIns = new Map<string, string>();

  readonly replace: Replace = (secret) => {
    if (secret === "") return secret;
    const known = this.#standIns.get(secret) ?? `turnlab-redacted-${this.#standIns.size + 1}`;
    this.#standIns.set(secret, known);
    return known;
  };

  /** Longest first: one may be part of another. */
  get secrets(): string[] {
    return [...this.#standIns.keys()].toSorted((a, b) => b.length - a.length);
  }

  /** Each secret, wherever it stands; but a shorter one than this, which would take words out of everything. */
  mask(text: string, leastLength = 4): string {
    return this.secrets
      .filter(({ length }) => length >= leastLength)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)].map((form) => [form, secret] as const))
      .reduce((masked, [form, secret]) => masked.replaceAll(form, this.replace(secret)), text);
  }

  /** The same for JSON, a value a line or one in all: of values alone, so that it stays what it is. */
  maskJson(text: string): string {
    if (this.secrets.length === 0) return text;
    const mask = (_: string, value: unknown) =>
      typeof value === "string" ? this.mask(value, LEAST_LENGTH_IN_JSON) : value;
    try {
      return text
        .split("\n")
        .map((line) => (line === "" ? line : JSON.stringify(JSON.parse(line), mask)))
        .join("\n");
    } catch {
      return `${JSON.stringify(JSON.parse(text), mask, 2)}\n`;
    }
  }
}

/** A value may be a word of the log's own, which a program looks for. */
const LEAST_LENGTH_IN_JSON = 8;

/** Fresh secrets in the place of all stand-ins of a bundle's files; the same for the same one. */
export class FreshSecrets {
  readonly #fresh = new Map<string, string>();

  fill(text: string): string {
    return text.replaceAll(REDACTED, (standIn) => {
      const secret = this.#fresh.get(standIn) ?? randomBytes(18).toString("base64url");
      this.#fresh.set(standIn, secret);
      return secret;
    });
  }

  get count(): number {
    return this.#fresh.size;
  }
}

/** A scenario in which every secret is replaced; else as it is, so that it runs as it did. */
export function replaceSecrets<S extends AnyScenario>(scenario: S, replace: Replace): S {
  const { topology } = scenario;
  const ref = (one: IceServerRef): IceServerRef =>
    isRawIceServer(one) && one.credential !== undefined ? { ...one, credential: replace(one.credential) } : one;
  const server = (spec: TurnServerSpec): TurnServerSpec => ({
    ...spec,
    ...(spec.credential ? { credential: { ...spec.credential, password: replace(spec.credential.password) } } : {}),
    ...(spec.secrets ? { secrets: spec.secrets.map(replace) } : {}),
    ...(spec.options ? { options: mapValues(spec.options, (value, key) => option(value, key, replace)) } : {}),
  });
  const apis = mapValues(topology.iceServerApis ?? {}, ({ keys, ...rest }) => ({
    ...rest,
    ...(keys ? { keys: mapValues(keys, (value, key) => (key === "channel" ? value : replace(value))) } : {}),
  }));
  const withTopology = {
    ...scenario,
    topology: {
      ...topology,
      ...(topology.turnServers ? { turnServers: mapValues(topology.turnServers, server) } : {}),
      ...(topology.iceServerApis ? { iceServerApis: apis } : {}),
    },
  };
  if (isAllocations(scenario)) return withTopology;
  const replaced = {
    ...withTopology,
    peers: mapValues(scenario.peers, (peer) => ({ ...peer, iceServers: peer.iceServers.map(ref) })),
  };
  if ("cells" in scenario) {
    const cells = scenario.cells.map(({ iceServers, ...cell }) => ({
      ...cell,
      ...(iceServers ? { iceServers: mapValues(iceServers, (refs) => refs?.map(ref)) } : {}),
    }));
    return { ...replaced, cells } as S;
  }
  const { changes, iceServerPolicy } = scenario as Scenario;
  const fallback = iceServerPolicy?.fallback?.map(ref);
  return {
    ...replaced,
    ...(changes
      ? {
          changes: changes.map((change) => {
            if ("secrets" in change) return { ...change, secrets: change.secrets.map(replace) };
            return "mintsWith" in change ? { ...change, mintsWith: replace(change.mintsWith) } : change;
          }),
        }
      : {}),
    ...(fallback ? { iceServerPolicy: { ...iceServerPolicy, fallback } } : {}),
  } as S;
}

type OptionValue = string | number | boolean | string[];

/** A turnserver.conf in which every secret is replaced, and comments, which nobody runs, are empty. */
export function replaceConfigSecrets(text: string, replace: Replace): string {
  const lines = text.split("\n").map((line) => line.replace(/^([ \t]*#).*/, "$1"));
  for (const { number, key, value } of parseConfig(text)) {
    const line = lines[number - 1] ?? "";
    const replaced = String(option(value, key, replace));
    const at = line.lastIndexOf(value);
    if (value !== "" && at !== -1)
      lines[number - 1] = `${line.slice(0, at)}${replaced}${line.slice(at + value.length)}`;
  }
  return lines.join("\n");
}

/** A user's password is what follows the first colon; what coturn does not know may be a misspelt secret. */
function option(value: OptionValue, key: string, replace: Replace): OptionValue {
  if (Array.isArray(value)) return value.map((one) => String(option(one, key, replace)));
  if (typeof value !== "string") return value;
  const kind = KNOWN_OPTIONS[key]?.kind;
  if (kind === "user") {
    const at = value.indexOf(":") + 1;
    return `${value.slice(0, at)}${replace(value.slice(at))}`;
  }
  return kind === undefined || kind === "secret" || kind === "database" ? replace(value) : value;
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
