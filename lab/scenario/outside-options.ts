import { parseIceUrl, type TurnUrl } from "../model/ice-url.ts";
import type { OutsideServer } from "../model/outside-server.ts";
import type { TurnListener } from "../model/turn-listeners.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";

/** The words of the command line that name a server outside of the lab. */
export type OutsideOptions = {
  turnUrl?: readonly string[];
  turnUser?: string;
  /** From the command line or from TURNLAB_TURN_PASSWORD; no fault repeats it. */
  turnPassword?: string;
  turnCa?: string;
  allowUplink?: boolean;
  /** An image to run the lab's own servers from, which are then none. */
  turnImage?: string;
};

/** Where things are looked up: the harness's own resolver and files. Both reject with a sentence. */
export type OutsideSources = { resolve: (host: string) => Promise<string>; readPem: (file: string) => string };

/** A server that can be tested, with what opens it and who vouches for it beside the authorities that everybody trusts. */
export type ChosenOutside = {
  server: OutsideServer;
  credential: { username: string; password: string };
  caPem?: string;
};

/**
 * What the options name, or every fault they have; null where they name nothing. Only a name that `--allow-uplink` lets out
 * is looked up: until then nothing leaves the machine for it.
 */
export async function chooseOutside(
  options: OutsideOptions,
  { resolve, readPem }: OutsideSources,
): Promise<{ outside: ChosenOutside | null } | { faults: Fault[] }> {
  const { turnUrl: texts = [], turnUser, turnPassword, turnCa, allowUplink = false } = options;
  if (texts.length === 0) {
    const faults = strayFaults(options);
    return faults.length > 0 ? { faults } : { outside: null };
  }
  const faults: Fault[] = [];
  const urls = texts.flatMap((text) => {
    const parsed = turnUrlOf(text);
    if (!("fault" in parsed)) return [parsed];
    faults.push(parsed.fault);
    return [];
  });
  const hosts = [...new Set(urls.map(({ host }) => host))];
  if (hosts.length > 1) {
    faults.push({
      place: "--turn-url",
      expected: "URLs of one server, by one host",
      found: hosts.join(", "),
      hint: "Test one server after the other.",
    });
  }
  if (options.turnImage !== undefined) {
    const expected = "no --turn-url beside it: a deployed server is what it is";
    faults.push({ place: "--turn-image", expected, found: show(options.turnImage) });
  }
  faults.push(...credentialFaults(turnUser, turnPassword));
  const [host = ""] = hosts;
  if (!allowUplink) faults.push(flagFault(host, urls));
  const address = allowUplink && hosts.length === 1 ? await addressOf(host, resolve, faults) : "";
  const caPem = turnCa === undefined ? undefined : pemOf(turnCa, readPem, faults);
  if (faults.length > 0 || turnUser === undefined || turnPassword === undefined) return { faults };
  return {
    outside: {
      server: { host, address, listeners: listenersOf(urls) },
      credential: { username: turnUser, password: turnPassword },
      ...(caPem === undefined ? {} : { caPem }),
    },
  };
}

/** Whether a name or an address means the machine itself, whoever asks: every node of the lab has a loopback of its own. */
export function isLocalName(host: string): boolean {
  return /^127\.[\d.]+$/.test(host) || host === "localhost" || host.endsWith(".localhost");
}

function turnUrlOf(text: string): TurnUrl | { fault: Fault } {
  const fault = (expected: string, found = show(text)) => ({ fault: { place: "--turn-url", expected, found } });
  const parsed = parseIceUrl(text);
  if ("error" in parsed) {
    const isDtls = /^turns:.*\?transport=udp$/i.test(text.trim());
    return fault(
      isDtls
        ? "turns: over TCP: the lab's peers, like browsers, speak no DTLS to a server"
        : "turn:HOST[:PORT][?transport=udp|tcp] or turns:HOST[:PORT]",
    );
  }
  if (parsed.kind === "stun") return fault("a TURN URL: STUN is asked by the same host and port");
  const host = parsed.host.toLowerCase();
  if (host.includes(":")) return fault("a name or an IPv4 address: the uplink carries IPv4 alone");
  return { ...parsed, host };
}

function listenersOf(urls: readonly TurnUrl[]): TurnListener[] {
  const all = new Map(urls.map(({ transport, port }) => [`${transport} ${port}`, { transport, port }]));
  return [...all.values()];
}

async function addressOf(host: string, resolve: OutsideSources["resolve"], faults: Fault[]): Promise<string> {
  try {
    return await resolve(host);
  } catch (error) {
    faults.push({
      place: "--turn-url",
      expected: "a host that resolves to an IPv4 address on this machine",
      found: `${host}: ${error instanceof Error ? error.message : String(error)}`,
    });
    return "";
  }
}

function pemOf(file: string, readPem: OutsideSources["readPem"], faults: Fault[]): string {
  const place = "--turn-ca";
  const expected = "a file of certificates in PEM";
  try {
    const pem = readPem(file);
    if (!/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(pem)) {
      faults.push({ place, expected, found: `${file}, which has none` });
    }
    return pem;
  } catch (error) {
    faults.push({ place, expected, found: error instanceof Error ? error.message : String(error) });
    return "";
  }
}

function credentialFaults(user: string | undefined, password: string | undefined): Fault[] {
  const hint = "Or set TURNLAB_TURN_PASSWORD: the environment is not seen in the list of processes.";
  return [
    ...(user ? [] : [{ place: "--turn-user", expected: "the user that the server knows", found: "nothing" }]),
    ...(password ? [] : [{ place: "--turn-password", expected: "the user's password", found: "nothing", hint }]),
  ];
}

function flagFault(host: string, urls: readonly TurnUrl[]): Fault {
  const where = listenersOf(urls).map(({ transport, port }) => `${transport === "udp" ? "udp" : "tcp"} ${port}`);
  const whom = host === "" ? "that server" : `${host}, ${[...new Set(where)].join(", ")}`;
  return {
    place: "--turn-url",
    expected: "--allow-uplink beside it",
    found: "nothing",
    hint:
      `Peers of the lab would speak to ${whom}, through this machine's own network; ` +
      "elsewhere no packet of a lab can leave it. Nothing was looked up or sent.",
  };
}

/** Words that say nothing without a URL: left unheard, a run of the lab's own server would look like one of theirs. */
function strayFaults({ turnUser, turnPassword, turnCa, allowUplink }: OutsideOptions): Fault[] {
  const given = [
    ...(turnUser === undefined ? [] : ["--turn-user"]),
    ...(turnPassword === undefined ? [] : ["--turn-password"]),
    ...(turnCa === undefined ? [] : ["--turn-ca"]),
    ...(allowUplink ? ["--allow-uplink"] : []),
  ];
  return given.map((place) => ({ place, expected: "a --turn-url beside it", found: "none" }));
}
