import { listenersOf } from "./listeners.ts";
import type { Rule } from "./rule.ts";

/** Versions that break what others do. */
export const VERSION_RULES: readonly Rule[] = [
  {
    id: "ttl-one",
    severity: "error",
    title: "coturn 4.17.0 and 4.17.1 send answers that no router passes on.",
    url: "https://github.com/coturn/coturn/issues/2043",
    find: (config) => {
      const isHit = config.isFrom("4.17.0") && config.isBefore("4.17.2");
      if (!isHit || listenersOf(config.settings, config.version).udp.length === 0) return [];
      return [
        {
          line: null,
          option: null,
          expected: "coturn 4.17.2 or newer, or 4.16.0",
          found: `coturn ${config.version}`,
          reason:
            "Its UDP packets have an IP TTL of 1 once there is a session, and die at the first router (coturn#2043, mended in 4.17.2 by #2045). On one machine or bridge all seems well.",
          affects: "all users who reach the server over UDP",
        },
      ];
    },
  },
];
