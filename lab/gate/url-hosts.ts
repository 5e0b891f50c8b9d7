import { isIP, isIPv4 } from "node:net";
import { parseIceUrl } from "../model/ice-url.ts";
import type { RawIceServer } from "../model/topology.ts";
import type { Fault } from "../scenario/fault.ts";
import { isDnsName } from "../scenario/hostname-faults.ts";
import type { MachinePlace } from "./machine-place.ts";
import { isStuns } from "./read-profile.ts";

/** Whose names and addresses the URLs of a profile have, and what of them clients in the lab are given. */
export type UrlHosts = {
  /** Of the list: what leads to the server under test, or to STUN servers that the lab has a stand-in for. */
  iceServers: RawIceServer[];
  /** The server's, the one on its certificate first; without any name, its address. */
  hostname: string;
  aliases: string[];
  /** Public STUN servers' names and ports. */
  stun: { names: string[]; ports: number[] };
  notes: string[];
};

/** Companies that give TURN away by the minute: what leads there leads past the server under test. */
const PROVIDERS =
  /(^|\.)(twilio\.com|xirsys\.com|metered\.ca|metered\.live|cloudflare\.com|expressturn\.com|openrelayproject\.org|google\.com|stunprotocol\.org|subspace\.com)$/;

type Sorted = { url: string } & (
  | { of: "server"; host: string }
  | { of: "stun"; host: string; port: number }
  | { of: "nobody"; why: string }
  | { of: "other machine"; host: string }
);

/** Sorts the URLs of a list by whom they lead to, or says that none leads to the server. Pure. */
export function urlHosts(
  iceServers: readonly RawIceServer[],
  { publicAddress }: MachinePlace,
  realmHost: string | null,
): UrlHosts | { faults: Fault[] } {
  const all = iceServers.map((entry, index) => ({ entry, index, urls: [entry.urls].flat() }));
  const turnNames = new Set(all.flatMap(({ urls }) => urls.flatMap((url) => turnName(url) ?? [])));
  const sorted = all.map((one) => ({
    ...one,
    urls: one.urls.map((url) => sort(url, { publicAddress, turnNames, realmHost })),
  }));
  const misled = sorted.flatMap(({ urls, index }) =>
    urls.flatMap((url) => (url.of === "other machine" ? [elsewhere(url, index, publicAddress)] : [])),
  );
  if (misled.length > 0) return { faults: misled };
  const flat = sorted.flatMap(({ urls }) => urls);
  const hosts = [...new Set(flat.flatMap((url) => (url.of === "server" ? [url.host] : [])))];
  const left = flat.flatMap((url) => (url.of === "nobody" ? [url] : []));
  const kept = sorted.flatMap(({ entry, urls }) => {
    const own = urls.flatMap((url) => (url.of === "nobody" ? [] : [url.url]));
    return own.length > 0 ? [{ ...entry, urls: own }] : [];
  });
  if (!flat.some(({ of, url }) => of === "server" && /^turns?:/i.test(url))) {
    const found = left.length > 0 ? left.map(({ url, why }) => `${url}: ${why}`).join("; ") : "none";
    return { faults: [{ place: "iceServers", expected: "a TURN URL that leads to this server", found }] };
  }
  const names = hosts.filter((host) => !isIP(host));
  const [first = publicAddress, ...aliases] = names;
  const stun = flat.flatMap((url) => (url.of === "stun" ? [url] : []));
  return {
    iceServers: kept,
    hostname: first,
    aliases,
    stun: {
      names: [...new Set(stun.map(({ host }) => host))],
      ports: [...new Set(stun.map(({ port }) => port))],
    },
    notes: [...new Set(left.map(({ url, why }) => `${url} is left out: ${why}`))],
  };
}

function turnName(url: string): string | null {
  const parsed = parseIceUrl(url);
  if (!("kind" in parsed) || parsed.kind !== "turn" || isIP(parsed.host)) return null;
  const host = parsed.host.toLowerCase();
  return PROVIDERS.test(host) ? null : host;
}

type Known = { publicAddress: string; turnNames: ReadonlySet<string>; realmHost: string | null };

function sort(url: string, { publicAddress, turnNames, realmHost }: Known): Sorted {
  if (isStuns(url)) return { url, of: "nobody", why: "the lab's peers speak no STUN over TLS" };
  const parsed = parseIceUrl(url);
  if ("error" in parsed) return { url, of: "nobody", why: parsed.error };
  const host = parsed.host.toLowerCase();
  if (isIPv4(host)) {
    if (host === publicAddress) return { url, of: "server", host };
    if (parsed.kind === "turn") return { url, of: "other machine", host };
    return { url, of: "nobody", why: `${host} is no address of this server` };
  }
  if (isIP(host)) return { url, of: "nobody", why: "the server stands at IPv4 addresses here" };
  if (!isDnsName(host)) return { url, of: "nobody", why: `${host} is no name` };
  if (turnNames.has(host) || host === realmHost) return { url, of: "server", host };
  if (parsed.kind === "turn") return { url, of: "nobody", why: `${host} is another company's server` };
  return { url, of: "stun", host, port: parsed.port };
}

function elsewhere({ url, host }: { url: string; host: string }, index: number, publicAddress: string): Fault {
  return {
    place: `iceServers[${index}].urls`,
    expected: `a name, or ${publicAddress}, where the server stands`,
    found: url,
    hint: `${host} is another machine: leave it out, or gate the file that runs there.`,
  };
}
