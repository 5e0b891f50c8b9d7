import { setTimeout as sleep } from "node:timers/promises";
import { badInput } from "./invalid-input.ts";

/** Of Prometheus' Pushgateway. `url` without credentials; `authorization`: those, as a header's value. */
export type PushGateway = { url: string; authorization: string | null };

const OPTION = "--push-gateway";
const EVERY_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;
const JOB = "turnlab";

/** @throws InvalidInput where it is no URL of a gateway; what it says has no password in it */
export function pushGatewayOf(written: string): PushGateway {
  const url = URL.canParse(written) ? new URL(written) : null;
  const fault = (found: string) =>
    badInput({
      place: OPTION,
      expected: "the http: or https: URL of a Pushgateway, such as http://127.0.0.1:9091",
      found,
    });
  if (!url) throw fault(`"${written.replace(/[^/@]*@/, "***@")}", which is no URL`);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw fault("a URL of another scheme");
  if (url.search !== "" || url.hash !== "") throw fault("a URL with a query or a fragment");
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const credentials = [username, password].map(decoded).join(":");
  return {
    url: url.href.replace(/\/+$/, ""),
    authorization: credentials === ":" ? null : `Basic ${Buffer.from(credentials).toString("base64")}`,
  };
}

/**
 * Puts a run's metrics to a gateway, every 10 s and once at the end, as one group (`job`, `run`): each push replaces the last.
 * A gateway that fails is told once, in words without its credentials, and the run goes on.
 */
export class Pusher {
  readonly #gateway: PushGateway;
  readonly #runId: string;
  readonly #text: () => string;
  readonly #warn: (line: string) => void;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #hasWarned = false;

  /** `text`: in the text format 0.0.4, which every Pushgateway reads. */
  constructor(
    gateway: PushGateway,
    {
      runId,
      text,
      warn,
      everyMs = EVERY_MS,
    }: { runId: string; text: () => string; warn: (line: string) => void; everyMs?: number },
  ) {
    this.#gateway = gateway;
    this.#runId = runId;
    this.#text = text;
    this.#warn = warn;
    this.#loop = this.#pushEvery(everyMs);
  }

  /** The last push, of the end. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#push();
  }

  async #pushEvery(ms: number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#push();
      await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #push(): Promise<void> {
    const text = this.#text();
    if (text === "") return;
    const { url, authorization } = this.#gateway;
    try {
      const answer = await fetch(`${url}/metrics/job/${JOB}/run/${encodeURIComponent(this.#runId)}`, {
        method: "PUT",
        body: text,
        headers: {
          "content-type": "text/plain; version=0.0.4; charset=utf-8",
          ...(authorization === null ? {} : { authorization }),
        },
        // Credentials go nowhere else.
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const said = await answer.text();
      if (!answer.ok) this.#failed(`HTTP ${answer.status} ${said.slice(0, 200)}`);
    } catch (error) {
      this.#failed(reasonOf(error));
    }
  }

  #failed(reason: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const words = reason.replaceAll(/\p{Cc}+/gu, " ").trim();
    this.#warn(
      `warning: metrics were not pushed to ${this.#gateway.url}: ${words}; the run goes on, and this is said once`,
    );
  }
}

/** Of a failed fetch, what the system says: `fetch failed` alone helps nobody. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (cause instanceof AggregateError) return cause.errors.map((one: Error) => one.message).join(", ");
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
