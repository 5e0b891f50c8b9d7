import { setTimeout as sleep } from "node:timers/promises";
import { BindingSocket } from "../../stun/binding-socket.ts";
import { connect } from "../../stun/connect.ts";
import type { StunMessage } from "../../stun/message.ts";
import { attribute, request } from "../../stun/message.ts";
import { StunClient } from "../../stun/stun-client.ts";
import { StunError } from "../../stun/stun-error.ts";
import type { ServerTarget } from "../../stun/transport.ts";
import { formatTransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

const RETRY_MS = 25;
/** A connection that hangs (its SYN was lost, say) is given up after this, then twice this, and so on. */
const FIRST_ATTEMPT_MS = 250;

type Patience = { timeoutMs: number; retryMs: number };
type Readiness = ObserverOperations["stun-ready"]["result"];

/** Waits until a server answers a Binding request with success or 401. Rejects with an AgentError. */
export async function waitForStun(
  target: ServerTarget,
  timeoutMs: number,
  retryMs: number = RETRY_MS,
): Promise<Readiness> {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const waitForAnswer = target.transport === "udp" ? waitOverUdp : waitOverStream;
  const answer = await waitForAnswer(target, { timeoutMs, retryMs }, elapsedMs);
  return { answer, durationMs: elapsedMs() };
}

async function waitOverUdp(target: ServerTarget, { timeoutMs, retryMs }: Patience): Promise<Readiness["answer"]> {
  await using socket = await BindingSocket.open(target.address.includes(":") ? "::" : "0.0.0.0");
  const timer = new AbortController();
  const until = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {});
  // One transaction in many copies: an answer that takes longer than a retry counts as well.
  const asked = await socket.ask(target, { copies: Math.ceil(timeoutMs / retryMs), spacingMs: retryMs, until });
  timer.abort();
  const verdict = asked && readiness(asked.message);
  if (verdict === null) throw notReady(target, timeoutMs, "silence");
  if (verdict.isReady) return verdict.answer;
  throw notReady(target, timeoutMs, verdict.found);
}

async function waitOverStream(
  target: ServerTarget,
  { timeoutMs, retryMs }: Patience,
  elapsedMs: () => number,
): Promise<Readiness["answer"]> {
  let attemptMs = FIRST_ATTEMPT_MS;
  let found = "nothing";
  let isConnected = false;
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = timeoutMs - elapsedMs()) {
    const retryAt = elapsedMs() + retryMs;
    const limitMs = Math.min(attemptMs, leftMs);
    try {
      await using client = new StunClient(await connect(target, { timeoutMs: limitMs }));
      isConnected = true;
      const verdict = readiness(await client.request(request("Binding"), { timeoutMs: limitMs }));
      if (verdict.isReady) return verdict.answer;
      found = verdict.found;
    } catch (error) {
      if (!(error instanceof StunError)) throw error;
      if (error.code === "certificate_rejected") {
        throw new AgentError("turn_tls_failed", error.message, { cause: error });
      }
      if (error.code === "timeout") attemptMs *= 2;
      found = error.message;
    }
    await sleep(Math.max(0, retryAt - elapsedMs()));
  }
  throw notReady(target, timeoutMs, found, isConnected ? "turn_no_answer" : "turn_connect_failed");
}

type Verdict = { isReady: true; answer: Readiness["answer"] } | { isReady: false; found: string };

function readiness(message: StunMessage): Verdict {
  if (message.class === "success") return { isReady: true, answer: "success" };
  const error = attribute(message, "ERROR-CODE");
  // Some servers want a credential for Binding too (coturn's secure-stun): that is an answer.
  if (error?.number === 401) return { isReady: true, answer: "401" };
  return { isReady: false, found: `${error?.number} ${error?.reason}` };
}

function notReady(
  target: ServerTarget,
  timeoutMs: number,
  found: string,
  code: "turn_no_answer" | "turn_connect_failed" = "turn_no_answer",
): AgentError {
  const where = `${target.transport.toUpperCase()} ${formatTransportAddress(target)}`;
  return new AgentError(
    code,
    `${where}: expected success or 401 to a Binding request within ${timeoutMs} ms, found ${found}`,
  );
}
