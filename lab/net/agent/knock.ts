import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encode, request } from "../../stun/message.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

type Knock = ObserverOperations["knock"];

/** Between two copies, so that one stall does not swallow all of them. */
const SPACING_MS = 8;

/** Sends to each target from a port that nobody knows, in their order, all of them `copies` times; stays for no answer. */
export async function knock(address: string, { targets, copies, gapMs }: Knock["command"]): Promise<Knock["result"]> {
  const knockers = await Promise.all(
    targets.map(({ protocol, to }) => (protocol === "udp" ? overUdp(address, to) : overTcp(address, to))),
  );
  for (let copy = 0; copy < copies; copy += 1) {
    if (copy > 0) await sleep(SPACING_MS);
    for (const { send } of knockers) {
      await send();
      if (gapMs > 0) await sleep(gapMs);
    }
  }
  return { sources: knockers.map(({ end }) => end()) };
}

type Knocker = { send(): Promise<void>; end(): TransportAddress[] };

async function overUdp(address: string, to: TransportAddress): Promise<Knocker> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  // A refusal is an answer too.
  socket.on("error", () => {});
  const bytes = encode(request("Binding"));
  const { port } = socket.address();
  return {
    send: () => new Promise((sent) => socket.send(bytes, to.port, to.address, () => sent())),
    end: () => {
      socket.close();
      return [{ address, port }];
    },
  };
}

/** A connection for each copy, which is given up as soon as its SYN is out. */
async function overTcp(address: string, to: TransportAddress): Promise<Knocker> {
  const sources: TransportAddress[] = [];
  return {
    send: async () => {
      const socket = connect({ host: to.address, port: to.port, localAddress: address });
      socket.on("error", () => {});
      // Node sends a SYN after the current operation; once a refusal has come, the port is not told any more.
      await new Promise<void>((sent) => process.nextTick(sent));
      if (socket.localPort !== undefined) sources.push({ address, port: socket.localPort });
      socket.destroy();
    },
    end: () => sources,
  };
}
