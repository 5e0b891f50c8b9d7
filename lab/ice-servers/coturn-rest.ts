import { askJson } from "./ask-json.ts";
import { isRecord } from "./is-record.ts";
import { type IceServerProvider, IceServersError } from "./provider.ts";

/** A web service that mints credentials for coturn (draft-uberti-behave-turn-rest-00 section 2.1). */
export const coturnRestProvider: IceServerProvider = {
  realBaseUrl: ({ url = "" }) => url,
  async fetch(request) {
    const { key = "" } = request.keys;
    const { pathname, searchParams } = new URL(request.baseUrl);
    searchParams.set("service", "turn");
    searchParams.set("username", "turnlab");
    if (key !== "") searchParams.set("key", key);
    const { status, answer } = await askJson({ method: "GET", path: `${pathname}?${searchParams}` }, request);
    const { username, password, ttl, uris } = isRecord(answer) ? answer : {};
    const urls: unknown[] = Array.isArray(uris) ? uris : [];
    const isComplete = typeof username === "string" && typeof password === "string" && urls.length > 0;
    if (!isComplete || !urls.every((url) => typeof url === "string")) {
      throw new IceServersError("ice_servers_malformed", "the answer lacks username, password or uris", status);
    }
    const iceServers = [{ urls, username, credential: password }];
    return { iceServers, ttlSeconds: typeof ttl === "number" ? ttl : request.ttlSeconds, status };
  },
};
