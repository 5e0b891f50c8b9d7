import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EndEvidence } from "../../model/evidence.ts";
import type { FailureCode } from "../../model/failure.ts";
import { fateOf, letsIn } from "../../model/firewall.ts";
import type { ServerAnswer } from "../answers.ts";
import { type Facts, isStranded, relaysOf, routersOf, serverAt, telling, turnUrlsOf, urlsOf } from "../facts.ts";
import { finding, listed, type Rule, reason } from "../finding.ts";
import { hostOf } from "../host-of.ts";

type Fate = { code: FailureCode; why: string };

/** Why one URL of an end came to nothing, as far as the lab's own networks and servers say. */
function fateInLab(facts: Facts, end: EndEvidence, { server, port, transport }: ServerAnswer): Fate | null {
  const url = turnUrlsOf(end)?.find(
    (one) => one.port === port && one.transport === transport && one.host === hostOf(server),
  );
  const target = serverAt(facts, url?.host ?? server);
  if (!target || port === null || transport === null) return null;
  const protocol = transport === "udp" ? ("udp" as const) : ("tcp" as const);
  const flow = { protocol, port, isTls: transport === "tls" };
  if (!target.isUp) return { code: "turn_server_lost", why: `server ${target.name} is not there any more` };
  for (const router of routersOf(facts, end)) {
    if (router.firewall.proxy) continue;
    const fate = fateOf(router.firewall, flow);
    if (fate === "passed") continue;
    const isUdpBlocked = [3478, 50_000].every(
      (other) => fateOf(router.firewall, { protocol: "udp", port: other, isTls: false }) !== "passed",
    );
    if (protocol === "udp" && isUdpBlocked)
      return { code: "udp_blocked", why: `router ${router.name} lets no UDP out` };
    const isTlsWanted =
      fateOf(router.firewall, { ...flow, isTls: true }) === "passed" && router.firewall.tlsOnly.includes(port);
    if (isTlsWanted)
      return { code: "turn_tls_required", why: `router ${router.name} lets only TLS out to port ${port}` };
    return { code: "turn_port_blocked", why: `router ${router.name} does not let ${protocol} ${port} out (${fate})` };
  }
  const asked = facts.lab?.asked.find(
    (one) => one.server === target.name && one.port === port && one.transport === transport,
  );
  const listens =
    asked?.isListening ??
    (target.listeners.includes(`${transport}:${port}`) ||
      (transport === "tcp" && target.listeners.includes(`tls:${port}`)));
  if (!letsIn(target.firewall ?? undefined, flow))
    return {
      code: "turn_firewalled",
      why: `the firewall in front of ${target.name} does not let ${protocol} ${port} in`,
    };
  if (!listens)
    return { code: "turn_not_listening", why: `server ${target.name} does not listen on ${transport} ${port}` };
  if (protocol === "udp" && target.sendsTtl !== null && target.sendsTtl <= 2)
    return {
      code: "turn_answers_expire",
      why: `server ${target.name} sends its datagrams with a TTL of ${target.sendsTtl}`,
    };
  return null;
}

const NOT_REACHED: readonly ServerAnswer["outcome"][] = ["silence", "unreached"];

/** A TURN server that an end did not reach, where the lab's own parts say why. */
export const unreachedInLab: Rule = (facts) => {
  if (!facts.lab) return [];
  return facts.ends.flatMap((end): Diagnosis[] => {
    if (!isStranded(end, facts)) return [];
    const own = facts.answers.filter((answer) => answer.end === end && answer.use === "turn");
    const failed = own.filter(({ outcome }) => NOT_REACHED.includes(outcome));
    if (failed.length === 0 || failed.length < own.length) return [];
    const fates = failed.map((answer) => ({ answer, fate: fateInLab(facts, end, answer) }));
    const codes = new Set(fates.map(({ fate }) => fate?.code));
    if (codes.has(undefined)) return [];
    // A network that closes UDP and the ports of the rest closes ports; of other mixtures the last one tried decides.
    const code = codes.size === 1 || !codes.has("turn_port_blocked") ? fates.at(-1)?.fate?.code : "turn_port_blocked";
    if (!code) return [];
    const because = fates.map(({ answer, fate }) =>
      reason(`${answer.server}: ${answer.text || "no answer"} (${fate?.why})`, answer.at),
    );
    return [
      finding(
        code,
        "certain",
        `${end.name} reached no TURN server: ${listed(fates.flatMap(({ fate }) => fate?.why ?? []))}.`,
        because,
      ),
    ];
  });
};

/** The same from what one end saw alone. */
export const unreached: Rule = (facts) => {
  if (facts.lab) return [];
  const silent = telling(facts).filter(({ outcome, end }) => end !== null && NOT_REACHED.includes(outcome));
  const turn = silent.filter(({ use }) => use === "turn");
  return facts.ends.flatMap((end): Diagnosis[] => {
    const own = silent.filter((answer) => answer.end === end);
    const ownTurn = turn.filter((answer) => answer.end === end);
    if (own.length === 0) return [];
    const because = own.map(({ server, text, at }) => reason(`${server}: ${text || "no answer"}`, at));
    const srflx = end.candidates.find(({ type }) => type === "srflx");
    const hosts = new Set(own.filter(({ transport }) => transport === "udp").map(({ server }) => hostOf(server)));
    const isTurnOverUdp = ownTurn.some(({ transport }) => transport === "udp");
    const streams = ownTurn.filter(({ transport }) => transport !== "udp" && transport !== null);
    if (srflx) {
      if (ownTurn.length === 0) return [];
      const passes = reason(`UDP passes: a STUN server answered (${srflx.address}:${srflx.port})`, srflx.at);
      return [
        finding(
          "turn_no_answer",
          "likely",
          `${end.name} has UDP, and its TURN server did not answer: ${listed(ownTurn.map(({ server }) => server))}.`,
          [...because, passes],
          [
            "Whether the server's port is closed on the client's side, in the server's firewall, or nobody listens: ask from another network.",
          ],
        ),
      ];
    }
    const tried = turnUrlsOf(end) ?? [];
    const streamWorked = relaysOf(end).some(({ url }) => url !== undefined && /transport=tcp|^turns:/.test(url));
    if (hosts.size === 0) return unreachedStreams(end, streams, because);
    const isWide = hosts.size > 1 || streamWorked;
    const unknown = ["Whether the server was up then: another client's success at that time would tell."];
    if (streams.length > 0 && streams.length === tried.filter(({ transport }) => transport !== "udp").length) {
      return [
        finding(
          "turn_no_answer",
          isWide ? "likely" : "possible",
          `${end.name} reached its TURN server over no transport.`,
          because,
          unknown,
        ),
        finding("udp_blocked", "possible", `${end.name} had no answer over UDP from anyone.`, because, unknown),
      ];
    }
    const overTcp =
      tried.length === 0 || tried.some(({ transport }) => transport !== "udp")
        ? []
        : [reason("its list has no TURN URL over TCP or TLS")];
    return [
      finding(
        "udp_blocked",
        isWide ? "likely" : "possible",
        `${end.name} had no answer over UDP from ${listed([...hosts])}.`,
        [...because, ...overTcp],
        unknown,
      ),
      ...(isTurnOverUdp
        ? [finding("turn_no_answer", "possible", `${end.name} had no answer from its TURN server.`, because, unknown)]
        : []),
    ];
  });
};

/** An end that still waits for each of its servers: a browser asks for longer than a call's patience, and tells of no error. */
export const stillWaiting: Rule = ({ ends, lab }) =>
  ends.flatMap((end): Diagnosis[] => {
    const urls = urlsOf(end) ?? [];
    const hasAnswer = end.candidates.some(({ type }) => type !== "host");
    if (lab || urls.length === 0 || hasAnswer || end.isGatheringComplete !== false) return [];
    const because = [
      reason(`gathering did not end, and none of ${listed(urls)} gave a candidate`, end.iceServers?.[0]?.at ?? null),
    ];
    const unknown = [
      "Whether the servers were up, and which ports the network lets out: another client's success would tell.",
    ];
    const turn = (turnUrlsOf(end) ?? []).length > 0;
    return [
      finding("udp_blocked", "possible", `${end.name} had no answer from any server.`, because, unknown),
      finding(
        turn ? "turn_no_answer" : "stun_no_answer",
        "possible",
        `${end.name} had no answer from any server.`,
        because,
        unknown,
      ),
    ];
  });

/** Nobody was asked over UDP. A browser says no more of a TLS server than that it did not get there. */
function unreachedStreams(
  end: EndEvidence,
  streams: readonly ServerAnswer[],
  because: Diagnosis["because"],
): Diagnosis[] {
  if (streams.length === 0) return [];
  const summary = `${end.name} did not get to ${listed(streams.map(({ server }) => server))}.`;
  const unknown = ["Whether TCP or TLS was refused: `openssl s_client` from that network would tell."];
  const isTls = streams.some(({ transport }) => transport === "tls");
  return [
    finding("turn_connect_failed", "possible", summary, because, unknown),
    ...(isTls ? [finding("turn_tls_failed", "possible", summary, because, unknown)] : []),
  ];
}

/** What a capture shows of a server that does not come through. */
export const unreachedInCapture: Rule = ({ packets }) =>
  packets.flatMap(({ transactions, tcp, icmp }) => {
    const found: Diagnosis[] = [];
    const dying = transactions.find(({ answerTtl, isCheck }) => !isCheck && answerTtl !== null && answerTtl <= 1);
    if (dying)
      found.push(
        finding(
          "turn_answers_expire",
          "certain",
          `${dying.to} answers with an IP TTL of ${dying.answerTtl}, which ends at the first router.`,
          [reason(`an answer to ${dying.method} with TTL ${dying.answerTtl}`, dying.at)],
        ),
      );
    const unanswered = transactions.filter(({ isCheck, outcome }) => !isCheck && outcome === "none");
    for (const { to, transport, at, requests } of unanswered) {
      const told = icmp.find(({ about, type }) => about?.includes(to) && /unreachable|prohibited/.test(type));
      if (!told) continue;
      const isOwn = to.startsWith(`${told.from}:`);
      const code = isOwn ? "turn_not_listening" : "turn_port_blocked";
      found.push(
        finding(
          code,
          isOwn ? "certain" : "likely",
          `${told.from} answered ICMP ${told.type} to what was sent to ${to} over ${transport}.`,
          [
            reason(`${requests} requests to ${to} without an answer`, at),
            reason(`ICMP ${told.type} from ${told.from}`, told.at),
          ],
        ),
      );
    }
    for (const { server, outcome, at } of tcp) {
      if (outcome !== "refused") continue;
      found.push(
        finding("turn_not_listening", "likely", `${server} refuses TCP connections.`, [
          reason("SYN answered with RST", at),
        ]),
      );
    }
    const silent = unanswered.filter(
      ({ to }) => !transactions.some((other) => other.to === to && other.outcome !== "none"),
    );
    const [first] = silent;
    if (first && !found.some(({ confidence }) => confidence === "certain")) {
      const answered = transactions.some(({ isCheck, outcome }) => !isCheck && outcome !== "none");
      const because = silent.map(({ to, requests, at }) =>
        reason(`${requests} requests to ${to} without an answer`, at),
      );
      const code = first.method.toUpperCase() === "BINDING" ? "stun_no_answer" : "turn_no_answer";
      found.push(
        finding(
          code,
          answered ? "likely" : "possible",
          `No answer from ${listed(silent.map(({ to }) => to))}.`,
          because,
          ["Where on the way the requests or the answers were lost: a capture at the server would tell."],
        ),
      );
    }
    return found;
  });

/** Listeners that a server's own log says it has not got. */
export const notListening: Rule = ({ servers, hasPair, isDropped }) =>
  (hasPair || isDropped ? [] : servers).flatMap(({ name, notes }) =>
    notes.flatMap(({ text, level, at }) => {
      // A local socket is a relay's: its port is taken, or its address is not the machine's.
      if (/local socket/i.test(text)) return [];
      if (level === "info" || !/cannot bind|trying to bind|cannot start TLS|cannot find certificate/i.test(text))
        return [];
      const isTls = /TLS|certificate/i.test(text);
      const summary = isTls
        ? `Server ${name} has no TLS listener: ${text}.`
        : `Server ${name} could not take a port: ${text}.`;
      return [
        finding(
          "turn_not_listening",
          "possible",
          summary,
          [reason(text, at)],
          ["Whether the failed call needed that listener."],
        ),
      ];
    }),
  );

/** A server that ended at its start, by its own log. */
export const notStarted: Rule = ({ servers }) =>
  servers.flatMap(({ name, notes, sessions }) => {
    const told = notes.find(({ text }) => /unrecognized option|unknown argument|Fatal final failure/i.test(text));
    if (!told || sessions.some(({ answers }) => answers.length > 0)) return [];
    return [
      finding("turn_server_not_started", "likely", `Server ${name} did not start: ${told.text}.`, [
        reason(told.text, told.at),
      ]),
    ];
  });
