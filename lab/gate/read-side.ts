import type { CheckFinding } from "../model/check.ts";
import type { GateSide } from "../model/gate.ts";
import { GIVEN_LAN_HOSTS } from "../model/topology.ts";
import type { Fault } from "../scenario/fault.ts";
import { specialUse, whyNotPublic } from "../scenario/public-address.ts";
import type { Finding } from "../turn-config/finding.ts";
import { KNOWN_OPTIONS } from "../turn-config/known-options.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import { type ConfigInput, readConfig, type TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";

/** What a file must have right about addresses before a machine can run it. */
export const PLACE_RULES = [
  { id: "external-ip-not-routable", severity: "error", title: "Nobody on the internet reaches the external-ip." },
  { id: "addresses-of-no-machine", severity: "error", title: "The file's addresses do not fit one machine." },
] as const;

export type ReadSide =
  | {
      /** As coturn reads it, which goes on over most faults; whether it starts is for the lab to see. */
      config: TurnConfig;
      /** A candidate's failure, told before anything is started. Empty of a baseline: there they are bad input. */
      findings: CheckFinding[];
      placeholders: string[];
    }
  | { faults: Fault[]; placeholders: string[] };

/** Reads one side's file for the gate, or says what of it is bad input. Pure but for `makeSecret`. */
export function readSide(side: GateSide, input: Omit<ConfigInput, "goesOn">): ReadSide {
  const { file } = input;
  if (!isConfig(input.text)) return { faults: [noConfig(file)], placeholders: [] };
  const { config, placeholders, unread, misplaced, limits } = readConfig({ ...input, goesOn: true });
  const stops = [...unread, ...limits].map((finding) => faultOf(file, finding));
  if (!config) return { faults: stops, placeholders };
  stops.push(...takenByTheLab(config));
  const wrong = [
    ...misplaced.map((finding) => misplacedFinding(file, finding)),
    ...unroutable(config).map((finding) => ({ ...finding, file })),
  ];
  const faults = side === "candidate" ? stops : [...stops, ...wrong.map(badInput)];
  if (faults.length > 0) return { faults, placeholders };
  return { config, findings: wrong, placeholders };
}

/** A file with lines of which most begin with no option of coturn is none of coturn's. */
function isConfig(text: string): boolean {
  const lines = parseConfig(text);
  const known = lines.filter(({ key }) => Object.hasOwn(KNOWN_OPTIONS, key)).length;
  return lines.length === 0 || known * 2 >= lines.length;
}

function noConfig(file: string): Fault {
  return {
    place: file,
    expected: "a turnserver.conf",
    found: "lines most of which begin with no option of coturn",
    hint: "Compose files, units and scripts that start a coturn are read by ./turnlab check.",
  };
}

/** Makes a secret for each placeholder, the same wherever its name stands: both files are of one deployment. */
export function secretsByName(makeSecret: () => string): ConfigInput["makeSecret"] {
  const made = new Map<string, string>();
  return (name) => {
    const secret = made.get(name) ?? makeSecret();
    made.set(name, secret);
    return secret;
  };
}

/** Good for a server, and not in this lab. */
function takenByTheLab({ file, facts: { place } }: TurnConfig): Fault[] {
  const { publicAddress, privateAddress } = place;
  const expected = "an address that the lab can give a server";
  const faults: Fault[] = [];
  const why = publicAddress !== null && specialUse(publicAddress) === null ? whyNotPublic(publicAddress) : null;
  if (why !== null) faults.push({ place: file, expected, found: `${publicAddress}: ${why}` });
  const host = Number(privateAddress?.split(".").at(-1));
  const { first, last } = GIVEN_LAN_HOSTS;
  if (privateAddress !== null && (host < first || host > last)) {
    const found = `${privateAddress}, of which the last number is not from ${first} to ${last}: the lab's own hosts have the others`;
    faults.push({ place: file, expected, found });
  }
  return faults;
}

function unroutable(config: TurnConfig): Omit<CheckFinding, "file">[] {
  const { publicAddress } = config.facts.place;
  const why = publicAddress === null ? null : specialUse(publicAddress);
  const line = new Settings(parseConfig(config.text)).linesOf("external-ip")[0];
  if (why === null || !line) return [];
  return [
    {
      rule: "external-ip-not-routable",
      severity: "error",
      line: line.number,
      option: "external-ip",
      expected: "the globally routable IPv4 address under which clients know the server",
      found: `${publicAddress}: ${why}`,
      reason:
        "Relayed addresses are handed out with it, and nobody on the internet can send there (RFC 8656 section 7.2).",
      fix: "external-ip=PUBLIC, or external-ip=PUBLIC/PRIVATE behind a one-to-one NAT.",
      affects: "everybody who needs a relay",
    },
  ];
}

function misplacedFinding(file: string, { line, expected, found, hint }: Finding): CheckFinding {
  return {
    rule: "addresses-of-no-machine",
    severity: "error",
    file,
    line,
    option: /^[a-z-]+/.exec(found)?.[0] ?? null,
    expected,
    found,
    reason: hint ?? "One machine has one address of its own, and one under which the internet knows it.",
    fix: null,
    affects: "everybody who needs a relay",
  };
}

function faultOf(file: string, { line, expected, found, hint }: Finding): Fault {
  return { place: line === null ? file : `${file}:${line}`, expected, found, ...(hint === undefined ? {} : { hint }) };
}

function badInput({ file, line, expected, found, reason }: CheckFinding): Fault {
  return { place: line === null ? file : `${file}:${line}`, expected, found, hint: reason };
}
