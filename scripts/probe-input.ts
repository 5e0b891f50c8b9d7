import { readFileSync } from "node:fs";
import { parseIceUrl } from "../lab/model/ice-url.ts";
import { type Fault, formatFaults, show } from "../lab/scenario/fault.ts";
import { InvalidInput } from "./invalid-input.ts";

export type ProbeOptions = {
  user?: string;
  password?: string;
  secret?: string;
  ca?: string;
  iceServers?: string;
  security?: boolean;
  json?: boolean;
};

/** A URL, and what opens it. */
export type ProbedUrl = { url: string; credential: { username: string; password: string } | null };

export type ProbeInput = {
  urls: ProbedUrl[];
  /** Of the URLs without a credential of their own. */
  secret?: string;
  /** Whom it is minted for, where somebody is named. */
  user?: string;
  ca?: string;
};

const PASSWORD_VARIABLE = "TURNLAB_TURN_PASSWORD";
const SECRET_VARIABLE = "TURNLAB_TURN_SECRET";

/** What the command line, its files and the environment say. @throws InvalidInput with every fault of all of them */
export function probeInput(words: readonly string[], options: ProbeOptions): ProbeInput {
  const faults: Fault[] = [];
  const password = options.password ?? taken(PASSWORD_VARIABLE);
  const secret = options.secret ?? taken(SECRET_VARIABLE);
  const shared = credentialOf(options.user, password, secret, options, faults);
  const urls: ProbedUrl[] = words.map((url) => ({ url, credential: shared }));
  for (const word of words) urlFault("URL", word, faults);
  if (options.iceServers !== undefined) urls.push(...iceServersOf(options.iceServers, shared, faults));
  if (words.length === 0 && options.iceServers === undefined) {
    faults.push({ place: "URL", expected: "a STUN or TURN URL, or --ice-servers FILE.json", found: "nothing" });
  }
  const ca = options.ca === undefined ? undefined : pemOf(options.ca, faults);
  if (faults.length > 0) throw new InvalidInput(formatFaults("command line", faults));
  return {
    urls: [...new Map(urls.map((one) => [`${one.url} ${one.credential?.username}`, one])).values()],
    ...(secret === undefined ? {} : { secret }),
    ...(secret === undefined || options.user === undefined ? {} : { user: options.user }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** Programs that are started from here need not know it. */
function taken(variable: string): string | undefined {
  const value = process.env[variable];
  delete process.env[variable];
  return value === "" ? undefined : value;
}

function credentialOf(
  user: string | undefined,
  password: string | undefined,
  secret: string | undefined,
  given: ProbeOptions,
  faults: Fault[],
): ProbedUrl["credential"] {
  const hint = `Or set ${PASSWORD_VARIABLE}: the environment is not seen in the list of processes.`;
  if (password !== undefined && secret !== undefined) {
    faults.push({
      place: given.secret === undefined ? SECRET_VARIABLE : "--secret",
      expected: "a user with a password, or a shared secret to make time-limited credentials with",
      found: "both",
    });
    return null;
  }
  if (secret !== undefined) return null;
  if (user !== undefined && password === undefined) {
    faults.push({
      place: "--password",
      expected: `the password of ${show(user)}, or --secret`,
      found: "nothing",
      hint,
    });
  }
  if (user === undefined && given.password !== undefined) {
    faults.push({ place: "--user", expected: "the user whose password it is", found: "nothing" });
  }
  return user === undefined || password === undefined ? null : { username: user, password };
}

function urlFault(place: string, text: string, faults: Fault[]): void {
  const parsed = parseIceUrl(text);
  if (!("error" in parsed)) return;
  const isDtls = /^turns:.*\?transport=udp$/i.test(text.trim());
  const expected = isDtls
    ? "turns: over TCP: browsers speak no DTLS to a server"
    : "stun:HOST[:PORT], turn:HOST[:PORT][?transport=udp|tcp] or turns:HOST[:PORT]";
  faults.push({ place, expected, found: show(text) });
}

/** `[{ urls, username, credential }]`, one such object, or `{ "iceServers": … }`, as applications have it (W3C RTCIceServer). */
function iceServersOf(file: string, shared: ProbedUrl["credential"], faults: Fault[]): ProbedUrl[] {
  const place = `--ice-servers ${file}`;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    // What JSON.parse quotes may be a password.
    const found = error instanceof SyntaxError ? "a file that is no JSON" : (error as Error).message;
    faults.push({ place, expected: "a file of iceServers as JSON", found });
    return [];
  }
  const list = isRecord(value) && "iceServers" in value ? value.iceServers : value;
  const entries: unknown[] = Array.isArray(list) ? list : [list];
  if (entries.length === 0) faults.push({ place, expected: "at least one entry", found: "none" });
  return entries.flatMap((entry, index) => {
    const at = `${place} [${index}]`;
    const texts = isRecord(entry) ? [entry.urls ?? entry.url].flat() : [];
    if (!isRecord(entry) || texts.length === 0 || !texts.every((text) => typeof text === "string")) {
      faults.push({ place: at, expected: "an entry with urls: a text or a list of texts", found: "another" });
      return [];
    }
    for (const text of texts) urlFault(`${at}.urls`, text, faults);
    const { username, credential } = entry;
    const has = [username, credential].filter((one) => typeof one === "string").length;
    if (has === 1) {
      const lacks = typeof username === "string" ? "credential" : "username";
      faults.push({ place: `${at}.${lacks}`, expected: "username and credential, or neither", found: "one of them" });
    }
    const own =
      typeof username === "string" && typeof credential === "string" ? { username, password: credential } : shared;
    return texts.map((url) => ({ url, credential: own }));
  });
}

function pemOf(file: string, faults: Fault[]): string | undefined {
  const expected = "a file of certificates in PEM";
  try {
    const pem = readFileSync(file, "utf8");
    if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(pem)) return pem;
    faults.push({ place: "--ca", expected, found: `${file}, which has none` });
  } catch (error) {
    faults.push({ place: "--ca", expected, found: (error as Error).message });
  }
  return undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
