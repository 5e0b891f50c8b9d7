import { afterEach, describe, expect, it } from "vitest";
import { AllocationCutter } from "./cut-allocations.ts";
import { startEmulator } from "./ice-servers/emulator/start-emulator.ts";
import { LabError } from "./lab-error.ts";
import { ServerSecrets } from "./server-secrets.ts";
import { startIceServers } from "./start-ice-servers.ts";
import { planTurnServers } from "./turn/turn-server.ts";

const signal = new AbortController().signal;
const places = { nodes: { turn: { interfaces: [{ address: "34.77.1.10" }] } } };

function partsOf(secrets?: string[]) {
  const turnServers = planTurnServers({ turn: secrets ? { secrets } : {} }, places, { username: "u", password: "p" });
  const asked: { argv: string[]; environment: Record<string, string> }[] = [];
  const runIn = async (_server: string, argv: string[], environment: Record<string, string>) => {
    asked.push({ argv, environment });
    return "2";
  };
  const cuts: unknown[] = [];
  const cutter = new AllocationCutter("x", turnServers, {
    emit: (event) => cuts.push(event),
    runIn,
    isKilled: () => false,
    onFault: () => {},
  });
  return { turnServers, secrets: new ServerSecrets(turnServers, runIn), cutter, asked };
}

describe("a lab's APIs", () => {
  const who = { session: 1, vu: 1, signal, onFetch: () => {} };

  it("mint with the server's secret, and so does the application that names the server itself", async () => {
    const parts = partsOf(["s1", "s2"]);
    const apis = { rest: { provider: "coturn-rest", servers: ["turn"], ttlSeconds: 60 } } as const;
    await using started = await startIceServers(
      { iceServerApis: { rest: { ...apis.rest, servers: ["turn"] } } },
      {},
      parts,
      {
        signal,
      },
    );
    const lists = started.lists.forSession({ ...who, refs: { offerer: ["rest"], answerer: ["turn"] } });
    const [minted] = await lists.obtain("offerer");
    const leftS = Number.parseInt(minted?.username ?? "", 10) - Date.now() / 1000;
    expect(leftS).toBeGreaterThan(57);
    expect(leftS).toBeLessThan(61);
    const own = (await lists.obtain("answerer")).find(({ username }) => username);
    expect(own?.username).toMatch(/^\d+:answerer-1$/);
    parts.secrets.mintWith("turn", "s2");
    const [later] = await lists.obtain("offerer");
    expect(later?.credential).not.toBe(minted?.credential);
  });

  it("open a server without secrets by its own credential", async () => {
    const iceServerApis = { fixed: { provider: "static" as const, servers: ["turn"] } };
    await using started = await startIceServers({ iceServerApis }, {}, partsOf(), { signal });
    const lists = started.lists.forSession({ ...who, refs: { offerer: ["fixed"], answerer: [] } });
    expect((await lists.obtain("offerer"))[1]).toMatchObject({ username: "u", credential: "p" });
  });

  it("leave servers that are named themselves where they listen: outside of the lab, or in an image that is no coturn", async () => {
    const outside = { host: "turn.example.org", address: "34.9.9.9", listeners: [{ transport: "tls", port: 443 }] };
    const image = { reference: "other", command: ["serve"], listeners: ["udp:3500"] };
    const specs = { there: { outside, hostname: outside.host }, other: { image } } as const;
    const nodes = {
      there: { interfaces: [{ address: "34.9.9.9" }] },
      other: { interfaces: [{ address: "34.77.1.10" }] },
    };
    const turnServers = planTurnServers(specs as never, { nodes }, { username: "u", password: "p" });
    const parts = { ...partsOf(), turnServers, secrets: new ServerSecrets(turnServers, async () => "") };
    await using started = await startIceServers({}, {}, parts, { signal });
    const lists = started.lists.forSession({
      ...who,
      refs: { offerer: ["there"], answerer: [{ server: "other", urls: ["udp"] }] },
    });
    expect((await lists.obtain("offerer")).flatMap(({ urls }) => urls)).toEqual([
      "turns:turn.example.org:443?transport=tcp",
    ]);
    expect((await lists.obtain("answerer")).flatMap(({ urls }) => urls)).toEqual([
      expect.stringMatching(/^turn:.*:3500\?transport=udp$/),
    ]);
  });

  it("of an application's own hand servers out where they listen", async () => {
    const image = { reference: "other", command: ["serve"], listeners: ["udp:3500" as const, "tls:443" as const] };
    const turnServers = planTurnServers({ turn: { image } }, places, { username: "u", password: "p" });
    const iceServerApis = { fixed: { provider: "static" as const, servers: ["turn"] } };
    const parts = { ...partsOf(), turnServers, secrets: new ServerSecrets(turnServers, async () => "") };
    await using started = await startIceServers({ iceServerApis }, {}, parts, { signal });
    const lists = started.lists.forSession({ ...who, refs: { offerer: ["fixed"], answerer: [] } });
    const urls = (await lists.obtain("offerer")).flatMap((entry) => entry.urls);
    expect(urls).toContain("stun:turn.lab.test:3500");
    expect(urls).toContain("turn:turn.lab.test:3500?transport=udp");
    expect(urls).toContain("turns:turn.lab.test:443?transport=tcp");
  });

  it("do not begin where one credential is to open servers with different secrets", async () => {
    const nodes = Object.fromEntries(
      ["turn", "two"].map((name) => [name, { interfaces: [{ address: "34.77.1.10" }] }]),
    );
    const start = (two: string[], handsOut: "all" | "round-robin" = "all") => {
      const specs = { turn: { secrets: ["a"] }, two: { secrets: two } };
      const turnServers = planTurnServers(specs, { nodes }, { username: "u", password: "p" });
      const iceServerApis = { rest: { provider: "coturn-rest" as const, servers: ["turn", "two"], handsOut } };
      return startIceServers({ iceServerApis }, {}, { ...partsOf(), turnServers }, { signal });
    };
    await expect(start(["b"])).rejects.toThrow("API rest mints with the secret of turn, which does not open two");
    await (await start(["b", "a"]))[Symbol.asyncDispose]();
    await (await start(["b"], "round-robin"))[Symbol.asyncDispose]();
  });

  it("are presented the wrong keys where the scenario says so", async () => {
    const iceServerApis = { x: { provider: "xirsys" as const, servers: ["turn"], keys: { channel: "my-ident" } } };
    await using started = await startIceServers({ iceServerApis }, {}, partsOf(["s"]), { signal });
    const lists = started.lists.forSession({ ...who, refs: { offerer: ["x"], answerer: [] } });
    await expect(lists.obtain("offerer")).rejects.toMatchObject({
      code: "ice_servers_refused",
      message: expect.stringContaining('"no_namespace"'),
    });
  });
});

it("allocations are not waited for any more when their lab goes down", async () => {
  const { cutter, asked } = partsOf(["s"]);
  const soon = Math.floor(Date.now() / 1000);
  cutter.stop();
  cutter.cutAt("turn", `${soon}:late`);
  // A timer would keep the process for as long as the credential lives.
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  cutter.cutAt("turn", `${soon + 3600}:later`);
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(timers);
  expect(asked).toEqual([]);
});

describe("a real endpoint", () => {
  const topologyOf = (provider: "static" | "cloudflare") => ({
    iceServerApis: { mine: { provider, endpoint: "real" as const } },
  });
  let emulator: Awaited<ReturnType<typeof startEmulator>> | undefined;
  afterEach(() => emulator?.[Symbol.asyncDispose]());

  it("is not asked unless the run allows it, nor without keys", async () => {
    await expect(startIceServers(topologyOf("cloudflare"), {}, partsOf(), { signal })).rejects.toThrow(
      /does not allow it/,
    );
    await expect(startIceServers(topologyOf("cloudflare"), {}, partsOf(), { signal, environment: {} })).rejects.toThrow(
      /CLOUDFLARE_TURN_KEY_ID, CLOUDFLARE_TURN_API_TOKEN/,
    );
  });

  it("that refuses the user's key is quoted without it, before anything else is started", async () => {
    const mint = () => ({ username: "u", password: "p" });
    emulator = await startEmulator({ provider: "static", offers: [], mint });
    const environment = { ICE_SERVERS_URL: `${emulator.baseUrl}/ice`, ICE_SERVERS_TOKEN: "my-secret-token" };
    const starting = startIceServers(topologyOf("static"), {}, partsOf(), { signal, environment });
    const error = await starting.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(LabError);
    expect(String(error)).toMatch(/API mine: GET http:\/\/127\.0\.0\.1:\d+ answered 401: \{"error":"Unauthorized"\}/);
    expect(String(error)).not.toContain("my-secret-token");
  });

  it("that takes it is asked for every list", async () => {
    const offers = [{ server: "turn", urls: ["stun:turn.example.org", "turn:turn.example.org"] }];
    emulator = await startEmulator({ provider: "static", offers, mint: () => ({ username: "u", password: "p" }) });
    const environment = { ICE_SERVERS_URL: emulator.baseUrl, ICE_SERVERS_TOKEN: emulator.keys.token };
    await using started = await startIceServers(topologyOf("static"), {}, partsOf(), { signal, environment });
    const lists = started.lists.forSession({
      session: 1,
      vu: 1,
      refs: { offerer: ["mine"], answerer: [] },
      signal,
      onFetch: () => {},
    });
    expect((await lists.obtain("offerer")).at(-1)?.urls).toEqual(["turn:turn.example.org"]);
    expect(emulator.requestCount()).toBe(2);
  });
});

describe("secrets of a server that runs", () => {
  it("make user names with the separator that its file asks for", () => {
    const { turn } = partsOf(["s"]).turnServers;
    if (!turn) throw new Error("no server");
    const nameWith = (plan: typeof turn) =>
      new ServerSecrets({ turn: plan }, async () => "").credentialFor("turn", "u");
    expect(nameWith(turn).username).toMatch(/^\d+:u$/);
    expect(nameWith({ ...turn, separator: "-" }).username).toMatch(/^\d+-u$/);
  });

  it("are added before others go, each named to turnadmin without standing in a command line", async () => {
    const { secrets, asked } = partsOf(["old"]);
    await secrets.take("turn", ["old"]);
    await secrets.take("turn", ["old", "new"]);
    await secrets.take("turn", ["new"]);
    const told = asked.map(({ argv, environment }) => `${/-[sX]/.exec(argv[2] ?? "")?.[0]} ${environment.SECRET}`);
    expect(told).toEqual(["-s old", "-s new", "-X old"]);
    expect(JSON.stringify(asked.map(({ argv }) => argv))).not.toMatch(/old|new/);
  });
});

describe("an application that presents the wrong credential", () => {
  it("does so where its entry says it, the fallback of a policy as well, and nowhere else", async () => {
    const parts = partsOf(["s1"]);
    const who = { session: 1, vu: 1, signal: new AbortController().signal, onFetch: () => {} };
    await using started = await startIceServers({}, {}, parts, { signal });
    const lists = started.lists.forSession({
      ...who,
      refs: { offerer: [{ server: "turn", urls: ["udp"], credential: "fixed-user" }], answerer: ["turn"] },
    });
    expect((await lists.obtain("offerer"))[0]?.username).toBe("offerer-1");
    expect((await lists.obtain("answerer")).find(({ username }) => username)?.username).toMatch(/^\d+:answerer-1$/);
  });
});
