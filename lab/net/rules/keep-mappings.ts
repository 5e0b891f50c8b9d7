import { FLOW_ENDS, type FlowEnd, keysOf } from "./flow-ends.ts";
import { hasPermissions, isGated, REFRESHED, setsOf } from "./memory-sets.ts";
import type { Chain } from "./ruleset.ts";
import { memoryOf, type Translation } from "./translation.ts";

/**
 * Mappings are made and refreshed by every packet that uses them, in a filter chain after source translation: a nat
 * chain would see first packets only. A flow under way is looked up in one set and, mostly, goes on.
 */
export function keepMappings(translations: readonly Translation[]): Chain[] {
  const kept = translations.filter((translation) => memoryOf(translation) === "mappings");
  if (kept.length === 0) return [];
  // Inbound packets would keep others from refreshing; hairpinned ones are both.
  const outbound = kept.some(isGated) ? 'oifname "wan" ' : "";
  return [
    {
      name: "refresh",
      hook: "filter hook postrouting priority srcnat + 10; policy accept",
      rules: [
        `ct id @${REFRESHED} accept`,
        ...kept.map(({ protocol }) => `meta l4proto ${protocol} jump ${protocol}_refresh`),
        `${outbound}add @${REFRESHED} { ct id }`,
      ],
    },
    ...kept.map((translation) => ({ name: `${translation.protocol}_refresh`, rules: refreshing(translation) })),
  ];
}

/** First the sender's mapping, then the receiver's filter, then the receiver's mapping: a hairpinned packet has all. */
function refreshing(translation: Translation): string[] {
  const { initiator, responder } = FLOW_ENDS;
  const isByOutbound = isGated(translation);
  return [
    ...refresh(translation, initiator, isByOutbound ? "ct direction original " : ""),
    ...hairpinFilter(translation, responder, "original"),
    ...(isByOutbound ? hairpinFilter(translation, initiator, "reply") : []),
    ...refresh(translation, responder, isByOutbound ? "ct direction reply " : ""),
  ];
}

function refresh(translation: Translation, end: FlowEnd, by: string): string[] {
  const { protocol, mapping, addressing } = translation;
  const sets = setsOf(translation);
  const keys = keysOf(translation, end);
  const update = (set: string, element: string) =>
    `meta l4proto ${protocol} ${by}ct status ${end.status} update @${set} { ${element} }`;
  const isShared = addressing === "shared";
  // Answering somebody makes no mapping towards him, unless there is one for everybody.
  const isMade = isShared && (end === FLOW_ENDS.initiator || mapping === "endpoint-independent");
  return [
    ...(isMade ? [update(sets.mappings, `${keys.mapping} : ${keys.port}`)] : []),
    ...(isShared ? [update(sets.owners, `${keys.port} : ${keys.inside}`)] : []),
    ...(hasPermissions(translation) ? [update(sets.permissions, keys.permission)] : []),
  ];
}

/** Between two hosts inside, the receiver's filter counts as if the packet came from outside. */
function hairpinFilter(translation: Translation, receiver: FlowEnd, direction: "original" | "reply"): string[] {
  const { protocol, hairpinning, addressing } = translation;
  if (!hairpinning) return [];
  const both = `meta l4proto ${protocol} ct status snat ct status dnat ct direction ${direction}`;
  const keys = keysOf(translation, receiver);
  const { owners, permissions } = setsOf(translation);
  if (hasPermissions(translation)) return [`${both} ${keys.permission} != @${permissions} drop`];
  return isGated(translation) && addressing === "shared" ? [`${both} ${keys.port} != @${owners} drop`] : [];
}
