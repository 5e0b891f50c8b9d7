import type { Diagnosis } from "../../model/diagnosis.ts";
import type { ServerSession } from "../../model/evidence.ts";
import type { Facts } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";

/** Connected, and lost before its end. */
export const dropped: Rule = (facts) => {
  // A server's log alone shows allocations that ended before their time, and not the call that they belonged to.
  if (!facts.isDropped && facts.ends.length === 0) return byServer(facts);
  if (!facts.isDropped) return [];
  return [...byChange(facts), ...byServer(facts), ...byNat(facts), ...byRate(facts), ...plain(facts)];
};

/** What the lab did to itself before the silence began. */
function byChange({ lab }: Facts): Diagnosis[] {
  if (!lab) return [];
  const before = lab.changes.filter(({ atMs }) => lab.silentAtMs === null || atMs <= lab.silentAtMs + 1_000);
  const last = before.at(-1);
  if (!last) return [];
  const because = [reason(`${last.text} at ${Math.round(last.atMs)} ms`)];
  if (last.kind === "router")
    return [finding("nat_rebooted", "certain", `${last.name} lost its mappings while the call ran.`, because)];
  if (last.kind === "server")
    return [finding("turn_server_lost", "certain", `Server ${last.name} was taken away while the call ran.`, because)];
  return [];
}

const of = (session: ServerSession, method: RegExp) => session.answers.filter((answer) => method.test(answer.method));

/** What the TURN server's log says of allocations that a call was using. */
function byServer(facts: Facts): Diagnosis[] {
  const captured = facts.answers.filter(({ outcome, end }) => end === null && outcome === 438);
  const [stale] = captured.filter(({ at }) => at.frame !== undefined);
  const inCapture = stale
    ? [
        finding(
          "turn_nonce_not_followed",
          "likely",
          `${stale.server} answered ${stale.method} with 438, and the client never asked again with the new nonce.`,
          [reason(`${stale.method}: 438`, stale.at)],
        ),
      ]
    : [];
  return [...inCapture, ...inLogs(facts)];
}

function inLogs(facts: Facts): Diagnosis[] {
  return facts.servers.flatMap(({ name, sessions }) =>
    sessions.flatMap((session): Diagnosis[] => {
      const found: Diagnosis[] = [];
      // coturn says "Wrong nonce" to a 5-tuple that it has no allocation of any more: that is no nonce gone stale.
      const stale = session.answers.findLast(
        ({ errorNumber, reason: text }) => errorNumber === 438 && !/wrong/i.test(text),
      );
      const isIgnored =
        stale !== undefined &&
        !session.answers
          .slice(session.answers.indexOf(stale))
          .some(({ errorNumber, method }) => errorNumber === 0 && method === stale.method);
      if (isIgnored)
        found.push(
          finding(
            "turn_nonce_not_followed",
            facts.lab ? "certain" : "likely",
            `${name} answered ${stale.method} with 438, and the client never asked again with the new nonce.`,
            [reason(`session ${session.id}: ${stale.method}, 438 ${stale.reason}`, stale.at)],
          ),
        );
      const { closed } = session;
      if (
        closed &&
        /allocation timeout/i.test(closed.reason) &&
        of(session, /refresh/i).every(({ errorNumber }) => errorNumber !== 0)
      )
        found.push(
          finding(
            "turn_allocation_expired",
            "likely",
            `${name} ended an allocation that its client did not refresh.`,
            [reason(`session ${session.id} closed: ${closed.reason}`, closed.at)],
            ["Whether the client had gone before: then the end of its allocation follows, and is no cause."],
          ),
        );
      const ended = session.peers.find(({ endedAt }) => endedAt !== undefined);
      // A refresh that was answered with 438 and not repeated ends a permission too, and is why.
      if (ended?.endedAt && !isIgnored)
        found.push(
          finding(
            "turn_permission_expired",
            "certain",
            `${name} ended the permission for ${ended.address}, which the client had not refreshed, while the allocation lived on.`,
            [reason(`session ${session.id}: peer ${ended.address} deleted`, ended.endedAt)],
          ),
        );
      if (closed && /forceful|admin/i.test(closed.reason))
        found.push(
          finding("turn_allocation_cut", "certain", `${name} ended an allocation by itself: ${closed.reason}.`, [
            reason(`session ${session.id} closed: ${closed.reason}`, closed.at),
          ]),
        );
      return found;
    }),
  );
}

/** A NAT whose mappings live shorter than the call was quiet. */
function byNat({ lab }: Facts): Diagnosis[] {
  if (!lab) return [];
  const short = Object.values(lab.routers)
    .flat()
    .filter(({ mappingLifetimeS }) => mappingLifetimeS !== null && mappingLifetimeS < 60)
    .sort((a, b) => (a.mappingLifetimeS ?? 0) - (b.mappingLifetimeS ?? 0))[0];
  if (!short) return [];
  return [
    finding(
      "nat_mapping_expired",
      "likely",
      `${short.name} forgets a mapping that is idle for ${short.mappingLifetimeS} s.`,
      [reason(`mapping lifetime of ${short.name}: ${short.mappingLifetimeS} s`)],
    ),
  ];
}

function byRate({ lab }: Facts): Diagnosis[] {
  const limited = lab?.servers.find(({ options }) => Number(options["max-bps"] ?? 0) > 0);
  if (!limited) return [];
  const limit = limited.options["max-bps"];
  return [
    finding("turn_rate_limited", "likely", `${limited.name} carries ${limit} bytes a second for an allocation.`, [
      reason(`max-bps=${limit}`),
    ]),
  ];
}

function plain({ ends }: Facts): Diagnosis[] {
  return ends.flatMap(({ name, failure, iceStates }): Diagnosis[] => {
    const last = iceStates.findLast(({ state }) => state === "failed" || state === "disconnected");
    const text = failure?.message ?? (last ? `ICE ${last.state} after it had been connected` : "");
    if (text === "") return [];
    return [
      finding(
        "consent_lost",
        "possible",
        `${name}: ${text}`,
        [reason(text, last?.at ?? null)],
        ["What changed on the path then: the server's log and the other end's would tell."],
      ),
    ];
  });
}
