import type { Diagnosis } from "../../model/diagnosis.ts";
import type { Facts } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";

const ETHERNET_MTU = 1500;
/** What WebRTC's datagrams fit into (RFC 8261 section 5; libwebrtc and Firefox send 1200 bytes at the most). */
const MIN_MTU = 1280;
/** A handshake has several kilobytes in its first second (coturn: max-bps, bytes a second). */
const HANDSHAKE_BYTES_PER_SECOND = 5_000;
/** Above that no handshake is held up: both its flights and its repeats together are less. */
const AMPLE_BYTES_PER_SECOND = 20_000;
const AFTER_ICE = /^(dtls|sctp|data|media)_failed$/;

/** A pair was selected, and what is larger than a check does not come through. */
export const handshake: Rule = (facts) => {
  // A capture alone shows the handshake, and not the pair that it is on.
  if (!facts.hasPair && facts.ends.length === 0) return inCapture(facts);
  if (!facts.hasPair || facts.isDropped) return [];
  const narrow = narrowest(facts);
  const stuck = facts.ends.find(({ failure }) => failure !== null && AFTER_ICE.test(failure.code));
  if (narrow && narrow.mtu < ETHERNET_MTU && (stuck || narrow.tooBig > 0))
    return [
      finding(
        "path_mtu",
        narrow.tooBig > 0 && narrow.mtu < MIN_MTU && stuck?.failure?.code !== "media_failed" ? "certain" : "likely",
        `${narrow.name} passes packets of ${narrow.mtu} bytes at the most, and larger ones were lost.`,
        [
          reason(`MTU ${narrow.mtu} at ${narrow.name}, ${narrow.tooBig} packets too large`),
          ...(stuck?.failure ? [reason(stuck.failure.message)] : []),
        ],
      ),
    ];
  return [...rateLimited(facts), ...inCapture(facts), ...stuckDtls(facts)];
};

/** A handshake's flight in a burst is more than a relay may carry. */
function rateLimited({ lab, ends }: Facts): Diagnosis[] {
  const limited = lab?.servers.find(({ options }) => Number(options["max-bps"] ?? 0) > 0);
  const isRelayed = ends.some(
    ({ selectedPair }) => selectedPair?.local.type === "relay" || selectedPair?.remote.type === "relay",
  );
  if (!limited || !isRelayed) return [];
  const limit = Number(limited.options["max-bps"]);
  const isInHandshake = ends.some(({ failure }) => failure !== null && /^(dtls|sctp)_failed$/.test(failure.code));
  if (isInHandshake && limit >= AMPLE_BYTES_PER_SECOND) return [];
  const confidence = limit < HANDSHAKE_BYTES_PER_SECOND ? "certain" : "possible";
  const stuck = ends.flatMap(({ failure }) => (failure ? [reason(failure.message)] : []));
  const summary = `${limited.name} carries ${limit} bytes a second for an allocation, and what came after ICE was more.`;
  return [finding("turn_rate_limited", confidence, summary, [reason(`max-bps=${limit}`), ...stuck])];
}

function narrowest({ lab }: Facts): { name: string; mtu: number; tooBig: number } | null {
  if (!lab) return null;
  const all = [...Object.values(lab.routers).flat(), ...lab.servers.map(({ name, mtu }) => ({ name, mtu, tooBig: 0 }))];
  return all.reduce<{ name: string; mtu: number; tooBig: number } | null>(
    (least, one) => (least && least.mtu <= one.mtu ? least : one),
    null,
  );
}

function inCapture({ packets }: Facts): Diagnosis[] {
  return packets.flatMap(({ dtls, icmp }): Diagnosis[] => {
    const stuck = dtls.find(({ isFinished, flights }) => !isFinished && flights > 1);
    if (!stuck) return [];
    const told = icmp.find(({ type }) => /fragmentation needed|packet too big/i.test(type));
    const because = [
      reason(
        `DTLS from ${stuck.client}: ${stuck.flights} flights, the largest of ${stuck.largestBytes} bytes, and no end`,
        stuck.at,
      ),
    ];
    if (told)
      return [
        finding("path_mtu", "certain", `${told.from} says that packets are too large.`, [
          ...because,
          reason(`ICMP ${told.type}`, told.at),
        ]),
      ];
    const unknown = ["At which size packets are lost: pings of growing size with DF set would tell."];
    return [
      finding(
        "path_mtu",
        stuck.largestBytes > 500 ? "likely" : "possible",
        `The DTLS handshake repeats a flight of ${stuck.largestBytes} bytes.`,
        because,
        unknown,
      ),
    ];
  });
}

function stuckDtls({ ends, lab }: Facts): Diagnosis[] {
  return ends.flatMap(({ name, dtlsStates, failure }): Diagnosis[] => {
    const last = dtlsStates.at(-1);
    if (failure?.code !== "dtls_failed" && last?.state !== "connecting" && last?.state !== "failed") return [];
    const because = last ? [reason(`DTLS ${last.state}`, last.at)] : [reason(failure?.message ?? "")];
    const unknown = [
      "Whether large datagrams are lost on the path (MTU), or the fingerprint did not match: a capture would tell.",
    ];
    return [
      finding(
        "dtls_failed",
        "likely",
        `${name} selected a pair, and its DTLS handshake did not end.`,
        because,
        unknown,
      ),
      ...(lab
        ? []
        : [
            finding(
              "path_mtu",
              "possible",
              "A path MTU below what the handshake needs would look like this.",
              because,
              unknown,
            ),
          ]),
    ];
  });
}
