import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeResult } from "../model/probe.ts";
import { familyOf } from "../net/ipv6-plan.ts";
import { PrivateHosts } from "../net/private-hosts.ts";
import type { AskPeers, PeerAnswers } from "../probe/ask-peers.ts";
import { judgePeers } from "../probe/judge-peers.ts";
import { IPV4_PEERS, IPV6_PEERS, PUBLIC_PEER } from "../probe/peer-addresses.ts";
import type { ProbeTarget } from "../probe/target.ts";
import { anyTarget, type ProbeSetting, streamTarget } from "./probe-setting.ts";

/** How long a token that the server has agreed to send may be on its way: a hop, on a busy machine. */
const ARRIVES_WITHIN_MS = 2_000;
/** One of those that it cannot send in most cases. */
const UNSENDABLE_WITHIN_MS = 500;
const LOOK_AGAIN_MS = 40;
/** Whom a CONNECT may dial for so long; hosts of the lab answer at once, with a connection or a reset. */
const DIAL_MS = 500;

const BROADCAST = "255.255.255.255";
/** Not the address of one host: whoever listens at all hears what comes to it. */
const HEARD_EVERYWHERE: readonly string[] = ["127.0.0.1", "0.0.0.0", "::1", "::", "224.0.0.1", "ff02::1", BROADCAST];
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * The peer ACL, with proof: hosts of the lab stand at the addresses that it must deny, and at those that calls need, and keep
 * what arrives. They are there only while it is asked.
 */
export async function probePrivatePeers(setting: ProbeSetting): Promise<ProbeResult[]> {
  const { lab, server, probing, targets, open, limits } = setting;
  const target = anyTarget(targets);
  if (!target) return [];
  const hasIpv6 = server.addresses.some((address) => familyOf(address) === "ipv6");
  const needed = Object.fromEntries(
    probing.profile.peerAddresses.map((address) => [address, `a peer that calls need, ${address}`]),
  );
  const reachable: Readonly<Record<string, string>> = { [PUBLIC_PEER]: "the public internet", ...needed };
  const forbidden = [...IPV4_PEERS, ...(hasIpv6 ? IPV6_PEERS : [])].map(({ address }) => address);
  const addresses = [...new Set([...forbidden, ...Object.keys(reachable)])];
  await using hosts = await PrivateHosts.open({
    ...lab,
    server: server.name,
    addresses: addresses.filter((address) => !HEARD_EVERYWHERE.includes(address) && !MAPPED.test(address)),
    taken: (port) => port >= server.relay.minPort && port <= server.relay.maxPort,
  });
  const isListenedAt = (address: string): boolean => {
    const plain = MAPPED.exec(address)?.[1] ?? address;
    return HEARD_EVERYWHERE.includes(plain) || hosts.addresses.has(plain);
  };
  const stream = streamTarget(targets);
  const ask = (of: readonly string[], at: ProbeTarget, listeners: readonly string[], user: string) => {
    const command: AskPeers = {
      target: at,
      streamTarget: stream,
      credential: open?.(user) ?? null,
      addresses: of,
      port: hosts.port,
      listeners,
      dialMs: DIAL_MS,
      limits,
    };
    return lab.observer.ask("probe-peers", command);
  };
  // coturn 4.6.1 never ends an allocation from which something could not be sent (`udp send: Permission denied`, `Network is
  // unreachable`), also when it is given back; but it does with its client's connection. So these have one each.
  const [unsendable, together] = partition(addresses, (address) => address === BROADCAST || MAPPED.test(address));
  const [most, ...others] = await Promise.all([
    ask(together, target, together.filter(isListenedAt), "peers"),
    ...unsendable.map((address, index) =>
      ask([address], stream ?? target, stream && isListenedAt(address) ? [address] : [], `peer-${index}`),
    ),
  ]);
  await waitForTokens(hosts, tokensToCome(most), ARRIVES_WITHIN_MS);
  const arrived = await waitForTokens(hosts, others.flatMap(tokensToCome), UNSENDABLE_WITHIN_MS);
  const answers = [most, ...others];
  const judgement = { url: null, reachable, arrived };
  return answers.flatMap((answer) => judgePeers(answer, judgement)).map(softened);
}

/** Of those that it agreed to send. */
function tokensToCome({ peers }: PeerAnswers): string[] {
  return peers.flatMap(({ createPermission, channelBind, connect, tokens }) => [
    ...(createPermission === "success" || channelBind === "success" ? [tokens.send ?? "", tokens.channel ?? ""] : []),
    ...(connect === "success" ? [tokens.connect ?? ""] : []),
  ]);
}

/** Until all of them have come, or none comes any more. */
async function waitForTokens(
  hosts: PrivateHosts,
  expected: readonly string[],
  withinMs: number,
): Promise<ReadonlySet<string>> {
  const until = performance.now() + withinMs;
  for (;;) {
    const tokens = await hosts.received();
    if (expected.every((token) => token === "" || tokens.has(token)) || performance.now() > until) return tokens;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** A permission that nothing comes of is a hole in the list, and none in the wall. */
function softened(result: ProbeResult): ProbeResult {
  const isHarmless = result.verdict === "weak" && result.hasReached === false && !result.id.startsWith("peer-needed-");
  return isHarmless && result.severity === "error" ? { ...result, severity: "warning" } : result;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
