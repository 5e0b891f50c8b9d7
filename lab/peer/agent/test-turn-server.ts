/** For tests: as much of a TURN server as a relayed call needs (RFC 8656), on 127.0.0.1 over UDP. */
import dgram from "node:dgram";
import { once } from "node:events";
import { classes, Message, makeIntegrityKey, methods, parseMessage } from "werift";

type TestTurnServer = AsyncDisposable & {
  port: number;
  allocations: number;
  requests: number;
  /** As if its wire were cut: nothing comes in and nothing goes out. */
  isCut: boolean;
};

type Allocation = { relay: dgram.Socket; channels: Map<number, string>; permissions: Set<string> };

const CHANNEL_HEADER_BYTES = 4;

/** `unauthorized`: answers a wrong password as coturn does, without MESSAGE-INTEGRITY. `mute`: never answers. */
export async function startTestTurnServer(mode: "ok" | "unauthorized" | "quota" | "mute"): Promise<TestTurnServer> {
  const socket = dgram.createSocket("udp4");
  const key = makeIntegrityKey("user", "lab.test", "secret");
  const byClient = new Map<string, Allocation>();
  const server = {
    port: 0,
    get allocations() {
      return byClient.size;
    },
    requests: 0,
    isCut: false,
    async [Symbol.asyncDispose]() {
      for (const { relay } of byClient.values()) relay.close();
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
  const send = (data: Buffer, { port, address }: { port: number; address: string }) => {
    if (!server.isCut) socket.send(data, port, address);
  };

  const allocate = async (from: dgram.RemoteInfo): Promise<Allocation> => {
    const relay = dgram.createSocket("udp4");
    const allocation: Allocation = { relay, channels: new Map(), permissions: new Set() };
    relay.on("message", (data, peer) => {
      if (!allocation.permissions.has(peer.address)) return;
      const channel = [...allocation.channels].find(([, to]) => to === `${peer.address}:${peer.port}`)?.[0];
      if (channel !== undefined) {
        const header = Buffer.alloc(CHANNEL_HEADER_BYTES);
        header.writeUInt16BE(channel, 0);
        header.writeUInt16BE(data.length, 2);
        return send(Buffer.concat([header, data]), from);
      }
      const indication = new Message(methods.DATA, classes.INDICATION);
      indication.setAttribute("XOR-PEER-ADDRESS", [peer.address, peer.port]).setAttribute("DATA", data);
      send(indication.bytes, from);
    });
    byClient.set(`${from.address}:${from.port}`, allocation);
    relay.bind(0, "127.0.0.1");
    await once(relay, "listening");
    return allocation;
  };

  const relayOut = (allocation: Allocation | undefined, to: string | undefined, data: Buffer) => {
    const [host = "", port = ""] = (to ?? "").split(":");
    if (allocation?.permissions.has(host)) allocation.relay.send(data, Number(port), host);
  };

  socket.on("message", async (data, from) => {
    if (server.isCut) return;
    const own = byClient.get(`${from.address}:${from.port}`);
    if (((data[0] ?? 0) & 0xc0) === 0x40) {
      const length = data.readUInt16BE(2);
      const payload = data.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + length);
      return relayOut(own, own?.channels.get(data.readUInt16BE(0)), payload);
    }
    const request = parseMessage(data);
    if (request?.messageClass === classes.INDICATION) {
      const [host, port] = request.getAttributeValue("XOR-PEER-ADDRESS") as [string, number];
      return relayOut(own, `${host}:${port}`, request.getAttributeValue("DATA") as Buffer);
    }
    if (!request || request.messageClass !== classes.REQUEST) return;
    server.requests++;
    if (mode === "mute") return;
    const reply = (message: Message) => send(message.bytes, from);
    const error = (number: number, reason: string) => {
      const message = new Message(request.messageMethod, classes.ERROR, request.transactionId);
      return message
        .setAttribute("ERROR-CODE", [number, reason])
        .setAttribute("NONCE", Buffer.from("n"))
        .setAttribute("REALM", "lab.test");
    };
    const success = () => new Message(request.messageMethod, classes.RESPONSE, request.transactionId);
    if (request.messageMethod === methods.BINDING)
      return reply(success().setAttribute("XOR-MAPPED-ADDRESS", [from.address, from.port]));
    const isSigned = request.attributesKeys.includes("MESSAGE-INTEGRITY");
    if (!isSigned || mode === "unauthorized") return reply(error(401, "Unauthorized"));
    if (mode === "quota")
      return reply(error(486, "Allocation Quota Reached").addMessageIntegrity(key).addFingerprint());
    const answer = success();
    if (request.messageMethod === methods.ALLOCATE) {
      const { relay } = own ?? (await allocate(from));
      answer.setAttribute("XOR-RELAYED-ADDRESS", ["127.0.0.1", relay.address().port]);
      answer.setAttribute("XOR-MAPPED-ADDRESS", [from.address, from.port]);
    }
    if (request.messageMethod === methods.CREATE_PERMISSION || request.messageMethod === methods.CHANNEL_BIND) {
      const [host, port] = request.getAttributeValue("XOR-PEER-ADDRESS") as [string, number];
      own?.permissions.add(host);
      const channel = request.getAttributeValue("CHANNEL-NUMBER") as number | undefined;
      if (channel !== undefined) own?.channels.set(channel, `${host}:${port}`);
    }
    if (request.messageMethod === methods.REFRESH && request.getAttributeValue("LIFETIME") === 0) {
      own?.relay.close();
      byClient.delete(`${from.address}:${from.port}`);
    }
    reply(answer.setAttribute("LIFETIME", 600).addMessageIntegrity(key).addFingerprint());
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  server.port = socket.address().port;
  return server;
}
