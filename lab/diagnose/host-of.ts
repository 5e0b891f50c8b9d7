import { parseIceUrl } from "../model/ice-url.ts";

/** The host of a URL, or of `ADDRESS:PORT`; a name stays as it is. */
export function hostOf(server: string): string {
  const parsed = parseIceUrl(server);
  if ("kind" in parsed) return parsed.host;
  return /^(\[.*\]|[^:]+):\d+$/.exec(server)?.[1]?.replace(/^\[|\]$/g, "") ?? server;
}
