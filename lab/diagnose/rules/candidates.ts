import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EndEvidence } from "../../model/evidence.ts";
import { type Facts, farRelaysOf, relaysOf, routersOf, turnUrlsOf, urlsOf } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";
import { mappingOf } from "../nat-mapping.ts";
import { needsRelay } from "../needs-relay.ts";

/** What the ends had to be reached at did not suffice. Only where ICE failed. */
export const candidates: Rule = (facts) => {
  if (facts.hasPair || facts.isDropped) return [];
  const apart = noCommonFamily(facts);
  return apart.length > 0 ? apart : [...noCandidates(facts), ...noTurn(facts)];
};

function noCandidates({ ends }: Facts): Diagnosis[] {
  return ends.flatMap((end): Diagnosis[] => {
    if (end.candidates.length > 0 || end.isGatheringComplete === false) return [];
    const isRelayOnly = end.transportPolicy === "relay";
    const hasTurn = turnUrlsOf(end);
    const isEmptyHanded = hasTurn?.length === 0 && end.isGatheringComplete === true;
    // Evidence that tells neither may simply not hold them.
    if (!isRelayOnly && !isEmptyHanded && (end.transportPolicy === null || end.isGatheringComplete === null)) return [];
    const why = isRelayOnly
      ? hasTurn?.length === 0
        ? "its policy is relay, and its list holds no TURN server"
        : "its policy is relay, and no TURN server gave it one"
      : "it found no address of its own";
    // Why the servers gave nothing is the better answer, where it is known.
    const isExplained = isRelayOnly && hasTurn?.length !== 0;
    return [
      finding("no_candidates", isExplained ? "possible" : "certain", `${end.name} told no candidate: ${why}.`, []),
    ];
  });
}

function noTurn(facts: Facts): Diagnosis[] {
  const { ends, lab } = facts;
  const hasRelay = ends.some((end) => relaysOf(end).length > 0 || farRelaysOf(end).length > 0);
  if (hasRelay || ends.length === 0) return [];
  const lists = ends.map((end) => turnUrlsOf(end));
  const without = ends.filter((_, index) => lists[index]?.length === 0);
  const [first] = without;
  const everyKnown = lists.every((list) => list !== null);
  if (first) {
    // Where the other end has a TURN server, what that said is the reason.
    if (lists.some((list) => list !== null && list.length > 0)) return [];
    const hadReflexive = without.filter((end) => end.candidates.some(({ type }) => type === "srflx"));
    const nats = without.map((end) => ({ end, mapping: mappingOf(end) }));
    const symmetric = nats.find(({ mapping }) => mapping?.isDependent);
    const because = [
      ...without.map((end) =>
        reason(`${end.name} was given ${urlsOf(end)?.join(", ") || "no server"}`, end.iceServers?.[0]?.at ?? null),
      ),
      ...nats.flatMap(({ mapping }) => mapping?.because ?? []),
      ...(lab
        ? ends.flatMap((end) =>
            routersOf(facts, end).map(({ name, mapping, filtering }) =>
              reason(`${end.name} is behind ${name}: mapping ${mapping}, filtering ${filtering}`),
            ),
          )
        : []),
    ];
    // Two NATs that could have met directly failed for something else.
    const isLab = lab !== null && everyKnown && needsRelay(lab.routers.offerer, lab.routers.answerer);
    const isOther = lab !== null && !isLab;
    const stunSilent = hadReflexive.length === 0 && without.some((end) => (urlsOf(end) ?? []).length > 0);
    const isSure = isLab || (lab === null && everyKnown && symmetric !== undefined);
    const confidence = isSure ? "certain" : isOther || stunSilent ? "possible" : "likely";
    const unknown = isLab || symmetric ? [] : ["Of what kind the NATs are: two STUN servers in the list would tell."];
    const nat = symmetric ? ` behind a NAT that maps each destination to another port (symmetric)` : "";
    return [
      finding(
        "no_turn_server",
        confidence,
        `${first.name}${nat} has no TURN server in its list, and there was no relay.`,
        because,
        unknown,
      ),
    ];
  }
  const unlisted = ends.filter(
    (end, index) => lists[index] === null && isDone(end) && end.candidates.some(({ type }) => type === "srflx"),
  );
  return unlisted.slice(0, 1).flatMap((end): Diagnosis[] => {
    if (end.urlErrors.some(({ url, text }) => /turn/i.test(`${url} ${text}`))) return [];
    const mapping = mappingOf(end);
    return [
      finding(
        "no_turn_server",
        mapping?.isDependent ? "likely" : "possible",
        `${end.name} has server-reflexive candidates and no relay${mapping?.isDependent ? ", behind a symmetric NAT" : ""}.`,
        [
          ...end.candidates.slice(0, 4).map(({ type, address, port, at }) => reason(`${type} ${address}:${port}`, at)),
          ...(mapping?.because ?? []),
        ],
        [
          "Whether a TURN server was configured and did not answer: the list of iceServers, or icecandidateerror events, would tell.",
        ],
      ),
    ];
  });
}

const isDone = ({ isGatheringComplete }: EndEvidence): boolean => isGatheringComplete !== false;

function noCommonFamily({ ends }: Facts): Diagnosis[] {
  const familiesOf = (list: EndEvidence["candidates"]) => {
    const known = list.filter(({ address }) => address !== "" && !address.endsWith(".local"));
    return known.length === list.length && list.length > 0
      ? new Set(known.map(({ address }) => (address.includes(":") ? 6 : 4)))
      : null;
  };
  return ends.slice(0, 1).flatMap((end): Diagnosis[] => {
    const [own, far] = [familiesOf(end.candidates), familiesOf(ends[1]?.candidates ?? end.farCandidates)];
    if (!own || !far || [...own].some((family) => far.has(family))) return [];
    const say = (families: Set<number>) => [...families].map((family) => `IPv${family}`).join(" and ");
    const hasRelay = relaysOf(end).length > 0 || (ends[1] ? relaysOf(ends[1]) : farRelaysOf(end)).length > 0;
    return [
      finding(
        hasRelay ? "turn_family_mismatch" : "no_common_family",
        "certain",
        `One peer told only ${say(own)} addresses and the other only ${say(far)}.`,
        [...end.candidates.slice(0, 2).map(({ address, at }) => reason(`own candidate ${address}`, at))],
      ),
    ];
  });
}
