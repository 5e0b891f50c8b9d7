import type { ProbeResult } from "../model/probe.ts";
import { type AskPeers, askPeers } from "./ask-peers.ts";
import { judgePeers } from "./judge-peers.ts";
import { IPV4_PEERS, IPV6_PEERS, PUBLIC_PEER } from "./peer-addresses.ts";

/** Never a listener: what is asked there shows in the answer, and nothing is sent. RFC 863: discard. */
const NOBODYS_PORT = 9;

export type ProbePeers = Pick<AskPeers, "target" | "streamTarget" | "credential" | "limits"> & {
  reachable?: Readonly<Record<string, string>>;
  forbidden?: readonly string[];
};

export const ALL_PEERS: readonly string[] = [...IPV4_PEERS, ...IPV6_PEERS].map(({ address }) => address);

/** The ACL without listeners: answers alone. */
export async function probePeers(asking: ProbePeers): Promise<ProbeResult[]> {
  const { reachable = {}, forbidden = [] } = asking;
  const needed = { [PUBLIC_PEER]: "the public internet", ...reachable };
  const addresses = [...new Set([...ALL_PEERS, ...forbidden, ...Object.keys(needed)])];
  const answers = await askPeers({ ...asking, addresses, port: NOBODYS_PORT });
  return judgePeers(answers, { url: asking.target.url, reachable: needed, forbidden });
}
