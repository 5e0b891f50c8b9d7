import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROFILE_NUMBERS } from "../model/gate-profile.ts";
import type { ProbeResult } from "../model/probe.ts";
import { notAsked, type Question, resultOf } from "../probe/question.ts";
import type { ProbeCredential } from "../probe/target.ts";
import type { Outcome } from "../probe/turn-questions.ts";
import type { TurnServerPlan } from "../turn/turn-server.ts";
import { turnUrlsOf } from "./probe-reach.ts";
import { anyTarget, type ProbedLab, type ProbeSetting } from "./probe-setting.ts";

/** A call with both ends relayed. */
const ENDS = 2;
/** No more are held at once, whatever the profile says: a process of the lab has to hold them all. */
const MOST = 1_000;
/** One user who gets as many is not bounded; but for a quota that the file says, which may be larger. */
const USUAL_BOUND = 100;
const MOST_BY_ONE = 400;
const MOST_REFUSED = 10;
/** coturn 4.6.1 keeps an allocation that was given back for up to a second, and its quota with it. */
const GONE_WITHIN_MS = 4_000;
const LOOK_AGAIN_MS = 50;
const SETTLES_WITHIN_MS = 1_300;

const QUESTIONS = {
  "quota-calls": {
    id: "quota-calls",
    group: "quota",
    title: "Relays at once, as many as the calls that must be possible take",
    expected: "all of them",
    severity: "error",
    reason: "Calls beyond that get no relay: 486 where a quota is used up, 508 where no relay port is left.",
    fix: null,
    affects: "users who call while many others do",
    option: "total-quota",
  },
  "quota-one-user": {
    id: "quota-one-user",
    group: "quota",
    title: "Another user's Allocate while one user holds all that it gets",
    expected: "success",
    severity: "warning",
    reason: "One user, or one leaked credential, takes all relays from all others.",
    fix: "user-quota, as many as one client's allocations, and total-quota above it",
    affects: "all other users",
    option: "user-quota",
  },
} as const satisfies Record<string, Question>;

/** How many the application's clients take at once, held at once; and whether one user can take all from the others. */
export async function probeQuotas(setting: ProbeSetting, relaysBefore: number): Promise<ProbeResult[]> {
  const { lab, server, open, isMinted, targets, limits, probing } = setting;
  const target = anyTarget(targets);
  const all = Object.values(QUESTIONS);
  if (!target || !open) {
    return all.map((question) => notAsked(question, null, "no credential that the server takes is known"));
  }
  const { url: _, ...where } = target;
  const hold = async (credentials: ProbeCredential[], other?: ProbeCredential) => {
    await relaysGone(lab, server, relaysBefore);
    const shared = { ...where, mostRefused: MOST_REFUSED, timeoutMs: limits.timeoutMs };
    return await lab.observer.ask("hold-allocations", { ...shared, credentials, ...(other ? { other } : {}) });
  };
  const ends = (probing.profile.concurrentCalls ?? DEFAULT_PROFILE_NUMBERS.concurrentCalls) * ENDS;
  const urls = turnUrlsOf(setting).length;
  const needed = Math.min(ends, MOST);
  // Browsers allocate at every TURN URL that they are given, and keep the relays.
  const wanted = Math.min(ends * Math.max(1, urls), MOST);
  const users = Array.from({ length: wanted }, (_, index) => open(`end-${index}`));
  let calls = await hold(users);
  if (calls.outcomes.includes(486)) {
    // A quota may still count what was given back before, although its socket is gone.
    await sleep(SETTLES_WITHIN_MS);
    calls = await hold(users);
  }
  const ofCalls = judgeCalls(calls.outcomes, { needed, wanted, ends, urls }, setting, calls.durationMs);
  if (!isMinted) {
    const why = "all clients share one user, so that one quota would be all of theirs";
    return [ofCalls, notAsked(QUESTIONS["quota-one-user"], null, why)];
  }
  const greedy = Array.from({ length: boundOf(server) }, () => open("greedy"));
  const { outcomes, other, durationMs } = await hold(greedy, open("other"));
  return [ofCalls, judgeGreedy(outcomes, other, Number(server.options["user-quota"] ?? 0), durationMs)];
}

type Need = { needed: number; wanted: number; ends: number; urls: number };

function judgeCalls(
  outcomes: readonly Outcome[],
  { needed, wanted, ends, urls }: Need,
  { server }: ProbeSetting,
  durationMs: number,
): ProbeResult {
  const granted = outcomes.filter((outcome) => outcome === "success").length;
  const refusal = outcomes.find((outcome) => outcome !== "success");
  // Requests without an answer are those of a machine that has too much to do.
  const isUnclear = granted < needed && granted + outcomes.filter((outcome) => outcome === "none").length >= needed;
  const cause = causeOf(refusal, granted, { wanted }, server);
  const isEnough = granted >= needed;
  const isAll = granted >= wanted;
  const question: Question = {
    ...QUESTIONS["quota-calls"],
    expected: `${needed} relays`,
    ...cause,
    ...(isEnough && !isAll
      ? {
          expected: `${wanted} relays: one at each of ${urls} URLs for each of ${ends} ends`,
          severity: "warning" as const,
          reason:
            "Browsers allocate at every TURN URL that they are given, and keep the relays; the last to come get none.",
        }
      : {}),
  };
  return resultOf(question, {
    observed: isAll ? `${granted}` : `${granted}, then ${refusal ?? "no more were asked for"}`,
    verdict: isAll ? "ok" : isUnclear ? "unclear" : "weak",
    measured: { granted, needed, wanted },
    ...(ends > MOST ? { why: `of ${ends} no more than ${MOST} were asked for` } : {}),
    durationMs,
  });
}

function judgeGreedy(
  outcomes: readonly Outcome[],
  other: Outcome | null,
  quota: number,
  durationMs: number,
): ProbeResult {
  const question = QUESTIONS["quota-one-user"];
  const granted = outcomes.filter((outcome) => outcome === "success").length;
  const refusal = outcomes.find((outcome) => outcome !== "success");
  const told = { measured: { granted }, durationMs };
  if (refusal === undefined) {
    return resultOf(question, { ...told, observed: `none was refused of ${granted} by one user`, verdict: "weak" });
  }
  const observed = `${granted} by one user, then ${refusal}; another user: ${other}`;
  if (granted < quota) {
    const why = `nothing was left before its quota of ${quota} was reached`;
    return resultOf(question, { ...told, observed, verdict: "unclear", why });
  }
  return resultOf(question, { ...told, observed, verdict: other === "success" ? "ok" : "weak" });
}

/** Which option stopped it: 508 is the relay range, 486 the quota with that number; 401 is none of them. */
function causeOf(
  refusal: Outcome | undefined,
  granted: number,
  { wanted }: Pick<Need, "wanted">,
  { options, relay }: Pick<TurnServerPlan, "options" | "relay">,
): Pick<Question, "option" | "fix"> & { reason?: string } {
  if (refusal === 401) {
    const isSeparator = options["rest-api-separator"] !== undefined;
    return {
      option: isSeparator ? "rest-api-separator" : null,
      fix: isSeparator ? "rest-api-separator=: as applications mint with" : null,
      reason: "It is no quota that refuses them: the server does not take these credentials.",
    };
  }
  const number = (option: string) => Number(options[option] ?? 0);
  if (refusal === 508) {
    const maxPort = relay.minPort + Math.max(wanted, relay.maxPort - relay.minPort + 1) - 1;
    return { option: "max-port", fix: `max-port=${Math.min(maxPort, 65_535)} or more, in the firewall as well` };
  }
  const capacity = number("max-bps") > 0 ? Math.floor(number("bps-capacity") / number("max-bps")) : 0;
  const bounds = [
    { option: "user-quota", bound: number("user-quota") },
    { option: "total-quota", bound: number("total-quota") },
    { option: "bps-capacity", bound: capacity },
  ].filter(({ bound }) => bound > 0);
  const closest = bounds.toSorted((a, b) => Math.abs(a.bound - granted) - Math.abs(b.bound - granted))[0];
  const option = closest?.option ?? "total-quota";
  const value = option === "bps-capacity" ? number("max-bps") * wanted : wanted;
  return { option, fix: `${option}=${value} or more, or none` };
}

const boundOf = ({ options }: Pick<TurnServerPlan, "options">) => {
  const own = Number(options["user-quota"] ?? 0);
  return Math.min(Math.max(USUAL_BOUND, own + MOST_REFUSED), MOST_BY_ONE);
};

/** Sockets of relays in the server's namespace. */
export async function relaysHeld(lab: Pick<ProbedLab, "fabric" | "pids">, server: TurnServerPlan): Promise<number> {
  const { name, relay } = server;
  const netns = lab.pids[name];
  if (netns === undefined) return 0;
  const sockets = await lab.fabric.exec(["ss", "-Hanu"], { netns });
  return sockets.split("\n").filter((line) => {
    const port = Number(/:(\d+)$/.exec(line.trim().split(/\s+/)[3] ?? "")?.[1] ?? 0);
    return port >= relay.minPort && port <= relay.maxPort;
  }).length;
}

/** Resolves when no more relays are held than that many, with how many there are: or after some seconds. */
export async function relaysGone(
  lab: Pick<ProbedLab, "fabric" | "pids">,
  server: TurnServerPlan,
  before: number,
): Promise<number> {
  const until = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const held = await relaysHeld(lab, server);
    if (held <= before || performance.now() > until) return held;
    await sleep(LOOK_AGAIN_MS);
  }
}
