import { CONFIDENCES, type Diagnosis } from "../model/diagnosis.ts";
import type { Evidence } from "../model/evidence.ts";
import { factsOf } from "./facts.ts";
import type { Rule } from "./finding.ts";
import { allocation } from "./rules/allocation.ts";
import { candidates } from "./rules/candidates.ts";
import { capturedChecks } from "./rules/captured-checks.ts";
import { credential } from "./rules/credential.ts";
import { dropped } from "./rules/dropped.ts";
import { handshake } from "./rules/handshake.ts";
import { permission } from "./rules/permission.ts";
import {
  notListening,
  notStarted,
  stillWaiting,
  unreached,
  unreachedInCapture,
  unreachedInLab,
} from "./rules/reach.ts";
import { relay } from "./rules/relay.ts";
import { noName, proxied, said } from "./rules/said.ts";
import { signalling } from "./rules/signalling.ts";
import { tls, tlsCaptured, tlsLogged } from "./rules/tls.ts";
import { unexplained } from "./rules/unexplained.ts";

/** In the order in which a call comes by them: of two that are as sure, the earlier one keeps the later from mattering. */
const RULES: readonly Rule[] = [
  said,
  signalling,
  noName,
  proxied,
  tls,
  tlsCaptured,
  tlsLogged,
  unreachedInLab,
  unreachedInCapture,
  credential,
  allocation,
  unreached,
  stillWaiting,
  notListening,
  notStarted,
  candidates,
  permission,
  relay,
  capturedChecks,
  handshake,
  dropped,
  unexplained,
];

/**
 * Why a call failed, the surest first, each cause once; empty where the evidence says nothing. Never more than it shows: what
 * several causes explain is `possible` for each of them.
 */
export function diagnose(evidence: Evidence): Diagnosis[] {
  const facts = factsOf(evidence);
  const found = RULES.flatMap((rule) => rule(facts));
  const sorted = [...found].sort((a, b) => CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence));
  return sorted.filter(({ code }, index) => sorted.findIndex((other) => other.code === code) === index);
}
