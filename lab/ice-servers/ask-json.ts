import http from "node:http";
import https from "node:https";
import type { IceServersFailureCode } from "../model/failure.ts";
import { IceServersError, type ListRequest, type ProviderKeys } from "./provider.ts";

type JsonQuestion = {
  method: "GET" | "POST" | "PUT";
  /** Path and query, which may hold keys. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
};

/** No list of ICE servers is longer; a page of HTML may be. */
const MAX_ANSWER_BYTES = 1_000_000;
const QUOTED_CHARACTERS = 300;

/**
 * Asks one question of a provider and returns its JSON.
 * @throws IceServersError for every answer but a 2xx with JSON, and where none comes in time
 */
export async function askJson(
  { method, path, headers = {}, body }: JsonQuestion,
  { baseUrl, keys, timeoutMs, signal }: Pick<ListRequest, "baseUrl" | "keys" | "timeoutMs" | "signal">,
): Promise<{ status: number; answer: unknown }> {
  const url = new URL(path, `${baseUrl}/`);
  const late = AbortSignal.timeout(timeoutMs);
  // The path is left out: some providers have keys in it.
  const asked = `${method} ${url.origin}`;
  const { status, text } = await exchange(url, { method, headers, body }, anyOf(late, signal)).catch(
    (error: unknown) => {
      signal?.throwIfAborted();
      if (late.aborted) {
        throw new IceServersError("ice_servers_timeout", `${asked} gave no answer within ${timeoutMs} ms`, null, error);
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new IceServersError("ice_servers_unavailable", `${asked} gave no whole answer: ${reason}`, null, error);
    },
  );
  const quoted = quote(text, keys);
  if (status < 200 || status > 299) {
    throw new IceServersError(codeOf(status), `${asked} answered ${status}: ${quoted}`, status);
  }
  try {
    return { status, answer: JSON.parse(text) };
  } catch (error) {
    const message = `${asked} answered ${status} with what is no JSON: ${quoted}`;
    throw new IceServersError("ice_servers_malformed", message, status, error);
  }
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/** An agent of its own for loopback: the global one may be told by the environment to go through a proxy. */
const LOOPBACK_AGENT = new http.Agent();

function exchange(
  url: URL,
  { method, headers, body }: Omit<JsonQuestion, "path" | "headers"> & { headers: Record<string, string> },
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const options = { method, headers: { accept: "application/json", ...headers, ...length }, signal };
  const onResponse = (response: http.IncomingMessage) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`));
    });
    response.on("error", reject);
    response.on("end", () => {
      if (!response.complete) reject(new Error("the connection broke in the middle of the answer"));
      else resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
  };
  const request =
    url.protocol === "https:"
      ? https.request(url, options, onResponse)
      : http.request(url, { ...options, agent: LOOPBACK_AGENT }, onResponse);
  request.on("error", reject);
  request.end(body);
  return promise;
}

/** The one failure that a status stands for. */
export function codeOf(status: number): IceServersFailureCode {
  if (status === 401) return "ice_servers_unauthorized";
  if (status === 403) return "ice_servers_forbidden";
  if (status === 429) return "ice_servers_rate_limited";
  return status >= 500 ? "ice_servers_unavailable" : "ice_servers_refused";
}

/** A provider's words, on one line, shortened, without any key in any form that it was sent in. */
export function quote(text: string, keys: ProviderKeys): string {
  const values = Object.values(keys).filter((value) => value !== "");
  const forms = values.flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString("base64")]);
  const pairs = values.flatMap((a) => values.map((b) => basic(a, b)));
  let line = text.replaceAll(/\s+/g, " ").trim();
  for (const form of [...pairs, ...forms].toSorted((a, b) => b.length - a.length)) line = line.replaceAll(form, "***");
  const shown = maskCredentials(line);
  return shown.length <= QUOTED_CHARACTERS ? shown || "nothing" : `${shown.slice(0, QUOTED_CHARACTERS)}…`;
}

/** What an answer holds that opens a server must not be quoted either: it may be a list that is only half right. */
function maskCredentials(line: string): string {
  return line.replaceAll(/("(?:credential|password|apiKey|key)"\s*:\s*")(?:[^"\\]|\\.)*/gi, "$1***");
}

/** RFC 7617. */
export function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString("base64");
}
