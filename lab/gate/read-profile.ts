import { DEFAULT_LIMITS } from "../model/gate-profile.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import { didYouMean } from "../model/nearest.ts";
import type { RawIceServer } from "../model/topology.ts";
import { type Fault, show } from "../scenario/fault.ts";
import { valueAt } from "../scenario/read.ts";
import { schemaFaults } from "../scenario/structure-faults.ts";
import { type GivenProfile, profileSchema } from "./given-profile.ts";
import { isKnownRule, KNOWN_RULES } from "./known-rules.ts";
import { parseJson } from "./parse-json.ts";

export type ReadProfile = { given: GivenProfile } | { faults: Fault[] };

/** Reads a profile, or says everything that is wrong with it. Pure. */
export function readProfile({ text }: { text: string }): ReadProfile {
  const json = parseJson(text, "a profile");
  if ("fault" in json) return { faults: [json.fault] };
  const { value } = json;
  const faults = [
    ...schemaFaults(value, profileSchema, { whole: "(profile)", show: showAt }),
    ...listUrlFaults(valueAt(value, ["iceServers"])),
    ...limitFaults(value),
    ...ruleFaults(value),
  ];
  if (faults.length > 0) return { faults };
  // The type is what the checks above have established.
  const { $schema: _, ...given } = value as GivenProfile & { $schema?: string };
  return { given: given.networks ? { ...given, networks: [...new Set(given.networks)] } : given };
}

/** Of an entry nothing but its URLs may be shown. */
function showAt(value: unknown, path: readonly PropertyKey[]): string {
  const isSecret = path[0] === "iceServers" && !(path[2] === "urls" && typeof value === "string");
  return isSecret || path.length === 0 ? kindOf(value) : show(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || value === "") return value === null ? "null" : "an empty text";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function listUrlFaults(list: unknown): Fault[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, index) => {
    const urls = valueAt(entry, ["urls"]);
    const place = `iceServers[${index}].urls`;
    const ofUrls = [urls]
      .flat()
      .flatMap((url: unknown, at) => urlFaults(url, Array.isArray(urls) ? `${place}[${at}]` : place));
    return [...ofUrls, ...credentialFaults(entry, `iceServers[${index}]`)];
  });
}

/** What no client takes; `stuns:` is one that browsers do, and the lab leaves out. */
export function urlFaults(url: unknown, place: string): Fault[] {
  if (typeof url !== "string" || url === "" || isStuns(url)) return [];
  const parsed = parseIceUrl(url);
  if (!("error" in parsed)) return [];
  const expected = "stun:HOST[:PORT] or turn[s]:HOST[:PORT][?transport=udp|tcp]";
  return [{ place, expected, found: show(url), hint: parsed.error }];
}

export const isStuns = (url: string) => /^stuns:/i.test(url);

/** W3C: one without the other opens nothing. */
export function credentialFaults(entry: unknown, place: string): Fault[] {
  const has = (key: string) => valueAt(entry, [key]) !== undefined;
  if (has("username") === has("credential")) return [];
  const [missing, given] = has("username") ? ["credential", "username"] : ["username", "credential"];
  return [
    {
      place: `${place}.${missing}`,
      expected: `one beside the ${given}, or neither: the file's own opens it then`,
      found: "nothing",
    },
  ];
}

function limitFaults(value: unknown): Fault[] {
  const rateOf = (key: "bad" | "good") => {
    const given = valueAt(value, ["limits", "successRate", key]);
    return given === undefined ? DEFAULT_LIMITS.successRate[key] : given;
  };
  const [bad, good] = [rateOf("bad"), rateOf("good")];
  if (typeof bad !== "number" || typeof good !== "number" || bad < good) return [];
  return [
    {
      place: "limits.successRate",
      expected: "a bad rate below the good one: what lies between may come out either way",
      found: `bad ${bad}, good ${good}`,
    },
  ];
}

function ruleFaults(value: unknown): Fault[] {
  const set = valueAt(value, ["rules"]);
  if (typeof set !== "object" || set === null || Array.isArray(set)) return [];
  return Object.keys(set)
    .filter((rule) => !isKnownRule(rule))
    .map((rule) => ({
      place: `rules.${rule}`,
      expected: "the id of a rule, as a finding has it",
      found: show(rule),
      ...didYouMean(rule, KNOWN_RULES),
    }));
}

/** A profile as others may read it: its credentials are secrets. */
export function withoutSecrets<P extends { iceServers?: RawIceServer[] }>(profile: P): P {
  const { iceServers } = profile;
  if (!iceServers) return profile;
  const shown = iceServers.map((entry) => (entry.credential === undefined ? entry : { ...entry, credential: "***" }));
  return { ...profile, iceServers: shown };
}
