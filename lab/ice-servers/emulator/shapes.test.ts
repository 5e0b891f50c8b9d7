import { afterEach, describe, expect, it } from "vitest";
import { apiOffers, type IceServerProviderName } from "../../model/ice-server-api.ts";
import { basic } from "../ask-json.ts";
import { type StartedEmulator, startEmulator } from "./start-emulator.ts";

/** What each emulator says on the wire, beside what the provider documents: read here without any adapter. */
let emulator: StartedEmulator | undefined;
afterEach(() => emulator?.[Symbol.asyncDispose]());

async function start(provider: IceServerProviderName, variant?: string, servers = ["turn"]): Promise<StartedEmulator> {
  const offers = apiOffers({ provider, servers, ...(variant ? { variant } : {}) }, (server) => `${server}.lab.test`);
  const mint = (server: string) => ({ username: `user-${server}`, password: "pass" });
  emulator = await startEmulator({ provider, offers, mint, ...(variant ? { variant } : {}) });
  return emulator;
}

async function say(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${emulator?.baseUrl}${path}`, init);
  return { status: response.status, body: await response.json() };
}

const credential = { username: "user-turn", credential: "pass" };

describe("Cloudflare", () => {
  const ask = ({ keys }: StartedEmulator, body: object = { ttl: 86_400 }) =>
    say(`/v1/turn/keys/${keys.keyId}/credentials/generate-ice-servers`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys.apiToken}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("gives STUN and TURN in two entries, on 443 where older pages have 53", async () => {
    const now = await ask(await start("cloudflare"));
    expect(now).toEqual({
      status: 201,
      body: {
        iceServers: [
          { urls: ["stun:stun.cloudflare.com:3478"] },
          {
            urls: [
              "turn:turn.cloudflare.com:3478?transport=udp",
              "turn:turn.cloudflare.com:443?transport=udp",
              "turn:turn.cloudflare.com:3478?transport=tcp",
              "turn:turn.cloudflare.com:80?transport=tcp",
              "turns:turn.cloudflare.com:5349?transport=tcp",
              "turns:turn.cloudflare.com:443?transport=tcp",
            ],
            ...credential,
          },
        ],
      },
    });
    await emulator?.[Symbol.asyncDispose]();
    const before = JSON.stringify((await ask(await start("cloudflare", "port-53"))).body);
    expect(before).toContain("stun:stun.cloudflare.com:53");
    expect(before).toContain("turn:turn.cloudflare.com:53?transport=udp");
    expect(before).not.toContain(":443?transport=udp");
  });

  it("gives all in one object to older clients", async () => {
    const { body } = await ask(await start("cloudflare", "object"));
    expect(body).toEqual({ iceServers: expect.objectContaining({ urls: expect.any(Array), ...credential }) });
  });

  it("wants a whole number of seconds, of 48 hours at the most, and its own key", async () => {
    const started = await start("cloudflare");
    for (const ttl of [864_000, 0, 1.5, "86400", undefined]) expect((await ask(started, { ttl })).status).toBe(400);
    expect((await say("/v1/turn/keys/other/credentials/generate-ice-servers", { method: "POST" })).status).toBe(404);
  });
});

describe("Twilio", () => {
  const ask = ({ keys }: StartedEmulator, body = "") =>
    say(`/2010-04-01/Accounts/${keys.accountSid}/Tokens.json`, {
      method: "POST",
      headers: {
        authorization: `Basic ${basic(keys.accountSid ?? "", keys.authToken ?? "")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body,
    });

  it("gives its lifetime as a text, each URL as a text of its own, and says it twice", async () => {
    const started = await start("twilio");
    const { status, body } = await ask(started, "Ttl=600");
    expect(status).toBe(201);
    expect(body).toMatchObject({
      username: "user-turn",
      password: "pass",
      ttl: "600",
      account_sid: started.keys.accountSid,
    });
    const url = "turn:global.turn.twilio.com:443?transport=tcp";
    expect(body).toMatchObject({
      ice_servers: [
        { url: "stun:global.stun.twilio.com:3478", urls: "stun:global.stun.twilio.com:3478" },
        expect.anything(),
        expect.anything(),
        { url, urls: url, ...credential },
      ],
    });
    expect(started.keys.accountSid).toMatch(/^AC[0-9a-f]{32}$/);
  });

  it("says who it does not know with its code 20003", async () => {
    const started = await start("twilio", "urls");
    expect((await ask({ ...started, keys: { ...started.keys, authToken: "x" } })).body).toMatchObject({
      code: 20_003,
      status: 401,
    });
    expect(JSON.stringify((await ask(started)).body)).not.toContain('"url"');
  });
});

describe("Xirsys", () => {
  const ask = ({ keys }: StartedEmulator, path = keys.channel ?? "", body: object = {}) =>
    say(`/_turn/${path}`, {
      method: "PUT",
      headers: { authorization: `Basic ${basic(keys.ident ?? "", keys.secret ?? "")}` },
      body: JSON.stringify(body),
    });

  it("has three shapes of a list: as asked for", async () => {
    const started = await start("xirsys");
    const array = await ask(started, `${started.keys.channel}?webrtc=1&expire=60`);
    expect(array).toMatchObject({
      status: 200,
      body: { s: "ok", v: { iceServers: [{ urls: ["stun:fr-turn7.xirsys.com"] }, credential] } },
    });
    const object = await ask(started, undefined, { format: "urls", expire: 86_400 });
    expect(object.body).toMatchObject({ v: { iceServers: { urls: expect.any(Array), ...credential } } });
    const legacy = await ask(started);
    expect(legacy.body).toMatchObject({
      v: {
        iceServers: expect.arrayContaining([{ url: "turns:fr-turn7.xirsys.com:443?transport=tcp", ...credential }]),
      },
    });
  });

  it("gives one host a call, another at each", async () => {
    const started = await start("xirsys", "array", ["turn", "two"]);
    const hosts: unknown[] = [];
    for (let call = 0; call < 3; call++) {
      hosts.push(/fr-turn\d/.exec(JSON.stringify((await ask(started, `${started.keys.channel}?webrtc=1`)).body))?.[0]);
    }
    expect(hosts).toEqual(["fr-turn7", "fr-turn8", "fr-turn7"]);
  });

  it("knows no channel by the name of an ident, and says so with 200", async () => {
    const started = await start("xirsys");
    expect(await ask(started, started.keys.ident)).toEqual({ status: 200, body: { s: "error", v: "no_namespace" } });
  });
});

describe("Metered", () => {
  it("makes a credential with one key, and gives its list with another", async () => {
    const { keys } = await start("metered");
    const made = await say(`/api/v1/turn/credential?secretKey=${keys.secretKey}`, {
      method: "POST",
      body: '{"expiryInSeconds":3600}',
    });
    expect(made).toMatchObject({
      status: 200,
      body: { username: "user-turn", expiryInSeconds: 3600, apiKey: expect.any(String) },
    });
    const { apiKey } = made.body as { apiKey: string };
    expect((await say(`/api/v1/turn/credentials?apiKey=${apiKey}`)).body).toEqual([
      { urls: "stun:stun.relay.metered.ca:80" },
      { urls: "turn:global.relay.metered.ca:80", ...credential },
      { urls: "turn:global.relay.metered.ca:80?transport=tcp", ...credential },
      { urls: "turn:global.relay.metered.ca:443", ...credential },
      { urls: "turns:global.relay.metered.ca:443?transport=tcp", ...credential },
    ]);
  });

  it("takes neither key for the other", async () => {
    const { keys } = await start("metered");
    expect((await say(`/api/v1/turn/credentials?apiKey=${keys.secretKey}`)).body).toEqual({
      message: "Invalid API Key",
    });
    const wrong = await say(`/api/v1/turn/credential?secretKey=${keys.secretKey}`, {
      method: "POST",
      body: '{"expiryInSeconds":-1}',
    });
    expect(wrong).toEqual({
      status: 400,
      body: { message: "please enter a positive integer value for expiryInSeconds" },
    });
  });
});

it("coturn REST gives one credential for all servers, and the lifetime that the service decides", async () => {
  const { keys } = await start("coturn-rest", undefined, ["turn", "two"]);
  const { body } = await say(`/?service=turn&username=me&key=${keys.key}`);
  expect(body).toMatchObject({ username: "user-turn", password: "pass", ttl: 86_400 });
  expect(body).toMatchObject({
    uris: expect.arrayContaining(["turn:turn.lab.test:3478?transport=udp", "turns:two.lab.test:5349?transport=tcp"]),
  });
});

it("an application's backend gives a bare array, or an object with one", async () => {
  const ask = ({ keys }: StartedEmulator) => say("/", { headers: { authorization: `Bearer ${keys.token}` } });
  expect((await ask(await start("static"))).body).toEqual([
    { urls: ["stun:turn.lab.test:3478"] },
    expect.objectContaining(credential),
  ]);
  await emulator?.[Symbol.asyncDispose]();
  expect((await ask(await start("static", "object"))).body).toHaveProperty("iceServers");
});

describe("an application's own backend", () => {
  const hostsOf = async ({ keys }: StartedEmulator) => {
    const { body } = await say("/", { headers: { authorization: `Bearer ${keys.token}` } });
    return JSON.stringify(body).match(/turn:[^:]+/g);
  };

  it("hands out all of its servers, or one after the other", async () => {
    const spec = { provider: "static" as const, servers: ["eu", "us"] };
    const offers = apiOffers(spec, (server) => server);
    const mint = (server: string) => ({ username: server, password: "pass" });
    for (const [handsOut, expected] of [
      [
        "all",
        [
          ["turn:eu", "turn:us"],
          ["turn:eu", "turn:us"],
          ["turn:eu", "turn:us"],
        ],
      ],
      ["round-robin", [["turn:eu"], ["turn:us"], ["turn:eu"]]],
    ] as const) {
      const started = await startEmulator({ ...spec, offers, mint, handsOut });
      emulator = started;
      const lists = [await hostsOf(started), await hostsOf(started), await hostsOf(started)];
      expect(lists.map((hosts) => [...new Set(hosts)])).toEqual(expected);
      await started[Symbol.asyncDispose]();
    }
  });
});
