import type { IceServer } from "../model/ice.ts";
import { isRecord } from "./is-record.ts";
import { IceServersError } from "./provider.ts";

/**
 * Reads what stands where a list of ICE servers must be: an array or a single object of it; `urls` as a text or a list, or
 * the old `url`. @throws IceServersError, without any credential in it
 */
export function readW3cList(value: unknown, status: number): IceServer[] {
  const malformed = (message: string) => new IceServersError("ice_servers_malformed", message, status);
  const entries = entriesOf(value);
  if (entries.length === 0) throw malformed("the answer has no list of ICE servers");
  return entries.map((entry, index) => {
    if (!isRecord(entry)) throw malformed(`ICE server ${index} of the answer is no object`);
    const urls = urlsOf(entry);
    if (urls.length === 0 || !urls.every((url) => typeof url === "string")) {
      throw malformed(`ICE server ${index} of the answer has no urls`);
    }
    const { username, credential } = entry;
    if (typeof username === "string" && typeof credential === "string") return { urls, username, credential };
    const turn = urls.find((url) => /^turns?:/i.test(url));
    if (turn !== undefined) throw malformed(`the answer has no username and credential for ${turn}`);
    return { urls };
  });
}

/** Entries of a list, or of the single one that stands in place of it. */
export function entriesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isRecord(value) ? [value] : [];
}

/** What stands for an entry's URLs, `url` in lists from before `urls`. */
export function urlsOf({ urls, url }: Readonly<Record<string, unknown>>): unknown[] {
  return [urls ?? url].flat();
}

/**
 * Where the list is in an answer of any shape that providers and backends have: itself, `iceServers` (W3C RTCConfiguration,
 * Cloudflare), `ice_servers` (Twilio), `v` (Xirsys), or `uris` beside a credential (draft-uberti-behave-turn-rest-00).
 */
export function findList(answer: unknown): { list: unknown; path: string[]; ttlSeconds: number | null } | null {
  if (Array.isArray(answer)) return { list: answer, path: [], ttlSeconds: null };
  if (!isRecord(answer)) return null;
  const ttl = Number(answer.ttl ?? Number.NaN);
  const ttlSeconds = Number.isInteger(ttl) && ttl > 0 ? ttl : null;
  for (const key of ["iceServers", "ice_servers"]) {
    if (key in answer) return { list: answer[key], path: [key], ttlSeconds };
  }
  if ("v" in answer) {
    const inner = findList(answer.v);
    return inner && { ...inner, path: ["v", ...inner.path] };
  }
  if (Array.isArray(answer.uris)) {
    const { uris: urls, username, password: credential } = answer;
    return { list: [{ urls, username, credential }], path: [], ttlSeconds };
  }
  return "urls" in answer || "url" in answer ? { list: answer, path: [], ttlSeconds } : null;
}
