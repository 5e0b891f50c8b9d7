import { DEFAULT_MTU } from "../../model/link.ts";
import type { LinkPlan } from "./plan-links.ts";

/**
 * `ip -batch` text for both ends of a wire, so that no larger packet enters it and whoever forwards one answers
 * (RFC 1191, RFC 8201). Where the far end's interface serves others too, the route to the node has the MTU, not the
 * interface.
 */
export function mtuBatch(link: LinkPlan, mtu: number): { near: string; far: string } {
  const near = `link set dev ${link.interface} mtu ${mtu}\n`;
  const { interface: device } = link.far;
  if (link.isAlone) return { near, far: `link set dev ${device} mtu ${mtu}\n` };
  const to = link.addresses.map((address) => `${address}/${address.includes(":") ? 128 : 32} dev ${device}`);
  const far = to.map((route) => (mtu === DEFAULT_MTU ? `route del ${route}\n` : `route replace ${route} mtu ${mtu}\n`));
  return { near, far: far.join("") };
}
