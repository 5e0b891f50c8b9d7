import type { EndEvidence, Evidence, Seen } from "../model/evidence.ts";
import type { Candidate, TurnTransport } from "../model/ice.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import { addressKind } from "./address-kind.ts";
import { type Conclusion, THE_CALL } from "./conclusion.ts";
import type { FieldEnd } from "./field-ends.ts";
import { hostOf } from "./infer-way-out.ts";

/** What an end was given, with which credential, and what its relays are. */
export function inferServers(end: FieldEnd): Conclusion[] {
  return [...givenServers(end), ...policy(end), ...turnTransport(end), ...credential(end), ...relayAddresses(end)];
}

const relaysOf = ({ candidates }: EndEvidence) => candidates.filter(({ type }) => type === "relay");

function givenServers(end: FieldEnd): Conclusion[] {
  const { iceServers } = end.seen;
  if (iceServers === null) return [];
  const turn = iceServers.find(({ urls }) => urls.some((url) => /^turns?:/i.test(url)));
  const value = turn ? "turn" : iceServers.length > 0 ? "stun-only" : "none";
  const text = {
    turn: `${end.name} was given a TURN server`,
    "stun-only": `${end.name} was given STUN servers alone, and no TURN server`,
    none: `${end.name} was given no STUN or TURN server`,
  }[value];
  const shown = turn ?? iceServers[0];
  return [
    {
      fact: "ice_servers",
      of: end.name,
      value,
      confidence: "certain",
      text,
      because: shown ? [{ text: `iceServers: ${shown.urls.join(", ")}`, at: shown.at }] : [],
    },
  ];
}

function policy(end: FieldEnd): Conclusion[] {
  const { transportPolicy, candidates, isGatheringComplete } = end.seen;
  const [first] = candidates;
  if (transportPolicy !== "relay") {
    const isOnlyRelays = first !== undefined && candidates.every(({ type }) => type === "relay");
    if (transportPolicy === "all" || !isOnlyRelays || (isGatheringComplete !== true && end.isSeen)) return [];
    const text = `${end.name} tells relay candidates alone: policy "relay"`;
    return [
      {
        fact: "transport_policy",
        of: end.name,
        value: "relay",
        confidence: "likely",
        text,
        because: [{ text: `its ${candidates.length} candidates are all relay`, at: first.at }],
      },
    ];
  }
  const text = `${end.name} uses relay candidates alone (iceTransportPolicy "relay")`;
  const at = end.seen.iceServers?.[0]?.at ?? first?.at ?? null;
  return [
    {
      fact: "transport_policy",
      of: end.name,
      value: "relay",
      confidence: "certain",
      text,
      because: [{ text: "iceTransportPolicy: relay", at }],
    },
  ];
}

/** libwebrtc's type preference of a relay says how it reached its server (p2p/base/port.h, RelayType). */
const BY_PREFERENCE: Readonly<Record<number, TurnTransport>> = { 0: "tls", 1: "tcp", 2: "udp" };

function turnTransport(end: FieldEnd): Conclusion[] {
  const { selectedPair, engine } = end.seen;
  const relays = relaysOf(end.seen);
  if (selectedPair?.relayProtocol) {
    const { relayProtocol, at } = selectedPair;
    return [transportOf(end, relayProtocol, "certain", `the selected pair's relayProtocol is ${relayProtocol}`, at)];
  }
  for (const relay of relays) {
    const parsed = relay.url === undefined ? null : parseIceUrl(relay.url);
    if (parsed && "transport" in parsed)
      return [transportOf(end, parsed.transport, "certain", `relay candidate from ${relay.url}`, relay.at)];
  }
  const best = relays.toSorted((a, b) => b.priority - a.priority)[0];
  if (!best || (engine !== null && engine !== "chromium")) return [];
  const preference = best.priority >>> 24;
  const transport = BY_PREFERENCE[preference];
  // Other engines give every relay the preference 0 (RFC 8445 section 5.1.2.2).
  if (!transport || (engine === null && preference === 0)) return [];
  const confidence = engine === "chromium" ? "likely" : "possible";
  return [transportOf(end, transport, confidence, `relay candidate of type preference ${preference}`, best.at)];
}

const transportOf = (
  end: FieldEnd,
  value: TurnTransport,
  confidence: Conclusion["confidence"],
  text: string,
  at: Seen<object>["at"],
): Conclusion => ({
  fact: "turn_transport",
  of: end.name,
  value,
  confidence,
  text: `${end.name} reaches its TURN server over ${value.toUpperCase()}`,
  because: [{ text, at }],
});

/** Unix seconds have ten digits until the year 2286. */
const isMilliseconds = (expiry: number) => expiry > 99_999_999_999;

function credential(end: FieldEnd): Conclusion[] {
  const { iceServers, startedAt } = end.seen;
  return (iceServers ?? []).flatMap(({ usernameExpiry, urls, at }): Conclusion[] => {
    if (usernameExpiry === null) return [];
    const because = [{ text: `the user name of ${urls[0] ?? "an entry"} begins with ${usernameExpiry}`, at }];
    if (isMilliseconds(usernameExpiry)) {
      const text = `the expiry in ${end.name}'s user name is in milliseconds, and must be in seconds`;
      return [{ fact: "credential", of: end.name, value: "milliseconds", confidence: "certain", text, because }];
    }
    if (startedAt === null || usernameExpiry * 1_000 >= startedAt) return [];
    const late = Math.round(startedAt / 1_000 - usernameExpiry);
    const text = `${end.name}'s credential had expired ${late} s before the call, by that machine's clock`;
    return [
      {
        fact: "credential",
        of: end.name,
        value: "expired",
        confidence: late > 60 ? "certain" : "likely",
        text,
        because,
      },
    ];
  });
}

function relayAddresses(end: FieldEnd): Conclusion[] {
  return relaysOf(end.seen).flatMap((relay): Conclusion[] => {
    const kind = addressKind(relay.address);
    const host = relay.url === undefined ? null : hostOf(relay.url);
    const hostKind = host === null ? null : addressKind(host);
    const because = [
      { text: `relay candidate ${relay.address}:${relay.port}${relay.url ? ` from ${relay.url}` : ""}`, at: relay.at },
    ];
    const name = `the relayed address of ${end.name}, ${relay.address},`;
    if (kind === "unspecified") {
      return [
        wrong(end, "unspecified", "certain", `${name} is none: the server does not know its own address`, because),
      ];
    }
    if (kind === "private" || kind === "carrier" || kind === "loopback" || kind === "link-local") {
      const isLan = hostKind === kind;
      const text = `${name} is ${kind === "carrier" ? "a carrier's" : "private"}: the internet cannot send to it (external-ip)`;
      return [wrong(end, kind === "carrier" ? "carrier" : "private", isLan ? "possible" : "certain", text, because)];
    }
    // Services have their relays elsewhere than their listeners; a name says nothing.
    if (hostKind !== "public" || host === relay.address || host?.includes(":") !== relay.address.includes(":"))
      return [];
    const text = `${name} is not the address ${host} that the URL names: right only where the server relays from another`;
    return [wrong(end, "not-the-servers", "possible", text, because)];
  });
}

const wrong = (
  end: FieldEnd,
  value: Conclusion<"relay_address">["value"],
  confidence: Conclusion["confidence"],
  text: string,
  because: Conclusion["because"],
): Conclusion => ({
  fact: "relay_address",
  of: end.name,
  value,
  confidence,
  text,
  because,
});

/**
 * Relayed addresses of both ends: one address is one server, whatever its ports; two are mostly two servers, and one with
 * several relay-ip where they are of one URL.
 */
export function inferServerCount(offerer: FieldEnd, answerer: FieldEnd, { servers }: Evidence): Conclusion[] {
  const relays = [offerer, answerer].flatMap(({ seen }) => relaysOf(seen)).filter(({ protocol }) => protocol === "udp");
  const first = relaysOf(offerer.seen)[0];
  const second = relaysOf(answerer.seen)[0];
  if (!first || !second || servers.length > 1) return [];
  const addresses = [...new Set(relays.map(({ address }) => address))];
  const because = [first, second].map(({ address, port, at }: Seen<Candidate>) => ({
    text: `relay candidate ${address}:${port}`,
    at,
  }));
  if (addresses.length === 1) {
    const text = `both relays are at ${addresses[0]}: one server, or several behind one NAT; two ports are not two servers`;
    return [{ fact: "turn_servers", of: THE_CALL, value: 1, confidence: "likely", text, because }];
  }
  const shared = relaysOf(offerer.seen).some(({ address }) =>
    relaysOf(answerer.seen).some((other) => other.address === address),
  );
  if (shared) return [];
  const text = `the ends have relays at different addresses (${addresses.join(", ")}): two TURN servers`;
  const isOneUrl = first.url !== undefined && second.url !== undefined && hostOf(first.url) === hostOf(second.url);
  return [
    {
      fact: "turn_servers",
      of: THE_CALL,
      value: addresses.length,
      confidence: isOneUrl ? "possible" : "likely",
      text,
      because,
    },
  ];
}
