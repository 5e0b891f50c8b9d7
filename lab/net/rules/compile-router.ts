import type { RouterBehaviour } from "../../model/observed-nat.ts";
import { countingDrops, declareDropped } from "./count-drops.ts";
import { egress } from "./egress.ts";
import { fromOutside, gates } from "./from-outside.ts";
import { keepMappings } from "./keep-mappings.ts";
import { declareSets, isGated } from "./memory-sets.ts";
import { overlaps } from "./overlaps.ts";
import { type Chain, type RouterFacts, type Ruleset, rulesetOf } from "./ruleset.ts";
import { declarePorts, toOutside } from "./to-outside.ts";
import { TCP_CLOSED_MS, TCP_LIFETIME_MS, TCP_TRANSITORY_MS, translationsOf } from "./translation.ts";

/**
 * Compiles a router: behaviour in, ruleset out, pure. Rules are generated from the data, never from a preset's name.
 * @throws RangeError for a port block that does not fit, or a firewall rule that is none
 */
export function compileRouter(behaviour: RouterBehaviour, facts: RouterFacts): Ruleset {
  const { udp, tcp } = translationsOf(behaviour);
  const translations = [udp, tcp];
  // Where mappings have a life of their own that the kernel would prolong, flows are forgotten as soon as it can.
  const udpTimeout = isGated(udp) ? 1 : Math.ceil(udp.lifetimeMs / 1_000);
  return rulesetOf(
    [...declareSets(translations), ...declarePorts(translations, facts), ...declareDropped("ip")],
    countingDrops([
      ...gates(translations, facts),
      ...overlaps(translations, facts),
      fromOutside(translations, facts),
      ...egress(behaviour.firewall),
      ...toOutside(translations, facts),
      ...keepMappings(translations, facts),
      input(behaviour, facts),
    ]),
    {
      "net.netfilter.nf_conntrack_udp_timeout": udpTimeout,
      "net.netfilter.nf_conntrack_udp_timeout_stream": udpTimeout,
      "net.netfilter.nf_conntrack_tcp_timeout_established": TCP_LIFETIME_MS / 1_000,
      ...tcpTimeouts(["syn_sent", "syn_recv", "fin_wait", "close_wait", "last_ack"], TCP_TRANSITORY_MS),
      ...tcpTimeouts(["time_wait", "close"], TCP_CLOSED_MS),
      // A segment outside of the window would pass untranslated otherwise.
      "net.netfilter.nf_conntrack_tcp_be_liberal": 1,
      // Whoever is refused is told so: by default six times, and then once a second.
      "net.ipv4.icmp_ratemask": 0,
    },
  );
}

const tcpTimeouts = (states: readonly string[], ms: number) =>
  Object.fromEntries(states.map((state) => [`net.netfilter.nf_conntrack_tcp_timeout_${state}`, ms / 1_000]));

/** The router itself: answers ping and resolves names for its LAN, has a proxy there or not, and nothing else anywhere. */
function input({ firewall: { proxy } }: RouterBehaviour, { lanAddress }: RouterFacts): Chain {
  const fromLan = lanAddress === null ? [] : [`iifname "lan" ip daddr ${lanAddress}`];
  return {
    name: "input",
    hook: "filter hook input priority filter; policy drop",
    rules: [
      "ct state established,related accept",
      'iifname "lo" accept',
      ...fromLan.flatMap((from) => [
        `${from} meta l4proto icmp accept`,
        `${from} meta l4proto { tcp, udp } th dport 53 accept`,
        ...(proxy ? [`${from} tcp dport ${proxy.port} accept`] : []),
      ]),
    ],
  };
}
