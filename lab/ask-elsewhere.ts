import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { AskedListener } from "./model/evidence.ts";
import type { TurnListener } from "./model/turn-listeners.ts";
import { AgentError } from "./net/agent/agent-error.ts";
import { familyOf } from "./net/ipv6-plan.ts";
import { listeningPorts } from "./net/nobody-listens.ts";
import { authorityOf } from "./prove-lab.ts";
import { targetOf } from "./turn/listener-proof.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

/** How long a third party waits for an answer that an end did not get; answers of the lab come within milliseconds. */
const ANSWER_WITHIN_MS = 600;
const RETRY_MS = 100;

export type Asking = {
  lab: Pick<StartedLab, "observerOf" | "fabric" | "pids">;
  context: Pick<LabContext, "ca" | "trustedPem">;
};

/**
 * Asks a server at one of its ports from the lab's internet, and looks whether anything listens there at all: so that a
 * closed network, a closed server and one that is not there can be told apart. Null: nobody could ask.
 */
export async function askElsewhere(
  server: TurnServerPlan,
  listener: TurnListener,
  { lab, context }: Asking,
): Promise<AskedListener | null> {
  const { transport, port } = listener;
  const [answer, isListening] = await Promise.all([
    askFromOutside(server, listener, { lab, context }),
    listensAt(server, port, lab),
  ]);
  return answer === null ? null : { server: server.name, transport, port, answer, isListening };
}

async function askFromOutside(
  server: TurnServerPlan,
  listener: TurnListener,
  { lab, context }: Asking,
): Promise<AskedListener["answer"] | null> {
  const target = targetOf(server, listener, server.address, await authorityOf(server, context));
  const observer = lab.observerOf(familyOf(target.address));
  try {
    const { answer } = await observer.ask("stun-ready", { target, timeoutMs: ANSWER_WITHIN_MS, retryMs: RETRY_MS });
    return answer;
  } catch (error) {
    // It was asked and found nothing, or there is nobody any more who could ask.
    return error instanceof AgentError ? "none" : null;
  }
}

async function listensAt({ name }: TurnServerPlan, port: number, { fabric, pids }: Asking["lab"]) {
  const netns = pids[name];
  if (netns === undefined) return null;
  const sockets = await fabric.exec(["ss", "-Hltun"], { netns }).catch(() => null);
  return sockets === null ? null : listeningPorts(sockets).includes(port);
}
