import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EndEvidence, LabServer } from "../../model/evidence.ts";
import { letsIn } from "../../model/firewall.ts";
import { type Facts, farRelaysOf, isPrivate, isUnspecified, relaysOf, serverAt, turnUrlsOf } from "../facts.ts";
import { finding, listed, type Rule, reason } from "../finding.ts";
import { hostOf } from "../host-of.ts";

/** Relays were there, and nothing came through them. Only where ICE failed with them. */
export const relay: Rule = (facts) => {
  if (facts.hasPair || facts.isDropped) return [];
  return [
    ...wrongAddress(facts),
    ...closedRange(facts),
    ...ofServerLog(facts),
    ...unheard(facts),
    ...betweenRelays(facts),
  ];
};

/** The lab's server that an end's relay is on. */
function serverOf(facts: Facts, end: EndEvidence, url: string | undefined): LabServer | null {
  const host = url === undefined ? turnUrlsOf(end)?.[0]?.host : hostOf(url);
  return host === undefined ? null : serverAt(facts, host);
}

const serversOf = (facts: Facts, end: EndEvidence): (LabServer | null)[] =>
  (turnUrlsOf(end) ?? []).map(({ host }) => serverAt(facts, host));

function wrongAddress(facts: Facts): Diagnosis[] {
  return facts.ends.flatMap((end) =>
    [...relaysOf(end), ...(facts.ends.length > 1 ? [] : farRelaysOf(end))].flatMap(
      ({ address, port, url, at }): Diagnosis[] => {
        const server = serverOf(facts, end, url);
        const because = [reason(`relay candidate ${address}:${port}`, at)];
        if (server) {
          // Of a deployed server the lab does not know where its relays are; and one that names no URL may be any server's.
          const isKnown = server.relayedAddress !== null;
          const able = url === undefined ? serversOf(facts, end) : [server];
          if (!isKnown || address.includes(":") || able.some((one) => one?.address === address)) return [];
          if (able.includes(null)) return [];
          return [
            finding(
              "relay_address_wrong",
              "certain",
              `${server.name} is at ${server.address}, and its relay candidate says ${address}.`,
              because,
            ),
          ];
        }
        if (isUnspecified(address))
          return [finding("relay_address_wrong", "certain", `The relay candidate's address is ${address}.`, because)];
        const isServerPrivate = url !== undefined && isPrivate(hostOf(url));
        const reflexive = end.candidates.find(({ type }) => type === "srflx");
        if (!isPrivate(address) || isServerPrivate) return [];
        const unknown = reflexive
          ? []
          : ["Whether both peers and the server share a private network, where that address would be right."];
        return [
          finding(
            "relay_address_wrong",
            reflexive && !isPrivate(reflexive.address) ? "certain" : "likely",
            `The relay candidate's address ${address} is private: nobody on the internet can send there.`,
            because,
            unknown,
          ),
        ];
      },
    ),
  );
}

/** Whether the relays that were given are let in, each at its own port. */
const admits = ({ firewall }: LabServer, relays: readonly { port: number }[]): boolean =>
  relays.every(({ port }) => letsIn(firewall ?? undefined, { protocol: "udp", port }));

function closedRange(facts: Facts): Diagnosis[] {
  if (areOnlyRelaysOfTwo(facts)) return [];
  const used = facts.ends.flatMap((end) =>
    relaysOf(end).map(({ url, at, port }) => ({ server: serverOf(facts, end, url), at, port })),
  );
  return used.flatMap(({ server, at, port }): Diagnosis[] => {
    if (!server || admits(server, [{ port }])) return [];
    const { min, max } = server.relayRange;
    const because = [
      reason(`the firewall in front of ${server.name} lets in ${server.firewall?.join(", ")}`),
      reason(`a relay was given`, at),
    ];
    return [
      finding(
        "relay_range_closed",
        "certain",
        `The firewall in front of ${server.name} does not let its relay ports ${min} to ${max} in.`,
        because,
      ),
    ];
  });
}

/** Both ends have nothing but relays, each on another server: what lets clients in is not what has to let them in here. */
function areOnlyRelaysOfTwo(facts: Facts): boolean {
  const servers = facts.ends.map((end) => {
    const relays = relaysOf(end);
    return relays.length > 0 && relays.length === end.candidates.length ? serverOf(facts, end, relays[0]?.url) : null;
  });
  return servers.length === 2 && servers.every((server) => server !== null) && servers[0] !== servers[1];
}

/** A server's log of allocations that were made, permitted, and never heard a peer. */
function ofServerLog(facts: Facts): Diagnosis[] {
  if (facts.lab) return [];
  return facts.servers.flatMap(({ name, sessions }): Diagnosis[] => {
    const mute = sessions.filter(
      ({ usage, answers }) =>
        usage !== null &&
        usage.peerReceived === 0 &&
        answers.some(
          ({ method, errorNumber }) => /create.?permission|channel.?bind/i.test(method) && errorNumber === 0,
        ),
    );
    const heard = sessions.some(({ usage }) => usage !== null && usage.peerReceived > 0);
    const [first] = mute;
    if (!first || heard) return [];
    const at = first.closed?.at ?? first.answers[0]?.at ?? null;
    return [
      finding(
        "relay_range_closed",
        "possible",
        `On ${name} allocations and permissions were granted, and not one packet came from any peer.`,
        [
          reason(
            `session ${first.id}: ${first.usage?.peerReceived} packets from peers, ${first.usage?.peerSent} to them`,
            at,
          ),
        ],
        ["Whether the peers sent anything at all: a capture at the server, of UDP to its relay ports, would tell."],
      ),
      finding(
        "relay_address_wrong",
        "possible",
        `On ${name} not one packet came from any peer: they may have been told another address than its own.`,
        [],
        ["Which address its relay candidates say: a client's dump would tell."],
      ),
    ];
  });
}

/** One end has a relay, and nothing came through it: what an end's own log or dump can tell. */
function unheard(facts: Facts): Diagnosis[] {
  if (facts.lab || facts.ends.length === 0) return [];
  return facts.ends.slice(0, 1).flatMap((end): Diagnosis[] => {
    const [own, far] = [relaysOf(end)[0], farRelaysOf(end)[0]];
    const relay = own ?? far;
    const hasFailed =
      [...end.iceStates, ...end.connectionStates].some(({ state }) => state === "failed") ||
      end.failure !== null ||
      end.pairs.some(({ checksSent, answersReceived }) => checksSent && answersReceived === 0);
    if (!relay || (own && far) || !hasFailed || end.farCandidates.length === 0) return [];
    const because = [reason(`relay ${relay.address}:${relay.port}`, relay.at)];
    const summary = `There was a relay at ${relay.address}, and no pair with it was answered.`;
    const unknown = [
      "Whether its ports are closed, or its address is not the server's: send UDP to it from a third place.",
    ];
    // Where it is known whom the server refused, it was not the others.
    const acl = end.refusedPermissions.length > 0 ? [] : (["turn_peer_denied"] as const);
    return (["relay_range_closed", "relay_address_wrong", ...acl] as const).map((code) =>
      finding(code, "possible", summary, because, unknown),
    );
  });
}

function betweenRelays(facts: Facts): Diagnosis[] {
  return facts.ends.slice(0, 1).flatMap((end): Diagnosis[] => {
    const far = facts.ends[1];
    const own = relaysOf(end);
    const farRelays = far ? relaysOf(far) : farRelaysOf(end);
    const [a, b] = [own[0], farRelays[0]];
    if (!a || !b) return [];
    const pair = [reason(`own relay ${a.address}:${a.port}`, a.at), reason(`far relay ${b.address}:${b.port}`, b.at)];
    if (facts.lab) {
      const [one, other] = [serverOf(facts, end, a.url), far ? serverOf(facts, far, b.url) : null];
      if (!one || !other) return [];
      if (one.isHairpinMissing && one.behind !== null && one.behind === other.behind)
        return [
          finding(
            "relay_no_hairpin",
            "certain",
            `Both relays are behind ${one.behind}, which does not lead its own address back in.`,
            pair,
          ),
        ];
      const closed = [one, other].filter((server, index) => !admits(server, index === 0 ? own : farRelays));
      if (closed.length === 0 || !areOnlyRelaysOfTwo(facts)) return [];
      const names = listed(closed.map(({ name }) => name));
      return [
        finding(
          "relays_cut_off",
          "certain",
          `The relays are on two servers, and the firewall in front of ${names} does not let the other's in.`,
          [...pair, ...closed.map(({ name, firewall }) => reason(`${name} lets in ${firewall?.join(", ")}`))],
        ),
      ];
    }
    if (a.address === b.address)
      return [
        finding(
          "relay_no_hairpin",
          "possible",
          `Both relays have the address ${a.address}: one server, or several behind one NAT.`,
          pair,
          ["Whether a NAT stands in front of it: two different servers these are not."],
        ),
        finding(
          "turn_own_address_denied",
          "possible",
          `Both relays have the address ${a.address}, and the server may deny it as a peer.`,
          pair,
          ["The server's log: 403 Forbidden IP for its own address would tell."],
        ),
      ];
    return (["relays_cut_off", "turn_peer_denied", "relay_no_hairpin"] as const).map((code) =>
      finding(
        code,
        "possible",
        `The relays are at ${listed([a.address, b.address])}, and neither heard the other.`,
        pair,
        ["Whether the servers' firewalls or ACLs keep them apart: two servers alone are no fault."],
      ),
    );
  });
}
