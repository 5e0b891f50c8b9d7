import type { CheckedConfig } from "./checked-config.ts";
import type { Rule, RuleFinding } from "./rule.ts";

/**
 * When clients renew, as their sources have it: libwebrtc (p2p/base/turn_port.cc) renews permissions and channels each 240 s, an allocation 60 s
 * before its end or at half of less than 120 s, asks for no lifetime, and takes a 438 that answers an Allocate for a failure; Firefox
 * (nICEr, turn_client_ctx.c) asks for 3600 s, renews an allocation and each permission 10 s before its end, the latter after 300 s whatever
 * the server says, gives an allocation of 10 s or less up, and tries once more after a 438; werift binds channels anew each 500 s.
 */
const FIREFOX_PERMISSION_S = 290;
const CHROME_CHANNEL_S = 240;
const FIREFOX_ALLOCATION_S = 10;
/** A request is sent again after 0.5, 1.5, 3.5 and 7.5 s (RFC 8489 section 6.2.1): its nonce must live until then. */
const NONCE_S = 8;

type Lifetime = {
  id: string;
  option: string;
  title: string;
  /** What the RFC or coturn has, which clients count on. */
  usual: number;
  /** Up to this, calls break. */
  breaking: number;
  /** Below this, it costs. */
  costly: number;
  reason: string;
  affects: string;
  url: string;
  /** Zero means for ever. */
  isZeroEndless?: true;
};

export const LIFETIMES: readonly Lifetime[] = [
  {
    id: "stale-nonce-short",
    option: "stale-nonce",
    title: "Nonces that end before clients have answered.",
    usual: 600,
    breaking: NONCE_S - 1,
    costly: 60,
    reason:
      "A request with an old nonce is answered 438. Chrome takes that for a failure of an Allocate, Firefox tries once more, and others not at all; each renewal costs another round trip.",
    affects: "users on slow or lossy networks",
    url: "https://www.rfc-editor.org/rfc/rfc8489#section-9.2",
    isZeroEndless: true,
  },
  {
    id: "permission-lifetime-short",
    option: "permission-lifetime",
    title: "Permissions that end before clients renew them.",
    usual: 300,
    breaking: FIREFOX_PERMISSION_S,
    costly: 300,
    reason:
      "It is 300 s by RFC 8656 section 9.2, and no answer tells clients otherwise: Firefox renews after 290 s, Chrome after 240 s. Until then what comes from the peer is dropped.",
    affects: "users of Firefox, after the first minutes of a call",
    url: "https://www.rfc-editor.org/rfc/rfc8656#section-9.2",
  },
  {
    id: "channel-lifetime-short",
    option: "channel-lifetime",
    title: "Channels that end before clients bind them anew.",
    usual: 600,
    breaking: CHROME_CHANNEL_S,
    costly: 600,
    reason:
      "It is 600 s by RFC 8656 section 12, and no answer tells clients otherwise: Chrome binds anew after 240 s, others as late as after 500 s. Until then what is sent through the channel is dropped.",
    affects: "users of Chrome and others with channels, after the first minutes of a call",
    url: "https://www.rfc-editor.org/rfc/rfc8656#section-12",
  },
  {
    id: "allocate-lifetime-short",
    option: "max-allocate-lifetime",
    title: "Allocations that end before clients renew them.",
    usual: 3600,
    breaking: FIREFOX_ALLOCATION_S,
    costly: 120,
    reason:
      "coturn cuts what clients ask for down to it (ns_turn_msg.c, stun_adjust_allocate_lifetime): Firefox asks for 3600 s and gives an allocation of 10 s or less up. Shorter ones are renewed the more often.",
    affects: "users of Firefox, and of other clients that ask for a lifetime",
    url: "https://www.rfc-editor.org/rfc/rfc8656#section-7.2",
  },
  {
    id: "allocate-timeout-short",
    option: "max-allocate-timeout",
    title: "A server that ends sessions before clients have allocated.",
    usual: 60,
    breaking: NONCE_S - 1,
    costly: 15,
    reason:
      "A session without an allocation is closed after it (ns_turn_server.c, TURN_MAX_ALLOCATE_TIMEOUT; 60 s unless set). TCP, TLS, a first request that is answered 401 and one that is sent again take seconds.",
    affects: "users on slow or lossy networks",
    url: "https://github.com/coturn/coturn/blob/4.17.1/src/server/ns_turn_server.c",
  },
];

export const LIFETIME_RULES: readonly Rule[] = [
  ...LIFETIMES.map(
    ({ id, title, url, ...lifetime }): Rule => ({
      id,
      severity: "warning",
      title,
      url,
      find: (config) => tooShort(lifetime, config),
    }),
  ),
  {
    id: "nonce-endless",
    severity: "note",
    title: "Nonces that never end.",
    url: "https://www.rfc-editor.org/rfc/rfc8489#section-9.2",
    find: (config) => {
      const line = config.settings.lineOf("stale-nonce");
      if (!line || line.value === "" || config.settings.numberOf("stale-nonce") !== 0) return [];
      return [
        {
          line: line.number,
          option: "stale-nonce",
          expected: "stale-nonce=600",
          found: "0, which is for ever",
          reason: "A request that somebody has recorded can be sent again for as long as the session lives.",
          fix: "stale-nonce=600",
        },
      ];
    },
  },
];

/** Seconds that a file gives it; null where it leaves the usual. */
export function secondsOf(
  { option, usual }: Pick<Lifetime, "option" | "usual">,
  config: Pick<CheckedConfig, "settings">,
): number | null {
  const line = config.settings.lineOf(option);
  if (!line) return null;
  return line.value === "" ? usual : (config.settings.numberOf(option) ?? usual);
}

function tooShort(lifetime: Omit<Lifetime, "id" | "title" | "url">, config: CheckedConfig): RuleFinding[] {
  const { option, usual, breaking, costly, reason, affects, isZeroEndless } = lifetime;
  const seconds = secondsOf(lifetime, config);
  if (seconds === null || seconds >= costly || (seconds === 0 && isZeroEndless)) return [];
  const isBreaking = seconds <= breaking;
  return [
    {
      ...(isBreaking ? { severity: "error" as const } : {}),
      line: config.lineNumber(option),
      option,
      expected: isBreaking ? `more than ${breaking} s` : `at least ${costly} s`,
      found: `${seconds} s`,
      reason,
      fix: `${option}=${usual}`,
      affects,
    },
  ];
}
