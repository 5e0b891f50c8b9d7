/**
 * What bench-allocations measures against, run in the generator's network namespace: Allocates, so many at once, and nothing beside them;
 * no answer is checked, timed or repeated.
 *
 * `one`: over one UDP socket, each without a credential and then with it. A socket has one allocation and the bytes are made once, so the
 * server takes every one after the first for a retransmission: it authenticates each, and opens no relay. For that many seconds.
 * `each`: over a socket for each, as TURN needs it; so many allocations, held until all are there.
 *
 *     node bench-bare-loop.ts ADDRESS PORT USERNAME PASSWORD one|each SECONDS|ALLOCATIONS AT_ONCE
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";

const [address = "", port = "", username = "", password = "", way = "", much = "", atOnce = ""] = process.argv.slice(2);
const ERROR_RESPONSE = 0x13;
/** Of ERROR-CODE, what is left of 401. */
const UNAUTHORIZED = 1;
/** As many as a socket's buffer holds. */
const AT_A_TIME = 100;
const METHOD = { allocate: 0x0003, refresh: 0x0004 };
const TYPE = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
};
const requestedUdp = attribute(TYPE.requestedTransport, Buffer.from([17, 0, 0, 0]));
const noLifetime = attribute(TYPE.lifetime, Buffer.alloc(4));
let key: Buffer | null = null;

const cpu = process.cpuUsage();
const startedAt = performance.now();
const granted = await (way === "one" ? overOne(1_000 * Number(much)) : overEach(Number(much)));
const { user, system } = process.cpuUsage(cpu);
const perSecond = (1_000 * granted.count) / (granted.atMs - startedAt);
console.log(JSON.stringify({ perSecond, cpuMicros: (user + system) / granted.count }));
// Who gets these ports next is to find nothing there.
for (const [index, { socket, credential }] of granted.sockets.entries()) {
  socket.send(sign(METHOD.refresh, Buffer.concat([noLifetime, credential])));
  if (index % AT_A_TIME === 0) await sleep(10);
}
await sleep(200);
process.exit(0);

type Granted = { count: number; atMs: number; sockets: { socket: Socket; credential: Buffer }[] };

async function overOne(durationMs: number): Promise<Granted> {
  const socket = createSocket("udp4");
  const bare = request(METHOD.allocate, requestedUdp, 0);
  let [answers, count] = [0, 0];
  let signed: Buffer | null = null;
  let credential: Buffer = Buffer.alloc(0);
  socket.on("message", (bytes: Buffer) => {
    answers += 1;
    if (bytes[1] === ERROR_RESPONSE) {
      if (!signed) {
        credential = credentialFor(bytes);
        signed = sign(METHOD.allocate, Buffer.concat([requestedUdp, credential]));
      }
      socket.send(signed);
    } else {
      count += 1;
      socket.send(bare);
    }
  });
  const setOut = () => {
    for (let index = 0; index < Number(atOnce); index += 1) socket.send(bare);
  };
  socket.connect(Number(port), address, () => {
    setOut();
    // What a buffer had no room for is lost, and the loop must not run dry.
    let before = answers;
    setInterval(() => {
      if (answers === before) setOut();
      before = answers;
    }, 50);
  });
  await sleep(durationMs);
  return { count, atMs: performance.now(), sockets: [{ socket, credential }] };
}

function overEach(allocations: number): Promise<Granted> {
  const sockets: Granted["sockets"] = [];
  const { promise, resolve } = Promise.withResolvers<Granted>();
  let begun = 0;
  const next = () => {
    if (begun === allocations) return;
    begun += 1;
    const socket = createSocket("udp4");
    let credential: Buffer | null = null;
    socket.on("message", (bytes: Buffer) => {
      if (bytes[1] === ERROR_RESPONSE) {
        // Else 437: a port whose last allocation the server still has.
        if (credential || attributeValue(bytes, TYPE.errorCode)[3] !== UNAUTHORIZED) {
          socket.close();
          begun -= 1;
          next();
          return;
        }
        credential = credentialFor(bytes);
        socket.send(sign(METHOD.allocate, Buffer.concat([requestedUdp, credential])));
      } else if (credential) {
        sockets.push({ socket, credential });
        credential = null;
        if (sockets.length === allocations) resolve({ count: allocations, atMs: performance.now(), sockets });
        else next();
      }
    });
    socket.connect(Number(port), address, () => socket.send(request(METHOD.allocate, requestedUdp, 0)));
  };
  for (let index = 0; index < Number(atOnce); index += 1) next();
  return promise;
}

function credentialFor(challenge: Buffer): Buffer {
  const [realm, nonce] = [attributeValue(challenge, TYPE.realm), attributeValue(challenge, TYPE.nonce)];
  key ??= createHash("md5").update(`${username}:${realm}:${password}`).digest();
  return Buffer.concat([
    attribute(TYPE.username, Buffer.from(username)),
    attribute(TYPE.realm, realm),
    attribute(TYPE.nonce, nonce),
  ]);
}

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
  const message = request(method, attributes, 24);
  const hmac = createHmac("sha1", key ?? "")
    .update(message)
    .digest();
  return Buffer.concat([message, attribute(TYPE.integrity, hmac)]);
}

function attributeValue(message: Buffer, type: number): Buffer {
  for (let at = 20; at + 4 <= message.length; at += 4 + ((message.readUInt16BE(at + 2) + 3) & ~3))
    if (message.readUInt16BE(at) === type) return message.subarray(at + 4, at + 4 + message.readUInt16BE(at + 2));
  throw new Error(`no attribute ${type} in an answer`);
}
