import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { Attribute } from "./attributes.ts";
import { decodeChannelData, encodeChannelData } from "./channel-data.ts";
import { longTermKey, verifyIntegrity } from "./integrity.ts";
import type { StunMessage } from "./message.ts";
import { attribute, decode, encode, indication, response } from "./message.ts";
import type { TransportAddress } from "./transport-address.ts";
import { TurnClient } from "./turn-client.ts";
import { connectUdp } from "./udp-transport.ts";

const RELAYED = { address: "34.77.1.10", port: 50_000 };
const PEER = { address: "81.2.64.2", port: 4_000 };
const CREDENTIAL = { username: "user", password: "password" };
const KEY = longTermKey("user", "lab.test", "password");

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** As much of a TURN server as the client's side of the protocol can tell: no relay behind it; it echoes data. */
async function startServer(options: { staleNonces?: number; refuse?: { number: number; reason: string } } = {}) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  cleanups.push(() => socket.close());
  const seen: StunMessage[] = [];
  let nonce = 1;
  let stale = options.staleNonces ?? 0;

  const answer = (message: StunMessage, bytes: Buffer): Buffer => {
    const error = (number: number, reason: string, ...more: Attribute[]) =>
      encode(response(message, "error", [{ name: "ERROR-CODE", value: { number, reason } }, ...more]));
    const challenge: Attribute[] = [
      { name: "REALM", value: "lab.test" },
      { name: "NONCE", value: `nonce-${nonce}` },
    ];
    if (verifyIntegrity(bytes, KEY) !== "valid") return error(401, "Unauthorized", ...challenge);
    if (stale > 0) {
      stale -= 1;
      nonce += 1;
      return error(438, "Stale Nonce", { name: "NONCE", value: `nonce-${nonce}` });
    }
    if (attribute(message, "NONCE") !== `nonce-${nonce}`) return error(438, "Stale Nonce", ...challenge);
    if (options.refuse) return error(options.refuse.number, options.refuse.reason);
    const lifetime: Attribute = { name: "LIFETIME", value: attribute(message, "LIFETIME") ?? 600 };
    const attributes: Partial<Record<StunMessage["method"], Attribute[]>> = {
      Allocate: [{ name: "XOR-RELAYED-ADDRESS", value: RELAYED }, lifetime],
      Refresh: [lifetime],
      Connect: [{ name: "CONNECTION-ID", value: 7 }],
    };
    return encode(response(message, "success", attributes[message.method] ?? []), { key: KEY });
  };
  socket.on("message", (bytes, from) => {
    const reply = (back: Buffer) => socket.send(back, from.port, from.address);
    const channelData = decodeChannelData(bytes);
    if (channelData) return reply(encodeChannelData(channelData));
    const message = decode(bytes);
    if ("error" in message) throw new Error(message.error);
    seen.push(message);
    if (message.class === "indication") return reply(encode(indication("Data", message.attributes.slice(0, 2))));
    reply(answer(message, bytes));
  });
  const transport = await connectUdp({ address: "127.0.0.1", port: socket.address().port });
  return { transport, seen };
}

async function start(
  options?: Parameters<typeof startServer>[0],
  credential: typeof CREDENTIAL & { realm?: string } = CREDENTIAL,
) {
  const { transport, seen } = await startServer(options);
  const turn = new TurnClient(transport, credential, { timeoutMs: 500 });
  cleanups.push(() => turn.close());
  return { turn, seen, methods: () => seen.map((m) => m.method) };
}

describe("TurnClient", () => {
  it("answers the challenge and gets a relayed address", async () => {
    const { turn, methods } = await start();
    expect(await turn.allocate({ lifetimeSeconds: 77 })).toMatchObject({ relayed: RELAYED, lifetimeSeconds: 77 });
    expect(methods()).toEqual(["Allocate", "Allocate"]);
    expect(await turn.refresh(99)).toBe(99);
    expect(methods()).toEqual(["Allocate", "Allocate", "Refresh"]);
  });

  it("answers one 438 Stale Nonce per request, not two", async () => {
    const once = await start({ staleNonces: 1 });
    await expect(once.turn.allocate()).resolves.toMatchObject({ relayed: RELAYED });
    const twice = await start({ staleNonces: 2 });
    await expect(twice.turn.allocate()).rejects.toMatchObject({ response: { number: 438, reason: "Stale Nonce" } });
  });

  it("gives the server's number and reason, with an empty reason too", async () => {
    const { turn } = await start({ refuse: { number: 486, reason: "" } });
    await expect(turn.allocate()).rejects.toMatchObject({
      code: "error_response",
      response: { number: 486, reason: "" },
    });
  });

  it("fails with 401 when the password or the realm given is wrong", async () => {
    const wrongPassword = await start({}, { username: "user", password: "guess" });
    await expect(wrongPassword.turn.allocate()).rejects.toMatchObject({ response: { number: 401 } });
    expect(wrongPassword.methods()).toEqual(["Allocate", "Allocate"]);
    const wrongRealm = await start({}, { ...CREDENTIAL, realm: "other" });
    await expect(wrongRealm.turn.allocate()).rejects.toMatchObject({ response: { number: 401 } });
    expect(wrongRealm.seen.map((m) => attribute(m, "REALM"))).toEqual([undefined, "other"]);
  });

  it("sends by indication, and over the channel once one is bound", async () => {
    const { turn, seen } = await start();
    await turn.allocate();
    await turn.createPermission([PEER.address, "81.2.65.2"]);
    const permission = seen.at(-1) as StunMessage;
    expect(permission.attributes.filter((a) => a.name === "XOR-PEER-ADDRESS")).toHaveLength(2);

    const exchange = async (text: string) => {
      const { promise, resolve } = Promise.withResolvers<[TransportAddress, string]>();
      turn.onData((from, data) => resolve([from, data.toString()]));
      turn.send(PEER, Buffer.from(text));
      return promise;
    };
    expect(await exchange("indicated")).toEqual([PEER, "indicated"]);
    expect(seen.at(-1)).toMatchObject({ method: "Send", class: "indication" });
    expect(await turn.channelBind(PEER)).toBe(0x4000);
    expect(await exchange("channelled")).toEqual([PEER, "channelled"]);
    expect(seen.at(-1)).toMatchObject({ method: "ChannelBind" });
  });

  it("asks for a TCP allocation, a connection from it, and the client's half of that (RFC 6062)", async () => {
    const { turn, seen } = await start();
    await turn.allocate({ relayOver: "tcp" });
    expect(attribute(seen.at(-1) as StunMessage, "REQUESTED-TRANSPORT")).toBe(6);
    expect(await turn.connectPeer(PEER)).toBe(7);
    expect(attribute(seen.at(-1) as StunMessage, "XOR-PEER-ADDRESS")).toEqual(PEER);

    const other = await start();
    await other.turn.bindConnection(7, turn);
    expect(attribute(other.seen.at(-1) as StunMessage, "CONNECTION-ID")).toBe(7);
    await other.turn.close();
    expect(other.methods(), "the nonce is there already, and no allocation to give back").toEqual(["ConnectionBind"]);
  });

  it("releases the allocation when it closes", async () => {
    const { turn, seen } = await start();
    await turn.allocate();
    await turn.close();
    const last = seen.at(-1) as StunMessage;
    expect([last.method, attribute(last, "LIFETIME")]).toEqual(["Refresh", 0]);
  });
});
