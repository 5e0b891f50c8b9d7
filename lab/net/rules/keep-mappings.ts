import { FLOW_ENDS, type FlowEnd, keysOf } from "./flow-ends.ts";
import { matchForwarded } from "./forwards.ts";
import { hasPermissions, isGated, isOverlapping, REFRESHED, setsOf } from "./memory-sets.ts";
import { refreshAnswered } from "./overlaps.ts";
import type { Chain, RouterFacts } from "./ruleset.ts";
import { memoryOf, TCP_CLOSED_MS, TCP_TRANSITORY_MS, type Translation } from "./translation.ts";

/**
 * Mappings are made and refreshed by every packet that uses them, in a filter chain after source translation: a nat
 * chain would see first packets only. A flow under way is looked up in one set and, mostly, goes on.
 */
export function keepMappings(translations: readonly Translation[], facts: RouterFacts): Chain[] {
  const kept = translations.filter((translation) => memoryOf(translation) === "mappings");
  if (kept.length === 0) return [];
  // Inbound packets would keep outbound ones from refreshing; hairpinned ones are both.
  const outbound = kept.some(isGated) ? 'oifname "wan" ' : "";
  const [only] = kept;
  const tcp = kept.find(({ protocol }) => protocol === "tcp");
  return [
    {
      name: "refresh",
      hook: "filter hook postrouting priority srcnat + 10; policy accept",
      rules: [
        ...(kept.length === 1 ? [`meta l4proto != ${only?.protocol} accept`] : []),
        ...(tcp ? ["meta l4proto tcp jump tcp_phase"] : []),
        `ct id @${REFRESHED} accept`,
        ...kept.map(({ protocol }) => `meta l4proto ${protocol} jump ${protocol}_refresh`),
        `${outbound}add @${REFRESHED} { ct id }`,
      ],
    },
    ...kept.map((translation) => ({ name: `${translation.protocol}_refresh`, rules: refreshing(translation, facts) })),
    ...(tcp ? tcpPhases(tcp, facts) : []),
  ];
}

/**
 * A connection's mapping is kept for as long as the connection's state asks for, which connection tracking follows and
 * shows by how long it will keep the flow itself; only of the first packet it cannot say that yet.
 */
function tcpPhases(tcp: Translation, facts: RouterFacts): Chain[] {
  const [transitory, closed] = [`${TCP_TRANSITORY_MS / 1_000}s`, `${TCP_CLOSED_MS / 1_000}s`];
  return [
    {
      name: "tcp_phase",
      rules: [
        "tcp flags & syn == syn goto tcp_transitory",
        `ct expiration <= ${closed} goto tcp_closed`,
        `ct expiration <= ${transitory} goto tcp_transitory`,
      ],
    },
    { name: "tcp_transitory", rules: [...refreshing(tcp, facts, ` timeout ${transitory}`), "accept"] },
    { name: "tcp_closed", rules: [...refreshing(tcp, facts, ` timeout ${closed}`), "accept"] },
  ];
}

/** First the sender's mapping, then the receiver's filter, then the receiver's mapping: a hairpinned packet has all. */
function refreshing(translation: Translation, facts: RouterFacts, timeout = ""): string[] {
  const { initiator, responder } = FLOW_ENDS;
  const isByOutbound = isGated(translation);
  return [
    ...refresh(translation, initiator, isByOutbound ? "ct direction original " : "", timeout),
    ...hairpinFilter(translation, facts, responder, "original"),
    ...(isByOutbound ? hairpinFilter(translation, facts, initiator, "reply") : []),
    ...refresh(translation, responder, isByOutbound ? "ct direction reply " : "", timeout),
    ...refreshAnswered(translation, timeout),
  ];
}

function refresh(translation: Translation, end: FlowEnd, by: string, timeout: string): string[] {
  const { protocol, addressing } = translation;
  const sets = setsOf(translation);
  const keys = keysOf(translation, end);
  const update = (set: string, key: string, value = "", only = "") =>
    `meta l4proto ${protocol} ${by}ct status ${end.status} ${only}update @${set} { ${key}${timeout}${value} }`;
  const isShared = addressing === "shared";
  const overlapping = isOverlapping(translation);
  // Answering somebody makes no mapping towards him. Who may come in by no port but his own has that mapping already.
  const isOwn = overlapping && end === FLOW_ENDS.responder ? `${keys.towards} @${sets.towards} ` : "";
  return [
    ...(isShared ? [update(sets.mappings, keys.mapping, ` : ${keys.port}`, isOwn)] : []),
    ...(overlapping ? [update(sets.begun, keys.flow, "", isOwn), update(sets.towards, keys.towards, "", isOwn)] : []),
    ...(isShared ? [update(sets.owners, keys.port, ` : ${keys.inside}`)] : []),
    ...(hasPermissions(translation) ? [update(sets.permissions, keys.permission)] : []),
  ];
}

/**
 * Between two hosts inside, the receiver's filter counts as if the packet came from outside: at a forwarded port there is
 * none.
 */
function hairpinFilter(
  translation: Translation,
  facts: RouterFacts,
  receiver: FlowEnd,
  direction: "original" | "reply",
): string[] {
  const { protocol, hairpinning, addressing } = translation;
  if (!hairpinning) return [];
  const keys = keysOf(translation, receiver);
  const unforwarded = matchForwarded(facts, protocol, `${keys.port} !=`);
  const both = `meta l4proto ${protocol} ct status snat ct status dnat ct direction ${direction} ${unforwarded}`;
  const { owners, permissions } = setsOf(translation);
  if (hasPermissions(translation)) return [`${both}${keys.permission} != @${permissions} drop`];
  return isGated(translation) && addressing === "shared" ? [`${both}${keys.port} != @${owners} drop`] : [];
}
