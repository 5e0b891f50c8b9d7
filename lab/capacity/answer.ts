import type { Constraint } from "../model/capacity.ts";
import type { CapacityFacts, CapacitySearch, CapacityStatus, Knee } from "../model/capacity-report.ts";
import { describeTraffic } from "./call-load.ts";
import { describeSize } from "./plan.ts";

/** What binds, as a sentence's end: `server CPU binds`. */
export const CONSTRAINT_WORDS: Record<Constraint, string> = {
  "server-cpu": "server CPU binds",
  "server-thread": "one thread of the server binds",
  memory: "memory binds",
  nic: "the NIC's rate binds",
  "port-range": "the relay port range binds",
  "file-descriptors": "file descriptors bind",
  "user-quota": "user-quota binds",
  "total-quota": "total-quota binds",
  "bps-capacity": "bps-capacity binds",
  "udp-receive-buffer": "UDP receive buffers bind",
  router: "the lab's router binds",
  "server-died": "the server died",
  generator: "the generator binds",
};

/** The question's answer in one sentence: `turnserver.conf on 0.25 cores carries 118 calls (audio, UDP, one end relayed); server CPU binds.` */
export function answerOf(of: {
  facts: CapacityFacts;
  search: CapacitySearch;
  status: CapacityStatus;
  knee: Knee;
  constraint: Constraint | null;
}): string {
  const { facts, search, status, knee, constraint } = of;
  const { size, call } = search.ask;
  const subject = `${facts.server.file} on ${describeSize(size)}`;
  const kind = `${describeTraffic(call.streams)}, ${call.over.toUpperCase()}, ${call.relayed === "both" ? "both ends" : "one end"} relayed`;
  const atLeast = knee.atLeast === null ? "" : ` At least ${knee.atLeast} were carried.`;
  switch (status) {
    case "found":
    case "unconfirmed": {
      const binds = constraint === null ? "what binds was not seen" : CONSTRAINT_WORDS[constraint];
      const end = status === "found" ? "" : ", and that could not be confirmed";
      return `${subject} carries ${knee.calls} call${knee.calls === 1 ? "" : "s"} (${kind}); ${binds}${end}.`;
    }
    case "at_least":
      return `${subject} carries at least ${knee.atLeast ?? 0} calls (${kind}): the generator binds, so that its capacity is not known.`;
    case "never_passed": {
      const binds = constraint === null ? "" : `; ${CONSTRAINT_WORDS[constraint]}`;
      return `${subject} does not carry one call (${kind})${binds}.`;
    }
    case "undecided":
      if (constraint === "server-died" || (constraint === "memory" && search.end === null))
        return `${subject}: the server died under load${constraint === "memory" ? " for want of memory" : ""}, before a knee was found (${kind}).${atLeast}`;
      return `${subject}: time or steps ended before a knee was found (${kind}).${atLeast}`;
    case "errored":
      return `${subject}: the lab broke${facts.reason === null ? "" : ` (${facts.reason})`}, which says nothing about the server.${atLeast}`;
    case "interrupted":
      return `${subject}: interrupted before a knee was found (${kind}).${atLeast}`;
  }
}
