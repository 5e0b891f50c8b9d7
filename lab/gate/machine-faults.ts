import type { GateProfile } from "../model/gate-profile.ts";
import type { Traffic } from "../model/load.ts";
import type { Fault } from "../scenario/fault.ts";

/** Where the labs run: the engine's machine. */
export type MachineSize = { cpus: number; memoryBytes: number };

const MESSAGE_BYTES = 1_000;
/**
 * Of a core, for one message of a call with both ends relayed, from peer to peer: measured with `twenty-relays`, in which 2,000
 * messages a second took 54 % of one, the server, both peers and the harness together.
 */
const CORE_PER_MESSAGE = 0.54 / 2_000;
/** Above this, what is measured is the machine. */
const MOST_OF_A_CORE = 0.7;
/** A peer's process grows by so much for each call in it; of two labs, each with two ends. */
const BYTES_PER_CALL = 4 * 1024 ** 2;
/** What two idle labs, the engine and the harness take. */
const BASE_BYTES = 1024 ** 3;

/** Messages of the load phase, which carry what the profile says of one call. */
export function loadTraffic({ bitsPerSecond }: Pick<GateProfile, "bitsPerSecond">, durationMs: number): Traffic {
  return {
    messageBytes: MESSAGE_BYTES,
    messagesPerSecond: Math.max(1, Math.round(bitsPerSecond / 8 / MESSAGE_BYTES)),
    durationMs,
  };
}

/** A profile that asks for more calls than the machine can make tells nothing about the server. */
export function machineFaults(
  { concurrentCalls, bitsPerSecond }: Pick<GateProfile, "concurrentCalls" | "bitsPerSecond">,
  { cpus, memoryBytes }: MachineSize,
): Fault[] {
  const perCall = 2 * loadTraffic({ bitsPerSecond }, 0).messagesPerSecond * CORE_PER_MESSAGE;
  const byCpu = Math.floor((cpus * MOST_OF_A_CORE) / perCall);
  const byMemory = Math.max(0, Math.floor((memoryBytes - BASE_BYTES) / BYTES_PER_CALL));
  const faults: Fault[] = [];
  if (concurrentCalls > byCpu) {
    const cores = `${cpus} ${cpus === 1 ? "core" : "cores"}`;
    faults.push({
      place: "concurrentCalls",
      expected: `at most ${byCpu} calls of ${bitsPerSecond} bit/s each way, which is what ${cores} can make and answer`,
      found: String(concurrentCalls),
      hint: byCpu === 0 ? "Lower bitsPerSecond." : "Lower concurrentCalls or bitsPerSecond, or take a larger machine.",
    });
  }
  if (concurrentCalls > byMemory) {
    faults.push({
      place: "concurrentCalls",
      expected: `at most ${byMemory} calls, which is what ${(memoryBytes / 1024 ** 3).toFixed(1)} GiB of memory hold`,
      found: String(concurrentCalls),
    });
  }
  return faults;
}
