import type { Diagnosis } from "../../model/diagnosis.ts";
import type { Source } from "../../model/evidence.ts";
import { addressOf, type Facts, farRelaysOf, isPrivate, isPublicIpv4, relaysOf } from "../facts.ts";
import { finding, listed, type Rule, reason } from "../finding.ts";

type Refusal = {
  peer: string | null;
  errorNumber: number;
  text: string;
  at: Source;
  server: string;
  /** Addresses of the relays of the server that refused, as far as they are known. */
  own: readonly string[];
};

const isOfPeers = (method: string): boolean =>
  /^(CREATE_PERMISSION|CHANNEL_BIND)$/.test(method.toUpperCase().replaceAll("-", "_"));
/** A nonce that has grown old refuses nobody. */
const STALE_NONCE = 438;

function toldByEnds({ ends }: Facts): Refusal[] {
  return ends.flatMap((end) =>
    end.refusedPermissions.map(({ peer, ...one }) => ({
      ...one,
      peer: peer && addressOf(peer),
      server: `the TURN server of ${end.name}`,
      own: relaysOf(end).map(({ address }) => address),
    })),
  );
}

function logged({ servers, lab }: Facts): Refusal[] {
  return servers.flatMap(({ name, sessions, externalIp, notes }) => {
    const address = externalIp ?? lab?.servers.find((server) => server.name === name)?.address;
    // coturn writes at its start which addresses its relays have.
    const relaying = notes.flatMap(({ text }) => /^Relay address to use: (\S+)/.exec(text)?.[1] ?? []);
    const by = { server: name, own: address ? [address, ...relaying] : relaying };
    return sessions.flatMap(({ answers, deniedPeers }) => [
      ...answers
        .filter(({ method, errorNumber }) => isOfPeers(method) && errorNumber !== 0 && errorNumber !== STALE_NONCE)
        .map(({ errorNumber, reason: text, at }) => ({ peer: null, errorNumber, text, at, ...by })),
      ...deniedPeers.map(({ address, rule, at }) => ({
        peer: address,
        errorNumber: 403,
        text: rule ?? "denied",
        at,
        ...by,
      })),
    ]);
  });
}

function captured({ packets }: Facts): Refusal[] {
  return packets.flatMap(({ transactions }) =>
    transactions.flatMap(({ method, errorNumber, peer, reason: text, at, to }): Refusal[] => {
      if (!isOfPeers(method) || errorNumber === null || errorNumber === STALE_NONCE) return [];
      const own = transactions.flatMap((other) => (other.to === to && other.relayed ? addressOf(other.relayed) : []));
      return [{ peer: peer && addressOf(peer), errorNumber, text: text ?? "", at, server: to, own }];
    }),
  );
}

/**
 * A peer ACL that keeps the call apart. A far peer's private host candidates are refused by every well-kept server: that is
 * noise, unless they are all that the far peer has.
 */
export const permission: Rule = (facts) => {
  if (facts.hasPair || facts.isDropped) return [];
  const refusals = [...toldByEnds(facts), ...logged(facts), ...captured(facts)];
  const denied = refusals.filter(({ errorNumber }) => errorNumber === 403);
  const found = family(refusals);
  if (denied.length === 0) return found;
  const because = denied
    .slice(0, 4)
    .map(({ server, peer, text, at }) => reason(`${server}: 403 for ${peer ?? "a peer"} (${text || "Forbidden"})`, at));
  const ofPublic = denied.filter(({ peer }) => peer !== null && isPublicIpv4(peer));
  const addresses = [...new Set(ofPublic.flatMap(({ peer }) => peer ?? []))];
  // A server's log, or a capture, may hold another client's refusals as well; and a far peer may have had other ways.
  const refusedPeers = new Set(addresses);
  const isOwn = facts.lab !== null || facts.ends.some(({ refusedPermissions }) => refusedPermissions.length > 0);
  const isWayLeft = facts.ends.some(
    ({ refusedPermissions, farCandidates }) =>
      refusedPermissions.length > 0 &&
      farCandidates.some(({ address }) => isPublicIpv4(address) && !refusedPeers.has(address)),
  );
  const confidence = isOwn && !isWayLeft ? "certain" : "likely";
  const fromZero = rangesOf(facts, denied).find((text) => /(^|\s|=)::-/.test(text));
  if (fromZero && addresses.length > 0) {
    const summary = `A denied range that begins at :: (${fromZero.trim()}) denies IPv4 peers as well.`;
    return [finding("turn_all_denied", "certain", summary, because)];
  }
  if (addresses.length > 0 && ofPublic.every(({ peer, own }) => peer !== null && own.includes(peer))) {
    const summary = `The server's ACL denies its own address ${listed(addresses)}, where the far relay is.`;
    return [finding("turn_own_address_denied", confidence, summary, because)];
  }
  if (addresses.length > 0 && isAllDenied(facts) && denied.some(({ peer }) => peer !== null && !isPublicIpv4(peer))) {
    const summary = `The server's ACL denies ${listed(denied.flatMap(({ peer }) => peer ?? []))}: every peer that was asked for.`;
    const unknown = [
      "Which range denies them: the server's denied-peer-ip lines tell, one that begins at :: denies IPv4 as well.",
    ];
    return [
      ...found,
      finding("turn_all_denied", "likely", summary, because, unknown),
      finding("turn_peer_denied", "likely", summary, because, unknown),
    ];
  }
  if (addresses.length > 0) {
    const farRelays = facts.ends.flatMap((end) => farRelaysOf(end).map(({ address }) => address));
    const isOfRelay = addresses.some((address) => farRelays.includes(address));
    const summary = `The server's ACL denies ${listed(addresses)}${isOfRelay ? ", where the far relay is" : ""}.`;
    return [...found, finding("turn_peer_denied", confidence, summary, because)];
  }
  const onlyDenied = facts.servers.flatMap(({ name, sessions }) =>
    sessions.filter(({ peers, deniedPeers }) => deniedPeers.length > 0 && peers.length === 0).map(() => name),
  );
  if (facts.ends.length === 0 && isAllDenied(facts)) {
    const peers = listed(denied.flatMap(({ peer }) => peer ?? []));
    const summary = `The server's ACL denies every peer that was asked for: ${peers}.`;
    return [...found, finding("turn_peer_denied", "likely", summary, because)];
  }
  if (facts.ends.length === 0 && onlyDenied.length > 0) {
    const peers = listed(denied.flatMap(({ peer }) => peer ?? []));
    const unknown = ["Whether these clients' calls failed: their relays were of no use to anybody else."];
    const summary = `${listed(onlyDenied)} denied every peer that a client asked for: ${peers}.`;
    return [...found, finding("turn_peer_denied", "likely", summary, because, unknown)];
  }
  const cutOff = facts.ends.find(
    ({ refusedPermissions, farCandidates }) =>
      refusedPermissions.length > 0 &&
      farCandidates.length > 0 &&
      farCandidates.every(({ address }) => isPrivate(address)),
  );
  if (!cutOff) return found;
  const peers = listed(denied.flatMap(({ peer }) => peer ?? []));
  const summary = `The server's ACL denies ${peers || "the far peer"}, and ${cutOff.name}'s far peer has no other address.`;
  return [...found, finding("turn_peer_denied", facts.lab ? "certain" : "likely", summary, because)];
};

/** A capture in which not one permission was granted. */
function isAllDenied({ packets }: Facts): boolean {
  const asked = packets.flatMap(({ transactions }) => transactions.filter(({ method }) => isOfPeers(method)));
  return asked.length > 0 && asked.every(({ outcome }) => outcome !== "success");
}

/** What ranges are denied, as options or refusals have them. */
function rangesOf({ lab }: Facts, denied: readonly Refusal[]): string[] {
  const options = (lab?.servers ?? []).flatMap(({ options: { "denied-peer-ip": value } }) =>
    value === undefined ? [] : [value].flat().map(String),
  );
  return [...options, ...denied.map(({ text }) => text)];
}

function family(refusals: readonly Refusal[]): Diagnosis[] {
  const of = refusals.filter(({ errorNumber }) => errorNumber === 443 || errorNumber === 440);
  const [first] = of;
  if (!first) return [];
  const because = of
    .slice(0, 3)
    .map(({ server, peer, errorNumber, text, at }) =>
      reason(`${server}: ${errorNumber} for ${peer ?? "a peer"} ${text}`, at),
    );
  return [
    finding(
      "turn_family_mismatch",
      "likely",
      `The relay and ${first.peer ?? "the peer"} are not of one IP family (${first.errorNumber}).`,
      because,
    ),
  ];
}
