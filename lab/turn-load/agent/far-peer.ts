/** PID 1 of the container of the peer that sends every packet back to where it came from. */
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { openStdioLine } from "../../peer/stdio-line.ts";
import {
  FAR_PEER_OPS,
  type FarPeerCommand,
  type FarPeerCount,
  type FarPeerEvent,
  HELLO_TIMEOUT_MS,
  isCommand,
} from "../protocol.ts";
import { nowMs } from "./clock.ts";
import { receiveBufferErrors } from "./receive-buffer-errors.ts";

/** Asked for; the kernel gives what net.core.rmem_max allows. */
const BUFFER_BYTES = 4 * 1024 * 1024;

class FarPeer {
  #packetsReceived = 0;
  #packetsSent = 0;
  #cpu = process.cpuUsage();
  #countedAtMs = nowMs();
  #errorsBefore = 0;

  listen({ address, port }: { address: string; port: number }, onListening: (port: number) => void): void {
    const type = isIPv6(address) ? "udp6" : "udp4";
    const socket = createSocket({
      type,
      recvBufferSize: BUFFER_BYTES,
      sendBufferSize: BUFFER_BYTES,
      // Where a packet goes is where one came from: nothing to look up.
      lookup: (host, _options, done) => done(null, host, type === "udp6" ? 6 : 4),
    });
    socket.on("message", (bytes, from) => {
      this.#packetsReceived += 1;
      socket.send(bytes, from.port, from.address);
      this.#packetsSent += 1;
    });
    this.#errorsBefore = receiveBufferErrors();
    socket.bind(port, address, () => onListening(socket.address().port));
  }

  count(): FarPeerCount {
    const now = nowMs();
    const cpu = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    const cpuPercent = (cpu.user + cpu.system) / 10 / (now - this.#countedAtMs);
    this.#countedAtMs = now;
    return {
      packetsReceived: this.#packetsReceived,
      packetsSent: this.#packetsSent,
      receiveBufferErrors: receiveBufferErrors() - this.#errorsBefore,
      cpuPercent,
    };
  }
}

openStdioLine<FarPeerCommand, FarPeerEvent>({
  helloTimeoutMs: HELLO_TIMEOUT_MS,
  isCommand: (value) => isCommand<FarPeerCommand>(value, FAR_PEER_OPS),
  whyNoGreeting: ({ op }) => (op === "hello" ? null : `expected "hello" first, found "${op}"`),
  fatal: (message) => ({ event: "fatal", message }),
  onCommand: (line) => {
    const peer = new FarPeer();
    return (command) => {
      if (command.op === "hello") line.send({ event: "ready", pid: process.pid });
      else if (command.op === "listen") peer.listen(command, (port) => line.send({ event: "listening", port }));
      else line.send({ event: "counted", ...peer.count() });
    };
  },
});
