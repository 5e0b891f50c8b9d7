/** For tests: as much of a TURN server as an allocation and its release need, on 127.0.0.1 over UDP. */
import dgram from "node:dgram";
import { once } from "node:events";
import { classes, Message, makeIntegrityKey, methods, parseMessage } from "werift";

type TestTurnServer = AsyncDisposable & { port: number; allocations: number; requests: number };

/** `unauthorized`: answers a wrong password as coturn does, without MESSAGE-INTEGRITY. `mute`: never answers. */
export async function startTestTurnServer(mode: "ok" | "unauthorized" | "quota" | "mute"): Promise<TestTurnServer> {
  const socket = dgram.createSocket("udp4");
  const key = makeIntegrityKey("user", "lab.test", "secret");
  const server = {
    port: 0,
    allocations: 0,
    requests: 0,
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
  socket.on("message", (data, from) => {
    const request = parseMessage(data);
    if (!request || request.messageClass !== classes.REQUEST) return;
    server.requests++;
    if (mode === "mute") return;
    const reply = (message: Message) => socket.send(message.bytes, from.port, from.address);
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
      server.allocations++;
      answer.setAttribute("XOR-RELAYED-ADDRESS", ["127.0.0.1", 40_000 + server.allocations]);
      answer.setAttribute("XOR-MAPPED-ADDRESS", [from.address, from.port]);
    }
    if (request.messageMethod === methods.REFRESH && request.getAttributeValue("LIFETIME") === 0) server.allocations--;
    reply(answer.setAttribute("LIFETIME", 600).addMessageIntegrity(key).addFingerprint());
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  server.port = socket.address().port;
  return server;
}
