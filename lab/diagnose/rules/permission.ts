import type { Diagnosis } from "../../model/diagnosis.ts";
import type { Source } from "../../model/evidence.ts";
import { addressOf, type Facts, farRelaysOf, isPrivate, isPublicIpv4, relaysOf } from "../facts.ts";
import { finding, listed, type Rule, reason } from "../finding.ts";

type Refusal = { peer: string | null; errorNumber: number; text: string; at: Source; server: string };

/** All errors to CreatePermission and ChannelBind, by whoever saw them. */
function refusalsOf({ ends, servers, packets }: Facts): Refusal[] {
  const methods = ["CREATE_PERMISSION", "CHANNEL_BIND"];
  return [
    ...ends.flatMap(({ refusedPermissions }) =>
      refusedPermissions.map((one) => ({ ...one, peer: one.peer && addressOf(one.peer), server: "the TURN server" })),
    ),
    ...servers.flatMap(({ name, sessions }) =>
      sessions.flatMap(({ answers, deniedPeers }) => [
        ...answers
          .filter(
            ({ method, errorNumber }) =>
              methods.includes(method.toUpperCase()) && errorNumber !== 0 && errorNumber !== 438,
          )
          .map(({ errorNumber, reason: text, at }) => ({ peer: null, errorNumber, text, at, server: name })),
        ...deniedPeers.map(({ address, rule, at }) => ({
          peer: address,
          errorNumber: 403,
          text: rule ?? "denied",
          at,
          server: name,
        })),
      ]),
    ),
    ...packets.flatMap(({ transactions }) =>
      transactions
        .filter(
          ({ method, errorNumber }) =>
            methods.includes(method.toUpperCase().replaceAll("-", "_")) && errorNumber !== null && errorNumber !== 438,
        )
        .map(({ peer, errorNumber, reason: text, at, to }) => ({
          peer: peer && addressOf(peer),
          errorNumber: errorNumber ?? 0,
          text: text ?? "",
          at,
          server: to,
        })),
    ),
  ];
}

/**
 * A peer ACL that keeps the call apart. A far peer's private host candidates are refused by every well-kept server: that is
 * noise, unless they are all that the far peer has.
 */
export const permission: Rule = (facts) => {
  if (facts.hasPair || facts.isDropped) return [];
  const refusals = refusalsOf(facts);
  const denied = refusals.filter(({ errorNumber }) => errorNumber === 403);
  const peers = new Set(denied.flatMap(({ peer }) => peer ?? []));
  const found: Diagnosis[] = family(refusals);
  if (denied.length === 0) return found;
  const because = denied
    .slice(0, 4)
    .map(({ server, peer, text, at }) => reason(`${server}: 403 for ${peer ?? "a peer"} (${text || "Forbidden"})`, at));
  const rules = denied.map(({ text }) => text).join("\n");
  const options = (facts.lab?.servers ?? []).flatMap(({ options: { "denied-peer-ip": value } }) =>
    value === undefined ? [] : [value].flat().map(String),
  );
  const fromZero = [...options, rules].find((text) => /(^|\s|=)::-/.test(text));
  const publicPeers = [...peers].filter(isPublicIpv4);
  const ownRelays = new Set(facts.ends.flatMap((end) => relaysOf(end).map(({ address }) => address)));
  const farRelays = new Set(facts.ends.flatMap((end) => farRelaysOf(end).map(({ address }) => address)));
  if (fromZero && publicPeers.length > 0)
    return [
      finding(
        "turn_all_denied",
        "certain",
        `A denied range that begins at :: (${fromZero.trim()}) denies IPv4 peers as well.`,
        because,
      ),
    ];
  const own = publicPeers.find(
    (peer) => ownRelays.has(peer) || facts.lab?.servers.some(({ address }) => address === peer),
  );
  if (own && publicPeers.length === 1)
    return [
      finding(
        "turn_own_address_denied",
        facts.ends.length > 0 ? "certain" : "likely",
        `The server's ACL denies its own address ${own}, where the far relay is.`,
        because,
      ),
    ];
  if (publicPeers.length > 0) {
    const ofRelay = publicPeers.filter((peer) => farRelays.has(peer));
    const summary = `The server's ACL denies ${listed(publicPeers)}${ofRelay.length > 0 ? ", where the far relay is" : ""}.`;
    return [...found, finding("turn_peer_denied", facts.ends.length > 0 ? "certain" : "likely", summary, because)];
  }
  const far = facts.ends.flatMap(({ farCandidates }) => farCandidates);
  const isAllPrivate = far.length > 0 && far.every(({ address }) => isPrivate(address));
  if (isAllPrivate)
    return [
      ...found,
      finding(
        "turn_peer_denied",
        "likely",
        `The server's ACL denies ${listed([...peers])}, and the far peer has no other address.`,
        because,
      ),
    ];
  return found;
};

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
