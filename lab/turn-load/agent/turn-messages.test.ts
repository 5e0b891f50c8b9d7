import { describe, expect, it } from "vitest";
import type { Attribute } from "../../stun/attributes.ts";
import { decodeChannelData } from "../../stun/channel-data.ts";
import { longTermKey, verifyIntegrity } from "../../stun/integrity.ts";
import { attribute, decode, encode, indication, response, type StunMessage } from "../../stun/message.ts";
import { peerAddress } from "./peer-address.ts";
import { dataOffset, emptyAnswer, readAnswer } from "./turn-answer.ts";
import { channelMessage, sendHeaderBytes, sendMessage, TurnMessages } from "./turn-messages.ts";
import { User } from "./user.ts";

const CREDENTIAL = { username: "1764338400:jörg", password: "pässword" };
const REALM = "läb.example";
const NONCE = "0123456789abcdef";
const KEY = longTermKey(CREDENTIAL.username, REALM, CREDENTIAL.password);
const PEERS = [
  { address: "81.2.64.2", port: 9_000 },
  { address: "2001:db8::7", port: 65_535 },
];

const bytesAsText = (text: string) => Buffer.from(text, "utf8").toString("latin1");

function userOf(credential = CREDENTIAL): User {
  const user = new User(credential);
  user.useRealm(bytesAsText(REALM));
  return user;
}

function read(bytes: Buffer): StunMessage {
  const message = decode(bytes);
  if ("error" in message) throw new Error(message.error);
  return message;
}

describe("requests, as lab/stun reads them", () => {
  const messages = new TurnMessages();
  const user = userOf();
  const id = messages.transactionId();

  it("has an Allocate that asks for the challenge", () => {
    const message = read(messages.allocate(user, id, null, null));
    expect(message.attributes).toEqual([{ name: "REQUESTED-TRANSPORT", value: 17 }]);
    expect(message).toMatchObject({ method: "Allocate", class: "request", transactionId: Buffer.from(id, "latin1") });
  });

  const signed: Attribute[] = [
    { name: "USERNAME", value: CREDENTIAL.username },
    { name: "REALM", value: REALM },
    { name: "NONCE", value: NONCE },
  ];
  const cases: [string, () => Buffer, StunMessage["method"], Attribute[]][] = [
    [
      "Allocate",
      () => messages.allocate(user, id, NONCE, 700),
      "Allocate",
      [
        { name: "REQUESTED-TRANSPORT", value: 17 },
        { name: "LIFETIME", value: 700 },
      ],
    ],
    ["Refresh", () => messages.refresh(user, id, NONCE, null), "Refresh", []],
    [
      "Refresh that gives it back",
      () => messages.refresh(user, id, NONCE, 0),
      "Refresh",
      [{ name: "LIFETIME", value: 0 }],
    ],
    ...PEERS.flatMap((peer): [string, () => Buffer, StunMessage["method"], Attribute[]][] => [
      [
        `CreatePermission for ${peer.address}`,
        () => messages.createPermission(user, id, NONCE, peerAddress(peer)),
        "CreatePermission",
        [{ name: "XOR-PEER-ADDRESS", value: peer }],
      ],
      [
        `ChannelBind to ${peer.address}`,
        () => messages.channelBind(user, id, NONCE, 0x4000, peerAddress(peer)),
        "ChannelBind",
        [
          { name: "CHANNEL-NUMBER", value: 0x4000 },
          { name: "XOR-PEER-ADDRESS", value: peer },
        ],
      ],
    ]),
  ];
  it.each(cases)("has a signed %s", (_name, write, method, attributes) => {
    const bytes = Buffer.from(write());
    const message = read(bytes);
    expect(message.method).toBe(method);
    const last = message.attributes.at(-1);
    expect(message.attributes.slice(0, -1)).toEqual([...attributes, ...signed]);
    expect(last?.name).toBe("MESSAGE-INTEGRITY");
    expect(verifyIntegrity(bytes, KEY)).toBe("valid");
    expect(verifyIntegrity(bytes, longTermKey(CREDENTIAL.username, REALM, "other"))).toBe("invalid");
  });

  it("signs for each user in turn, and takes an answer to one for that one only", () => {
    const other = { username: "1764338400:vu2", password: "another" };
    const users = [user, userOf(other), user];
    const keys = [KEY, longTermKey(other.username, REALM, other.password), KEY];
    for (const [index, one] of users.entries()) {
      const bytes = Buffer.from(messages.refresh(one, id, NONCE, 600));
      expect(verifyIntegrity(bytes, keys[index] ?? KEY)).toBe("valid");
      expect(attribute(read(bytes), "USERNAME")).toBe(index === 1 ? other.username : CREDENTIAL.username);
      const at = bytes.length - 24;
      expect(messages.isAuthentic(one, bytes, at)).toBe(true);
      expect(messages.isAuthentic(index === 1 ? user : userOf(other), bytes, at)).toBe(false);
    }
  });

  it("writes the same bytes for the same transaction, and never the same transaction", () => {
    expect(Buffer.from(messages.refresh(user, id, NONCE, 1))).toEqual(
      Buffer.from(messages.refresh(user, id, NONCE, 1)),
    );
    const ids = Array.from({ length: 1_000 }, () => messages.transactionId());
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((one) => one.length === 12)).toBe(true);
  });
});

describe("answers, as lab/stun writes them", () => {
  const request: StunMessage = {
    method: "Allocate",
    class: "request",
    transactionId: Buffer.from("abcdefghijkl"),
    attributes: [],
  };
  const messages = new TurnMessages();
  const user = userOf();

  it.each(PEERS)("reads a success with a relayed address like $address", (relayed) => {
    const bytes = encode(
      response(request, "success", [
        { name: "XOR-RELAYED-ADDRESS", value: relayed },
        { name: "LIFETIME", value: 600 },
        { name: "SOFTWARE", value: "None" },
      ]),
      { key: KEY, fingerprint: true },
    );
    const answer = emptyAnswer();
    expect(readAnswer(bytes, answer)).toBe(true);
    expect(answer).toMatchObject({
      isSuccess: true,
      transactionId: "abcdefghijkl",
      lifetimeSeconds: 600,
      errorCode: 0,
    });
    const expected = peerAddress(relayed);
    expect([...(answer.relayed?.bytes ?? [])]).toEqual([...expected.bytes]);
    expect(answer.relayed?.port).toBe(expected.port);
    expect(messages.isAuthentic(user, bytes, answer.integrityAt)).toBe(true);
    for (const at of [3, 21, answer.integrityAt - 1, answer.integrityAt + 5]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(messages.isAuthentic(user, changed, answer.integrityAt), `byte ${at}`).toBe(at === 3);
    }
  });

  it("reads an error with its challenge", () => {
    const bytes = encode(
      response(request, "error", [
        { name: "ERROR-CODE", value: { number: 401, reason: "Unauthorized" } },
        { name: "NONCE", value: NONCE },
        { name: "REALM", value: REALM },
      ]),
    );
    const answer = emptyAnswer();
    expect(readAnswer(bytes, answer)).toBe(true);
    expect(answer).toMatchObject({ isSuccess: false, errorCode: 401, nonce: NONCE, realm: bytesAsText(REALM) });
    expect(answer.integrityAt).toBe(-1);
  });

  it("takes nothing that is not a whole answer, whatever it is", () => {
    const answer = emptyAnswer();
    const whole = encode(response(request, "success", [{ name: "LIFETIME", value: 600 }]), { key: KEY });
    for (let length = 0; length < whole.length; length += 1)
      expect(readAnswer(whole.subarray(0, length), answer)).toBe(false);
    expect(readAnswer(encode(request), answer)).toBe(false);
    const tooLong = Buffer.from(whole);
    tooLong.writeUInt16BE(0xfff0, 22);
    expect(readAnswer(tooLong, answer)).toBe(false);
  });
});

describe("application data", () => {
  const data = Buffer.from("0123456789abcdefg");

  it("goes over a channel", () => {
    for (const isPadded of [true, false]) {
      const message = channelMessage(0x4000, data.length, isPadded);
      data.copy(message, 4);
      expect(message.length).toBe(isPadded ? 24 : 21);
      expect(decodeChannelData(message)).toEqual({ channel: 0x4000, data });
    }
  });

  it.each(PEERS)("goes to $address as a Send indication, and comes as a Data indication", (peer) => {
    const sent = sendMessage("abcdefghijkl", peerAddress(peer), data.length);
    data.copy(sent, sendHeaderBytes(peerAddress(peer)));
    const message = read(sent);
    expect([message.method, message.class]).toEqual(["Send", "indication"]);
    expect(attribute(message, "XOR-PEER-ADDRESS")).toEqual(peer);
    expect(attribute(message, "DATA")).toEqual(data);
    expect(dataOffset(sent)).toBe(-1);
    const received = encode(
      indication("Data", [
        { name: "XOR-PEER-ADDRESS", value: peer },
        { name: "DATA", value: data },
      ]),
      { fingerprint: true },
    );
    const at = dataOffset(received);
    expect(received.subarray(at, at + data.length)).toEqual(data);
  });
});
