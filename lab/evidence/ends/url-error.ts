import type { UrlError } from "../../model/evidence.ts";

/**
 * W3C RTCPeerConnectionIceErrorEvent, as JSON or as a console or an old dump prints it. `hostCandidate` is Chromium's own.
 * Null where it has no code.
 */
export function urlErrorIn(text: string, atMs: number | null): UrlError | null {
  const code = field(text, "error_?code");
  if (code === null || !/^[3-7]\d\d$/.test(code)) return null;
  const url = field(text, "url");
  const address = field(text, "address");
  const port = field(text, "port");
  const base = field(text, "host_?candidate");
  return {
    url: url !== null && /^(stun|turn)s?:/i.test(url) ? url : null,
    errorCode: Number(code),
    text: field(text, "error_?text") ?? "",
    code: null,
    hostCandidate: base ?? (address !== null && port !== null && port !== "0" ? `${address}:${port}` : null),
    atMs,
  };
}

/** The value after a name, quoted or up to the end of its line or the next comma; null where there is none. */
function field(text: string, name: string): string | null {
  const match = new RegExp(
    `(?:^|[\\s{,(])["']?${name}["']?\\s*[:=]\\s*(?:"((?:[^"\\\\\\n]|\\\\.)*)"|'((?:[^'\\\\\\n]|\\\\.)*)'|([^"',\\s}][^\\n,}]*))`,
    "i",
  ).exec(text);
  const value = match?.[1] ?? match?.[2] ?? match?.[3]?.trim();
  return value === undefined || value === "" || value === "null" || value === "undefined" ? null : value;
}
