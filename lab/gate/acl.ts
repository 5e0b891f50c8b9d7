import { BlockList, isIPv4 } from "node:net";
import { LAB_BLOCKS } from "../model/topology.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { readRange } from "../turn-config/read-value.ts";

/** The outside addresses of the lab's homes: to a server's ACL, anybody's on the internet. */
const [SOMEBODY = ""] = LAB_BLOCKS.map((block) => block.replace(/\.0\.0\/16$/, ".64.2"));

/**
 * Whether a file's ACL lets relays send to peers on the internet. Where it denies all of it, calls are between two of its own
 * relays, or with the peers that it allows (coturn: ns_turn_server.c, `good_peer_addr`: allowed wins).
 */
export function relaysToPeers({ facts: { options } }: TurnConfig): boolean {
  const ranges = (option: string) => [options[option] ?? []].flat().filter((value) => typeof value === "string");
  return holds(ranges("allowed-peer-ip")) || !isAllDenied(ranges("denied-peer-ip"));
}

/** A range that leaves out hardly anything is meant for all; a smaller one that has hit the lab's homes is a finding. */
function isAllDenied(ranges: readonly string[]): boolean {
  return holds(ranges) && holds(ranges, "8.8.8.8") && holds(ranges, "151.101.1.1");
}

function holds(ranges: readonly string[], address = SOMEBODY): boolean {
  return ranges.some((text) => {
    const range = readRange(text);
    if (!range || !isIPv4(range.first) || !isIPv4(range.last)) return false;
    const block = new BlockList();
    try {
      block.addRange(range.first, range.last);
    } catch {
      return false; // Its end comes before its beginning.
    }
    return block.check(address);
  });
}
