import type { CheckNeeds } from "../../model/check.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import type { CheckedConfig } from "./checked-config.ts";
import type { Rule } from "./rule.ts";

const USERDB = "https://github.com/coturn/coturn/blob/4.17.1/src/apps/relay/userdb.c";
const NETENGINE = "https://github.com/coturn/coturn/blob/4.17.1/src/apps/relay/netengine.c";
/** Bytes each second of a video call at 500 kbit/s, headers left out. */
const VIDEO_BYTES = 62_500;
/** Relays of twenty calls with both ends relayed: fewer ports than that hold hardly a team. */
const FEW_PORTS = 40;
/** What is over a limit in one second is dropped, however quiet the next. */
const BURSTS = 1.25;
/** Limits that hurt nobody who makes calls, where nobody has said how many. */
const USUAL_MAX_BPS = 1_250_000;
const USUAL_QUOTAS = { user: 12, total: 1_200 };

export const LIMIT_RULES: readonly Rule[] = [
  {
    id: "capacity-caps-sessions",
    severity: "warning",
    title: "bps-capacity over max-bps is a number of relays, and fewer than the file or its users want.",
    url: NETENGINE,
    find: (config) => {
      const relays = relaysByCapacity(config);
      if (relays === null) return [];
      const { settings } = config;
      const quota = settings.numberOf("total-quota") ?? 0;
      const needed = relaysOf(config.needs);
      const isTooFew = needed !== null && relays < needed;
      if (!isTooFew && !(quota > 0 && relays < quota)) return [];
      return [
        {
          ...(isTooFew ? { severity: "error" as const } : {}),
          line: config.lineNumber("bps-capacity"),
          option: "bps-capacity",
          expected: isTooFew
            ? `room for ${needed} relays, of ${config.needs?.concurrentCalls} calls with two relayed ends`
            : `room for the ${quota} relays of total-quota`,
          found: `${settings.numberOf("bps-capacity")} over ${settings.numberOf("max-bps")} bytes/s: ${relays} relays`,
          reason:
            "Each relay reserves max-bps of bps-capacity when it begins, used or not; the next is answered 486 (netengine.c, allocate_bps).",
          fix: `bps-capacity=${(settings.numberOf("max-bps") ?? 0) * Math.max(needed ?? 0, quota)}`,
          affects: "whoever calls when the server is busy",
        },
      ];
    },
  },
  {
    id: "relay-range-small",
    severity: "warning",
    title: "Fewer relay ports than relays that are wanted.",
    url: "https://github.com/coturn/coturn/issues/1568",
    find: (config) => {
      if (config.isOpenLine(config.lineNumber("min-port")) || config.isOpenLine(config.lineNumber("max-port")))
        return [];
      const { min, max } = config.relayPorts;
      const ports =
        (max - min + 1) * Math.max(1, config.relayAddresses.filter((address) => !address.includes(":")).length);
      const quota = config.settings.numberOf("total-quota") ?? 0;
      const needed = relaysOf(config.needs);
      const isTooFew = needed !== null && ports < needed;
      const wanted = isTooFew ? needed : Math.max(quota, needed ?? FEW_PORTS);
      if (ports >= wanted || max < min || config.settings.isOn("multiplex-peer")) return [];
      const option = config.isStated("max-port") ? "max-port" : "min-port";
      return [
        {
          ...(isTooFew ? { severity: "error" as const } : {}),
          line: config.lineNumber(option),
          option,
          expected: isTooFew
            ? `${needed} relay ports, for ${config.needs?.concurrentCalls} calls with two relayed ends`
            : quota > ports
              ? `relay ports for total-quota, ${quota}`
              : `at least ${wanted} relay ports`,
          found: `${ports} ports, ${min}-${max}`,
          reason: "Each relay takes a port; when none is left, the next is answered 508 Insufficient Capacity.",
          ...(min + wanted - 1 <= 65_535 ? { fix: `max-port=${min + wanted - 1}` } : {}),
          affects: "whoever calls when the server is busy",
        },
      ];
    },
  },
  {
    id: "total-quota-small",
    severity: "warning",
    title: "A total-quota below what the calls take.",
    url: USERDB,
    find: (config) => {
      const quota = config.settings.numberOf("total-quota") ?? 0;
      const { needs } = config;
      const needed = relaysOf(needs);
      if (quota <= 0 || needs === null || needed === null) return [];
      const gathered = needed * turnUrls(needs);
      if (quota >= gathered) return [];
      return [
        {
          ...(quota < needed ? { severity: "error" as const } : {}),
          line: config.lineNumber("total-quota"),
          option: "total-quota",
          expected:
            quota < needed
              ? `${needed} relays, for ${needs.concurrentCalls} calls with two relayed ends`
              : `${gathered} relays: each end takes one for each of its ${turnUrls(needs)} TURN URLs while it gathers`,
          found: String(quota),
          reason:
            "A relay over the quota is answered 486 Allocation Quota Reached (userdb.c, check_new_allocation_quota).",
          fix: `total-quota=${gathered}`,
          affects: "whoever calls when the server is busy",
        },
      ];
    },
  },
  {
    id: "user-quota-small",
    severity: "warning",
    title: "A user-quota below what one user takes.",
    url: USERDB,
    find: (config) => {
      const { needs } = config;
      const quota = config.settings.numberOf("user-quota") ?? 0;
      if (quota <= 0 || needs === null) return [];
      const urls = turnUrls(needs);
      const isShared = config.credential.kind === "user" || config.credential.kind === "hashed";
      const calls = relaysOf(needs) ?? 1;
      const least = isShared ? Math.max(calls, urls) : urls;
      // A second interface, or an ICE restart, takes all of it again.
      const wanted = isShared ? calls * urls : urls * 2;
      if (quota >= wanted) return [];
      return [
        {
          ...(quota < least ? { severity: "error" as const } : {}),
          line: config.lineNumber("user-quota"),
          option: "user-quota",
          expected: isShared
            ? `at least ${wanted} relays of the one user whom all share`
            : `at least ${wanted} relays of a user: one for each TURN URL and interface, and as many again while ICE restarts`,
          found: String(quota),
          reason: `${isShared ? "All calls use one user name, and its quota is theirs together. " : ""}A relay over the quota is answered 486 Allocation Quota Reached (userdb.c, check_new_allocation_quota).`,
          fix: `user-quota=${wanted}`,
          affects: isShared
            ? "whoever calls when others do"
            : "users with several interfaces, and those whose network changes",
        },
      ];
    },
  },
  {
    id: "total-quota-below-user-quota",
    severity: "warning",
    title: "A user-quota that total-quota never lets anybody reach.",
    url: USERDB,
    find: (config) => {
      const [total, user] = [config.settings.numberOf("total-quota") ?? 0, config.settings.numberOf("user-quota") ?? 0];
      if (total <= 0 || user <= total) return [];
      return [
        {
          line: config.lineNumber("user-quota"),
          option: "user-quota",
          expected: `a user-quota of at most total-quota, ${total}`,
          found: String(user),
          reason: "One user may take all that the server has.",
          fix: `user-quota=${total}`,
        },
      ];
    },
  },
  {
    id: "max-bps-small",
    severity: "warning",
    title: "A max-bps below a call's bitrate: it is in bytes a second.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/examples/etc/turnserver.conf",
    find: (config) => {
      const bytes = config.settings.numberOf("max-bps") ?? 0;
      if (bytes <= 0) return [];
      const needed = config.needs === null ? null : Math.ceil(config.needs.bitsPerSecond / 8);
      const isTooFew = needed !== null && bytes < needed;
      // What bursts is dropped: the limit is counted anew each second, for each direction.
      const wanted = needed === null ? VIDEO_BYTES : Math.ceil(needed * BURSTS);
      if (bytes >= wanted) return [];
      return [
        {
          ...(isTooFew ? { severity: "error" as const } : {}),
          line: config.lineNumber("max-bps"),
          option: "max-bps",
          expected: `at least ${wanted} bytes/s, for ${isTooFew || needed !== null ? `${needed} bytes/s of a call` : "a video call of 500 kbit/s"}`,
          found: `${bytes} bytes/s, ${bytes * 8} bit/s`,
          reason:
            "max-bps is in bytes a second for each relay and direction; what is over it is dropped without a word (ns_ioalib_engine_impl.c, ioa_socket_check_bandwidth).",
          fix: `max-bps=${wanted}`,
          affects: "all users whose calls are relayed: video freezes",
        },
      ];
    },
  },
  {
    id: "no-quota",
    severity: "warning",
    title: "No limit on how many relays one credential takes.",
    url: "https://enablesecurity.com/blog/coturn-security-configuration-guide/",
    find: (config) => {
      const isLimited = ["user-quota", "total-quota"].some(
        (option) => config.isStated(option) && config.settings.numberOf(option) !== 0,
      );
      if (isLimited) return [];
      const line = config.lineNumber("total-quota") ?? config.lineNumber("user-quota");
      return [
        {
          line,
          option: "user-quota",
          expected: "user-quota and total-quota",
          found: line === null ? "neither" : "0, which is no limit",
          reason: "Whoever holds one credential may take every relay port.",
          fix: quotaLines(config),
        },
      ];
    },
  },
  {
    id: "no-bandwidth-limit",
    severity: "note",
    title: "No limit on what one relay carries.",
    find: ({ settings, needs }) => {
      const limit = settings.numberOf("max-bps");
      if (limit !== null && limit > 0) return [];
      return [
        {
          line: settings.lineOf("max-bps")?.number ?? null,
          option: "max-bps",
          expected: "max-bps, in bytes a second",
          found: limit === null ? "none" : "0, which is no limit",
          reason: "One relay may take all of the machine's bandwidth, and of its bill.",
          fix: `max-bps=${Math.max(USUAL_MAX_BPS, Math.ceil(((needs?.bitsPerSecond ?? 0) / 8) * BURSTS))}`,
        },
      ];
    },
  },
];

/** How many relays `bps-capacity` has room for; the last may get less than it asks. Null: no such limit. */
export function relaysByCapacity({ settings }: Pick<CheckedConfig, "settings">): number | null {
  const [capacity, each] = [settings.numberOf("bps-capacity") ?? 0, settings.numberOf("max-bps") ?? 0];
  return capacity > 0 && each > 0 ? Math.ceil(capacity / each) : null;
}

function quotaLines({ needs, credential }: CheckedConfig): string {
  const gathered = needs === null ? 0 : needs.concurrentCalls * 2 * turnUrls(needs);
  const isShared = credential.kind === "user" || credential.kind === "hashed";
  const own = needs === null ? 0 : isShared ? gathered : turnUrls(needs) * 2;
  return `user-quota=${Math.max(USUAL_QUOTAS.user, own)}\ntotal-quota=${Math.max(USUAL_QUOTAS.total, gathered)}`;
}

/** Both ends of every call. */
function relaysOf(needs: CheckNeeds | null): number | null {
  return needs === null ? null : needs.concurrentCalls * 2;
}

function turnUrls({ urls }: CheckNeeds): number {
  const turn = urls.filter((url) => {
    const parsed = parseIceUrl(url);
    return "error" in parsed ? false : parsed.kind === "turn";
  });
  return Math.max(1, turn.length);
}
