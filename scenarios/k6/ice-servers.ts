import { check } from "k6";
import encoding from "k6/encoding";
import http from "k6/http";
import { Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { type Ask, apiOf, PROVIDER_NAMES, type Setting } from "./ice-server-apis.ts";
import { readList } from "./ice-server-list.ts";
import { needed, oneOf, wholeNumber } from "./setting.ts";

/**
 * The credential endpoint under load: lists of ICE servers at a rate, whether answers come or not, each looked at as a peer would.
 *
 * API_URL, API_PROVIDER (coturn-rest), the provider's keys; RATE (10 a second), DURATION (30s), MAX_VUS (100), TTL_SECONDS
 * (3600), MAX_P95_MS (1000: of a whole list).
 */

const provider = oneOf(__ENV, "API_PROVIDER", PROVIDER_NAMES, "coturn-rest");
const api = apiOf(provider);
const setting: Setting = {
  baseUrl: needed(__ENV, "API_URL").replace(/\/+$/, ""),
  environment: __ENV,
  ttlSeconds: wholeNumber(__ENV, "TTL_SECONDS", 3_600),
  base64: (text) => encoding.b64encode(text),
};
const maxVUs = wholeNumber(__ENV, "MAX_VUS", 100);
for (const name of api.must) needed(__ENV, name);

export const options: Options = {
  scenarios: {
    lists: {
      executor: "constant-arrival-rate",
      rate: wholeNumber(__ENV, "RATE", 10),
      timeUnit: "1s",
      duration: __ENV.DURATION || "30s",
      preAllocatedVUs: Math.min(maxVUs, 20),
      maxVUs,
      tags: { provider },
    },
  },
  thresholds: {
    ice_servers_usable: ["rate>0.99", { threshold: "rate>0.5", abortOnFail: true, delayAbortEval: "10s" }],
    ice_servers_fetch_time: [`p(95)<${wholeNumber(__ENV, "MAX_P95_MS", 1_000)}`],
    turn_credential_lifetime: ["min>60"],
    http_req_failed: ["rate<0.01"],
    dropped_iterations: ["count<1"],
    checks: ["rate>0.99"],
  },
  // Nobody is asked but who was named.
  maxRedirects: 0,
};

const usable = new Rate("ice_servers_usable");
const fetchTime = new Trend("ice_servers_fetch_time", true);
/** Seconds; only where user names say it. */
const lifetime = new Trend("turn_credential_lifetime");

export default function list(): void {
  const startedAt = Date.now();
  const answer = answerTo(api.ask(setting));
  const next = api.next?.(answer, setting);
  const last = api.next ? (next ? answerTo(next) : null) : answer;
  const facts = readList(api.list(last), Date.now() / 1_000);
  // The fault is a tag, and not the answer: that holds credentials.
  usable.add(facts.fault === null, facts.fault === null ? {} : { fault: facts.fault });
  if (last !== null) fetchTime.add(Date.now() - startedAt);
  if (facts.lifetimeSeconds !== null) lifetime.add(facts.lifetimeSeconds);
  check(facts, {
    "there is a list": ({ fault }) => fault !== "no_list",
    "it has TURN": ({ turnUrls }) => turnUrls > 0,
    "a peer can use it": ({ fault }) => fault === null,
  });
}

/** The JSON of an answer; null where it was none, or a refusal. */
function answerTo({ name, method, url, headers, body }: Ask): unknown {
  // Without the name every key in a URL would be a time series of its own, and in every output.
  const { status, body: text } = http.request(method, url, body, { headers, tags: { name }, timeout: "10s" });
  if (status < 200 || status > 299 || typeof text !== "string") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
