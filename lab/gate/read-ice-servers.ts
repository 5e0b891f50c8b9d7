import { entriesOf, findList, urlsOf } from "../ice-servers/w3c-list.ts";
import type { RawIceServer } from "../model/topology.ts";
import type { Fault } from "../scenario/fault.ts";
import { isRecord } from "../scenario/read.ts";
import { parseJson } from "./parse-json.ts";
import { credentialFaults, urlFaults } from "./read-profile.ts";

export type ReadIceServers =
  /** `ttlSeconds`: what the answer says of its credentials; null: nothing. */
  { iceServers: RawIceServer[]; ttlSeconds: number | null } | { faults: Fault[] };

const SHAPES =
  "a list of RTCIceServer, an object with iceServers, or the answer of a provider (Cloudflare, Twilio, Xirsys, Metered, TURN REST)";

/** Reads what an application or its provider hands out as `iceServers`, or says everything that is wrong with it. Pure. */
export function readIceServers(text: string): ReadIceServers {
  const json = parseJson(text, "ICE servers");
  if ("fault" in json) return { faults: [json.fault] };
  const found = findList(json.value);
  const entries = entriesOf(found?.list);
  if (!found || entries.length === 0) {
    const what = found ? "a list without entries" : Array.isArray(json.value) ? "an empty list" : "none of these";
    return { faults: [{ place: found?.path.join(".") || "(file)", expected: SHAPES, found: what }] };
  }
  const { path, ttlSeconds } = found;
  const isSingle = !Array.isArray(found.list);
  const read = entries.map((entry, index) => readEntry(entry, `${path.join(".")}${isSingle ? "" : `[${index}]`}`));
  const faults = read.flatMap((one) => ("faults" in one ? one.faults : []));
  if (faults.length > 0) return { faults };
  return { iceServers: read.flatMap((one) => ("entry" in one ? [one.entry] : [])), ttlSeconds };
}

function readEntry(entry: unknown, place: string): { entry: RawIceServer } | { faults: Fault[] } {
  const at = place === "" ? "(file)" : place;
  if (!isRecord(entry)) {
    return { faults: [{ place: at, expected: "an object with urls", found: entry === null ? "null" : typeof entry }] };
  }
  const urls = urlsOf(entry);
  const names = urls.filter((url): url is string => typeof url === "string" && url !== "");
  const faults: Fault[] = urls.flatMap((url, index) => {
    const own = `${place}${place === "" ? "" : "."}urls[${index}]`;
    if (typeof url === "string" && url !== "") return urlFaults(url, own);
    return [{ place: own, expected: "a STUN or TURN URL", found: url === undefined ? "nothing" : typeof url }];
  });
  // Some providers say null, or nothing in a text, of their STUN servers.
  const given = (key: string) => (entry[key] === null || entry[key] === "" ? undefined : entry[key]);
  const [username, credential] = [given("username"), given("credential")];
  for (const [key, value] of Object.entries({ username, credential })) {
    if (value === undefined || typeof value === "string") continue;
    faults.push({ place: `${at}.${key}`, expected: "a text", found: `a ${typeof value}` });
  }
  faults.push(...credentialFaults({ username, credential }, at));
  if (faults.length > 0) return { faults };
  const opened = username === undefined ? {} : { username: String(username), credential: String(credential) };
  return { entry: { urls: names, ...opened } };
}
