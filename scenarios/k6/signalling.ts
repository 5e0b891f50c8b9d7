import exec from "k6/execution";
import { Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { clearTimeout, setTimeout } from "k6/timers";
import { WebSocket } from "k6/websockets";
import { exchange, type World } from "./exchange.ts";
import { needed, wholeNumber } from "./setting.ts";

/**
 * A signalling server under load: at a rate, two peers join a room and say what a call says, over WebSocket, in the messages of
 * signalling-messages.ts.
 *
 * API_URL (ws: or wss:), API_TOKEN (as a bearer, where there is one); RATE (5 calls a second), DURATION (30s), MAX_VUS (200),
 * CANDIDATES (4 of each peer), CALL_TIMEOUT_MS (5000), MAX_P95_MS (500: from offer to answer).
 */

const url = needed(__ENV, "API_URL");
const maxVUs = wholeNumber(__ENV, "MAX_VUS", 200);
const candidates = wholeNumber(__ENV, "CANDIDATES", 4);
const timeoutMs = wholeNumber(__ENV, "CALL_TIMEOUT_MS", 5_000);
const headers: Record<string, string> = __ENV.API_TOKEN ? { authorization: `Bearer ${__ENV.API_TOKEN}` } : {};

export const options: Options = {
  scenarios: {
    calls: {
      executor: "constant-arrival-rate",
      rate: wholeNumber(__ENV, "RATE", 5),
      timeUnit: "1s",
      duration: __ENV.DURATION || "30s",
      preAllocatedVUs: Math.min(maxVUs, 20),
      maxVUs,
    },
  },
  thresholds: {
    signalling_success: ["rate>0.99", { threshold: "rate>0.5", abortOnFail: true, delayAbortEval: "10s" }],
    signalling_answer_time: [`p(95)<${wholeNumber(__ENV, "MAX_P95_MS", 500)}`],
    signalling_join_time: ["p(95)<1000"],
    signalling_candidate_time: ["p(95)<250"],
    signalling_candidate_delivery: ["rate>0.999"],
    dropped_iterations: ["count<1"],
  },
};

const success = new Rate("signalling_success");
const joinTime = new Trend("signalling_join_time", true);
const answerTime = new Trend("signalling_answer_time", true);
const candidateTime = new Trend("signalling_candidate_time", true);
const delivery = new Rate("signalling_candidate_delivery");

const world: World = {
  open: () => new WebSocket(url, null, { headers, tags: { name: "signalling" } }),
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

export default async function call(): Promise<void> {
  const room = `turnlab-${exec.vu.idInTest}-${exec.vu.iterationInScenario}-${Date.now()}`;
  const result = await exchange(world, { room, candidates, timeoutMs });
  success.add(result.fault === null, result.fault === null ? {} : { fault: result.fault });
  if (result.joinTime !== null) joinTime.add(result.joinTime);
  if (result.answerTime !== null) answerTime.add(result.answerTime);
  for (const ms of result.candidateTimes) candidateTime.add(ms);
  for (let n = 0; n < result.candidatesSent; n += 1) delivery.add(n < result.candidateTimes.length);
}
