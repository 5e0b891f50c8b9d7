import type { Diagnosis } from "../../model/diagnosis.ts";
import type { ServerSession } from "../../model/evidence.ts";
import { addressOf, type Facts, routersOf, serverAt, turnUrlsOf } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";

/** Connected, and lost before its end. */
export const dropped: Rule = (facts) => {
  // A server's log alone shows allocations that ended before their time, and not the call that they belonged to.
  if (!facts.isDropped && facts.ends.length === 0) return byServer(facts);
  if (!facts.isDropped) return [];
  return [...byChange(facts), ...byServer(facts), ...byNat(facts), ...byRate(facts), ...plain(facts)];
};

/** How long after its cause a silence may begin: data is on its way, and who is killed has to be told to. */
const AFTERWARDS_MS = 5_000;
const TAKEN_AWAY = /\b(killed|cut-off)\b/;

/** What the lab did to itself shortly before the silence began, to what the call used. */
function byChange(facts: Facts): Diagnosis[] {
  const { lab, ends } = facts;
  if (!lab) return [];
  const routers = new Set(ends.flatMap((end) => routersOf(facts, end).map(({ name }) => name)));
  const given = new Set(ends.flatMap((end) => (turnUrlsOf(end) ?? []).map(({ host }) => serverAt(facts, host)?.name)));
  return lab.changes.flatMap(({ atMs, kind, name, text }): Diagnosis[] => {
    const silentForMs = lab.silentAtMs === null ? null : lab.silentAtMs - atMs;
    const isShortlyBefore = silentForMs !== null && silentForMs >= -1_000 && silentForMs <= AFTERWARDS_MS;
    if (silentForMs !== null && !isShortlyBefore) return [];
    const confidence = isShortlyBefore ? "certain" : "likely";
    const because = [reason(`${text} at ${Math.round(atMs)} ms`)];
    if (kind === "router" && routers.has(name))
      return [finding("nat_rebooted", confidence, `${name} lost its mappings while the call ran.`, because)];
    if (kind === "server" && given.has(name) && TAKEN_AWAY.test(text))
      return [finding("turn_server_lost", confidence, `Server ${name} was taken away while the call ran.`, because)];
    return [];
  });
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
  /** To which the calls were sending. */
  const farAddresses = new Set(facts.ends.flatMap(({ selectedPair }) => selectedPair?.remote.address ?? []));
  return facts.servers.flatMap(({ name, sessions }) =>
    sessions.flatMap((session): Diagnosis[] => {
      const found: Diagnosis[] = [];
      // coturn says "Wrong nonce" to a 5-tuple that it has no allocation of any more: that is no nonce gone stale.
      const stale = session.answers.findLast(
        ({ errorNumber, reason: text }, index) =>
          errorNumber === 438 &&
          !/wrong/i.test(text) &&
          // A client's last word may be told so too, and it does not wait for the answer.
          !(index === session.answers.length - 1 && index > 0 && /refresh/i.test(session.answers[index]?.method ?? "")),
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
            farAddresses.has(addressOf(ended.address)) ? "certain" : "possible",
            `${name} ended the permission for ${ended.address}, which the client had not refreshed, while the allocation lived on.`,
            [reason(`session ${session.id}: peer ${ended.address} deleted`, ended.endedAt)],
            farAddresses.has(addressOf(ended.address))
              ? []
              : ["Whether the call was using it then, and whether the client had gone: its end of the call tells."],
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

/** Less than that a call with sound alone needs. */
const SCARCE_BYTES_PER_SECOND = 20_000;

function byRate({ lab }: Facts): Diagnosis[] {
  const limited = lab?.servers.find(({ options }) => Number(options["max-bps"] ?? 0) > 0);
  if (!limited) return [];
  const limit = Number(limited.options["max-bps"]);
  return [
    finding(
      "turn_rate_limited",
      limit < SCARCE_BYTES_PER_SECOND ? "likely" : "possible",
      `${limited.name} carries ${limit} bytes a second for an allocation.`,
      [reason(`max-bps=${limit}`)],
    ),
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
