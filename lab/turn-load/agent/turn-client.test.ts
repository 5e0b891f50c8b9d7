import { describe, expect, it } from "vitest";
import { longTermKey, verifyIntegrity } from "../../stun/integrity.ts";
import { attribute, decode, encode, response, type StunMessage } from "../../stun/message.ts";
import { peerAddress } from "./peer-address.ts";
import { error, grant, grantUnsigned, KEY, RELAYED } from "./test-answers.ts";
import { type ClientSetting, TurnClient } from "./turn-client.ts";
import { TurnMessages } from "./turn-messages.ts";
import { User } from "./user.ts";
import { Wheel } from "./wheel.ts";

const PEER = peerAddress({ address: "81.2.64.2", port: 9_000 });

type Asked = { atMs: number; message: StunMessage };

/** A client whose time and whose answers the test gives; `answerTo` null: nothing comes. */
function startClient(
  answerTo: (message: StunMessage, index: number) => Buffer | null,
  { by = "channel", isReliable = false }: { by?: "channel" | "send"; isReliable?: boolean } = {},
) {
  const asked: Asked[] = [];
  const told: string[] = [];
  let now = 1_000;
  const wheel = new Wheel(now);
  const answers: Buffer[] = [];
  let opened = 0;
  const setting: ClientSetting = {
    messages: new TurnMessages(),
    wheel,
    now: () => now,
    lifetimeSeconds: null,
    by,
    timeoutMs: 10_000,
    channelRefreshMs: 240_000,
    openLink: () => {
      opened += 1;
      return {
        isReliable,
        send: (bytes) => {
          const message = decode(Buffer.from(bytes));
          if ("error" in message) throw new Error(message.error);
          if (attribute(message, "USERNAME")) expect(verifyIntegrity(Buffer.from(bytes), KEY)).toBe("valid");
          asked.push({ atMs: now, message });
          const answer = answerTo(message, asked.length - 1);
          if (answer) answers.push(answer);
        },
        close: () => told.push("closed"),
      };
    },
  };
  const client = new TurnClient(
    {
      onAllocated: () => told.push("allocated"),
      onReady: () => told.push("ready"),
      onData: () => told.push("data"),
      onFailed: (_client, code) => told.push(code),
      onReleased: () => told.push("released"),
    },
    new User({ username: "user", password: "password" }),
    setting,
  );
  const deliver = () => {
    for (const answer of answers.splice(0)) client.onFrame(answer);
    if (answers.length > 0) deliver();
  };
  client.open();
  client.onOpen();
  deliver();
  const run = (untilMs: number) => {
    for (; now < untilMs; now += 10) {
      wheel.advance(now);
      deliver();
    }
  };
  const words = () => asked.map(({ message: { method } }) => method);
  return { client, asked, told, run, deliver, words, opened: () => opened };
}

describe("a TURN client", () => {
  it("is challenged, allocates, permits, binds, and gives back", () => {
    const { client, told, words, deliver } = startClient((message) => grant(message));
    client.reach(PEER);
    deliver();
    client.release();
    deliver();
    expect(words()).toEqual(["Allocate", "Allocate", "CreatePermission", "ChannelBind", "Refresh"]);
    expect(told).toEqual(["allocated", "ready", "closed", "released"]);
    expect(client.relayed).toMatchObject({ port: RELAYED.port });
  });

  it("binds no channel where it sends by indications", () => {
    const { client, told, words, deliver } = startClient((message) => grant(message), { by: "send" });
    client.reach(PEER);
    deliver();
    expect(words()).toEqual(["Allocate", "Allocate", "CreatePermission"]);
    expect(told).toEqual(["allocated", "ready"]);
  });

  it("sends again after 500, 1000, 2000 ms the same transaction, and over a connection never", () => {
    const silent = startClient(() => null);
    silent.run(6_000);
    expect(silent.asked.map(({ atMs }) => atMs - 1_000)).toEqual([0, 500, 1_500, 3_500]);
    expect(new Set(silent.asked.map(({ message }) => message.transactionId.toString("hex"))).size).toBe(1);
    const stream = startClient(() => null, { isReliable: true });
    stream.run(6_000);
    expect(stream.asked).toHaveLength(1);
    stream.run(12_000);
    expect(stream.told).toEqual(["turn_timeout"]);
  });

  it("takes a new nonce whenever one has grown old, and says a refusal as it is", () => {
    const { client, told, deliver, words } = startClient((message, index) => {
      const nonce = attribute(message, "NONCE");
      if (message.method !== "CreatePermission") return grant(message);
      if (index < 4) return error(message, 438, `n${index}`);
      expect(nonce).toBe("n3");
      return error(message, 403);
    });
    client.reach(PEER);
    deliver();
    expect(words().slice(2)).toEqual(["CreatePermission", "CreatePermission", "CreatePermission"]);
    expect(told).toEqual(["allocated", "turn_403"]);
  });

  it("does not ask for ever with a password that is wrong", () => {
    const { told, words } = startClient((message, index) => error(message, 401, `n${index}`));
    expect(words()).toEqual(["Allocate", "Allocate"]);
    expect(told).toEqual(["turn_401"]);
  });

  it("allocates from another port where the server has something of this one, twice", () => {
    const { client, told, deliver, words, opened } = startClient((message) =>
      attribute(message, "NONCE") ? error(message, 437) : grant(message),
    );
    client.onOpen();
    deliver();
    expect([opened(), told.at(-1)]).toEqual([3, "closed"]);
    client.onOpen();
    deliver();
    expect(words()).toEqual(Array.from({ length: 6 }, () => "Allocate"));
    expect([opened(), told]).toEqual([3, ["closed", "closed", "turn_437"]]);
  });

  it("presents nothing to a server that asks for no credential", () => {
    const { client, asked, told, words, deliver } = startClient((message) => grantUnsigned(message));
    client.reach(PEER);
    deliver();
    client.release();
    deliver();
    expect(words()).toEqual(["Allocate", "CreatePermission", "ChannelBind", "Refresh"]);
    expect(asked.some(({ message }) => attribute(message, "USERNAME"))).toBe(false);
    expect(told).toEqual(["allocated", "ready", "closed", "released"]);
  });

  it("takes no success that it cannot verify", () => {
    const other = longTermKey("user", "lab.test", "other");
    const { told, run } = startClient((message) =>
      attribute(message, "NONCE") ? encode(response(message, "success", []), { key: other }) : grant(message),
    );
    run(12_000);
    expect(told).toEqual(["turn_timeout"]);
  });

  it("refreshes the allocation before its end, and channel and permission in one every four minutes", () => {
    const { client, asked, told, run } = startClient((message) => grant(message));
    client.reach(PEER);
    run(1_000 + 1_100_000);
    const at = (method: string) =>
      asked.filter(({ message }) => message.method === method).map(({ atMs }) => Math.round((atMs - 1_000) / 1_000));
    expect(at("Refresh")).toEqual([540, 1_080]);
    expect(at("ChannelBind")).toEqual([0, 240, 480, 720, 960]);
    expect(at("CreatePermission")).toEqual([0]);
    expect(told).toEqual(["allocated", "ready"]);
  });

  it("refreshes one that is granted for seconds at half its life, and is lost when that is refused", () => {
    let isGone = false;
    const { told, asked, run } = startClient((message) => (isGone ? error(message, 437) : grant(message, 8)));
    run(6_000);
    expect(asked.at(-1)?.message.method).toBe("Refresh");
    isGone = true;
    run(12_000);
    expect(told).toEqual(["allocated", "turn_437"]);
  });

  it("waits for an Allocate that is on its way, to give back what it grants", () => {
    let held: StunMessage | null = null;
    const { client, told, words, deliver } = startClient((message) => {
      if (message.method !== "Allocate" || !attribute(message, "NONCE")) return grant(message);
      held = message;
      return null;
    });
    client.release();
    expect(told).toEqual([]);
    if (held) client.onFrame(grant(held));
    deliver();
    expect(words()).toEqual(["Allocate", "Allocate", "Refresh"]);
    expect(told).toEqual(["closed", "released"]);
  });

  it("leaves a server that does not answer any more after two seconds", () => {
    const { client, told, run } = startClient((message) => (message.method === "Refresh" ? null : grant(message)));
    client.release();
    run(2_500);
    expect(told).toEqual(["allocated"]);
    run(3_500);
    expect(told).toEqual(["allocated", "closed", "released"]);
  });
});
