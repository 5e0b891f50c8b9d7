import type { CapacityStep } from "../model/capacity.ts";
import type { ConstraintFinding, SearchAsk } from "../model/capacity-search.ts";

/** Of the rate of a wire: above it its queue is never empty. */
const NIC_FULL = 0.9;
/** Of a core. */
const ROUTER_FULL_PERCENT = 90;

/** Where packets were dropped on the way, and which wire was full. A full CPU drops packets too: its own finding weighs more. */
export function packetLosses(step: CapacityStep, ask: SearchAsk): ConstraintFinding[] {
  return [...nic(step, ask), ...receiveBuffer(step), ...router(step)];
}

function nic({ server }: CapacityStep, { size: { nicBitsPerSecond: rate } }: SearchAsk): ConstraintFinding[] {
  if (rate === undefined) return [];
  const bits = Math.max(server.rxBitsPerSecond ?? 0, server.txBitsPerSecond ?? 0);
  const isFull = bits >= rate * NIC_FULL;
  const drops = server.wireDrops > 0 ? `, and ${server.wireDrops} packets were dropped there` : "";
  const used = `${megabits(bits)} of ${megabits(rate)} on the server's wire${drops}`;
  if (isFull) return [{ constraint: "nic", weight: server.wireDrops > 0 ? 0.97 : 0.7, evidence: used }];
  return server.wireDrops > 0 ? [{ constraint: "nic", weight: 0.4, evidence: `${used}: bursts filled its queue` }] : [];
}

function receiveBuffer({ server, packetsLost }: CapacityStep): ConstraintFinding[] {
  const errors = server.udpReceiveBufferErrors;
  if (errors === 0) return [];
  const share = packetsLost === 0 ? 0 : Math.min(1, errors / packetsLost);
  const evidence = `${errors} packets found no room in the server's UDP receive buffers (RcvbufErrors), of ${packetsLost} lost`;
  return [{ constraint: "udp-receive-buffer", weight: 0.3 + 0.4 * share, evidence }];
}

/** The lab's own, but between the clients and the server: what it drops never came there. */
function router({ router: seen, packetsLost }: CapacityStep): ConstraintFinding[] {
  if (!seen) return [];
  const { name, cpuPercent, dropped } = seen;
  const share = packetsLost === 0 ? 0 : Math.min(1, dropped / packetsLost);
  const isFull = cpuPercent >= ROUTER_FULL_PERCENT;
  if (dropped === 0 && !isFull) return [];
  const busy = `a core was busy with forwarding for ${cpuPercent.toFixed(0)} % of the time`;
  const evidence = `the router ${name} dropped ${dropped} packets, of ${packetsLost} lost; ${busy}. It is the lab's: the server may carry more`;
  return [{ constraint: "router", weight: Math.max(0.75 * share, isFull ? 0.5 : 0.1), evidence }];
}

const megabits = (bits: number) => `${Number((bits / 1e6).toPrecision(3))} Mbit/s`;
