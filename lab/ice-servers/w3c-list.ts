import type { IceServer } from "../model/ice.ts";
import { isRecord } from "./is-record.ts";
import { IceServersError } from "./provider.ts";

/**
 * Reads what stands where a list of ICE servers must be: an array or a single object of it; `urls` as a text or a list, or
 * the old `url`. @throws IceServersError, without any credential in it
 */
export function readW3cList(value: unknown, status: number): IceServer[] {
  const malformed = (message: string) => new IceServersError("ice_servers_malformed", message, status);
  const entries: unknown[] = Array.isArray(value) ? value : isRecord(value) ? [value] : [];
  if (entries.length === 0) throw malformed("the answer has no list of ICE servers");
  return entries.map((entry, index) => {
    if (!isRecord(entry)) throw malformed(`ICE server ${index} of the answer is no object`);
    const urls = [entry.urls ?? entry.url].flat();
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
