import { parseIceUrl, type TurnUrl } from "../model/ice-url.ts";

/** Those of a list that are TURN URLs, parsed. */
export function turnUrls(urls: readonly string[]): (TurnUrl & { url: string })[] {
  return urls.flatMap((url) => {
    const parsed = parseIceUrl(url);
    return "kind" in parsed && parsed.kind === "turn" ? [{ ...parsed, url }] : [];
  });
}
