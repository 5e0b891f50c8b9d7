import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../stun/connect.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { TurnClient } from "../../stun/turn-client.ts";
import { connectUdp } from "../../stun/udp-transport.ts";
import { turnAgentError } from "./agent-error.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

const DEFAULT_TIMEOUT_MS = 2_000;
const COPIES = 3;
const SPACING_MS = 20;
/** After the last copy. */
const SILENCE_MS = 500;

type RelayCheck = ObserverOperations["turn-relay-check"];

/** Sends a datagram through a relayed address of one's own. Rejects with an AgentError, or resolves `received: false`. */
export async function checkRelay(command: RelayCheck["command"]): Promise<RelayCheck["result"]> {
  const { username, password, realm, addressFamily, timeoutMs = DEFAULT_TIMEOUT_MS } = command;
  try {
    const transport = await connect(command, { timeoutMs });
    await using turn = new TurnClient(transport, { username, password, realm }, { timeoutMs });
    const { relayed, mapped, durationMs } = await turn.allocate(addressFamily ? { addressFamily } : {});
    // Connected, so that the kernel says which address of ours the server sees and the permission must name.
    const sender = await connectUdp(relayed);
    try {
      await turn.createPermission([sender.local.address]);
      const token = randomBytes(16);
      const { promise: came, resolve } = Promise.withResolvers<TransportAddress>();
      turn.onData((from, data) => {
        if (data.equals(token)) resolve(from);
      });
      let receivedFrom: TransportAddress | null = null;
      for (let copy = 1; copy <= COPIES && receivedFrom === null; copy += 1) {
        sender.send(token);
        receivedFrom = await Promise.race([came, sleep(copy < COPIES ? SPACING_MS : SILENCE_MS).then(() => null)]);
      }
      const received = receivedFrom !== null;
      return { relayed, mapped, allocateMs: durationMs, received, sentFrom: sender.local, receivedFrom };
    } finally {
      await sender.close();
    }
  } catch (error) {
    throw turnAgentError(error, command.transport);
  }
}
