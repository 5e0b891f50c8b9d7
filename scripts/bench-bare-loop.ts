/**
 * What bench-allocations measures against, run in the generator's network namespace: one UDP socket, a number of transactions at
 * once, each an Allocate without a credential and one with it. Their bytes are made once, so the server takes every one after the first for a
 * retransmission: it authenticates each, and opens no relay. Nothing is checked, kept or timed here.
 *
 *     node bench-bare-loop.ts ADDRESS PORT USERNAME PASSWORD SECONDS AT_ONCE
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";

const [address = "", port = "", username = "", password = "", seconds = "", atOnce = ""] = process.argv.slice(2);
const ERROR_RESPONSE = 0x13;
const METHOD = { allocate: 0x0003, refresh: 0x0004 };
const TYPE = {
  username: 0x0006,
  integrity: 0x0008,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
};

const socket = createSocket("udp4");
socket.connect(Number(port), address);
await once(socket, "connect");
const requestedUdp = attribute(TYPE.requestedTransport, Buffer.from([17, 0, 0, 0]));
const bare = request(METHOD.allocate, requestedUdp, 0);
socket.send(bare);
const [challenge] = (await once(socket, "message")) as [Buffer];
const [realm, nonce] = [attributeValue(challenge, TYPE.realm), attributeValue(challenge, TYPE.nonce)];
const credential = Buffer.concat([
  attribute(TYPE.username, Buffer.from(username)),
  attribute(TYPE.realm, realm),
  attribute(TYPE.nonce, nonce),
]);
const signed = sign(METHOD.allocate, Buffer.concat([requestedUdp, credential]));

let [answers, granted] = [0, 0];
const setOut = () => {
  for (let index = 0; index < Number(atOnce); index += 1) socket.send(bare);
};
socket.on("message", (bytes: Buffer) => {
  answers += 1;
  if (bytes[1] === ERROR_RESPONSE) socket.send(signed);
  else {
    granted += 1;
    socket.send(bare);
  }
});
setOut();
// What a buffer had no room for is lost, and the loop must not run dry.
let before = -1;
setInterval(() => {
  if (answers === before) setOut();
  before = answers;
}, 50);
const startedAt = performance.now();
const cpu = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1_000));
const { user, system } = process.cpuUsage(cpu);
const perSecond = (1_000 * granted) / (performance.now() - startedAt);
console.log(JSON.stringify({ perSecond, cpuMicros: (user + system) / granted }));
// Who gets this port next is to find nothing there.
const released = sign(0x0004, Buffer.concat([attribute(TYPE.lifetime, Buffer.alloc(4)), credential]));
socket.send(released, () => process.exit(0));

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** `more`: bytes that its length counts already. */
function request(method: number, attributes: Buffer, more: number): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(method, 0);
  header.writeUInt16BE(attributes.length + more, 2);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  return Buffer.concat([header, attributes]);
}

function sign(method: number, attributes: Buffer): Buffer {
  const key = createHash("md5").update(`${username}:${realm}:${password}`).digest();
  const message = request(method, attributes, 24);
  return Buffer.concat([message, attribute(TYPE.integrity, createHmac("sha1", key).update(message).digest())]);
}

function attributeValue(message: Buffer, type: number): Buffer {
  for (let at = 20; at + 4 <= message.length; at += 4 + ((message.readUInt16BE(at + 2) + 3) & ~3))
    if (message.readUInt16BE(at) === type) return message.subarray(at + 4, at + 4 + message.readUInt16BE(at + 2));
  throw new Error(`no attribute ${type} in the challenge`);
}
