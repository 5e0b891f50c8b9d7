import type { ApiOffer } from "../../model/ice-server-api.ts";
import type { ProviderKeys } from "../provider.ts";

export type EmulatedRequest = { method: string; url: URL; headers: Readonly<Record<string, unknown>>; body: string };
export type EmulatedAnswer = { status: number; body: unknown };

/** A credential of one server that expires after so many seconds (below 0: it has), or never. */
export type Mint = (server: string, ttlSeconds: number | null) => { username: string; password: string };

export type EmulatedSetting = {
  keys: ProviderKeys;
  variant: string;
  offers: readonly ApiOffer[];
  /** Where the API itself decides the lifetime, and not the one who asks. */
  ttlSeconds?: number;
  mint: Mint;
  /** How often the API has been asked, this time included. */
  requestNumber: number;
};

/** One provider's side of its API: what it answers to a request, right or wrong. */
export type EmulatedApi = {
  /** Keys that nobody has used before, in the provider's own form. */
  freshKeys(variant: string): Record<string, string>;
  answer(request: EmulatedRequest, setting: EmulatedSetting): EmulatedAnswer;
  /** How the provider words a status. */
  refusal(status: number): EmulatedAnswer;
};

/** The JSON of a body; undefined where it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** STUN without, TURN with a credential, as two lists of URLs. */
export function splitUrls(urls: readonly string[]): { stun: string[]; turn: string[] } {
  const isStun = (url: string) => url.startsWith("stun:");
  return { stun: urls.filter(isStun), turn: urls.filter((url) => !isStun(url)) };
}

export const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
