import { createSocket } from "node:dgram";
import { once } from "node:events";
import { attribute, decode, encode, request } from "../../stun/message.ts";
import { formatTransportAddress, type TransportAddress } from "../../stun/transport-address.ts";
import type { Pace } from "./probe-protocol.ts";

/**
 * Asks a reflector from given UDP ports of the namespace it runs in, and writes which outside addresses it has seen them
 * by: a list of `ADDRESS:PORT`, `null` for silence, or `"taken"` where another program has the port.
 */
type Plan = { to: TransportAddress; ports: number[]; pace: Pick<Pace, "copies" | "patienceMs"> };

const SPACING_MS = 50;

const { to, ports, pace } = JSON.parse(process.argv[2] ?? "") as Plan;
process.stdout.write(`${JSON.stringify(await Promise.all(ports.map(leaveBy)))}\n`);

async function leaveBy(port: number): Promise<string | null> {
  const socket = createSocket("udp4");
  const opened = once(socket, "listening").then(
    () => true,
    () => false,
  );
  socket.bind(port);
  if (!(await opened)) return "taken";
  socket.on("error", () => {});
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const question = request("Binding");
  socket.on("message", (bytes) => {
    const answer = decode(bytes);
    if ("error" in answer || !answer.transactionId.equals(question.transactionId)) return;
    const mapped = attribute(answer, "XOR-MAPPED-ADDRESS");
    if (mapped) resolve(formatTransportAddress(mapped));
  });
  const bytes = encode(question);
  const ask = () => socket.send(bytes, to.port, to.address, () => {});
  ask();
  const repeating = setInterval(ask, SPACING_MS);
  const late = setTimeout(() => resolve(null), pace.patienceMs + pace.copies * SPACING_MS);
  try {
    return await promise;
  } finally {
    clearInterval(repeating);
    clearTimeout(late);
    socket.close();
  }
}
