import { askJson } from "./ask-json.ts";
import { isRecord } from "./is-record.ts";
import type { IceServerProvider } from "./provider.ts";
import { readW3cList } from "./w3c-list.ts";

/** An application's own backend that has a fixed list: a W3C array, or an object with one as `iceServers`. */
export const staticProvider: IceServerProvider = {
  realBaseUrl: ({ url = "" }) => url,
  async fetch(request) {
    const { token = "" } = request.keys;
    const headers: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
    const { status, answer } = await askJson({ method: "GET", path: pathOf(request.baseUrl), headers }, request);
    const list = isRecord(answer) && "iceServers" in answer ? answer.iceServers : answer;
    return { iceServers: readW3cList(list, status), ttlSeconds: null, status };
  },
};

/** A backend of one's own is at any path; the others have theirs in their adapter. */
export function pathOf(baseUrl: string): string {
  const { pathname, search } = new URL(baseUrl);
  return `${pathname}${search}`;
}
