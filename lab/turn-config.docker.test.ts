import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { applyTurnConfig } from "./apply-turn-config.ts";
import type { LabContext } from "./lab-context.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import type { RunEvent } from "./model/events.ts";
import type { Scenario } from "./model/scenario.ts";
import { runScenario } from "./run-scenario.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "./test-lab.ts";
import { readConfig } from "./turn-config/read-config.ts";

const scrum = readFileSync(new URL("../scenarios/configs/scrum.turnserver.conf", import.meta.url), "utf8");

/** Two phones behind carriers' NATs: only a relay connects them. */
const calls: Scenario = {
  ...topologyOf(
    { routers: { near: { nat: "cgnat" }, far: { nat: "cgnat" } }, turnServers: { turn: {} } },
    "near",
    "far",
  ),
  load: { executor: "per-vu-iterations", vus: 2, iterations: 2 },
};

function configure(scenario: Scenario, text: string, given: Record<string, string> = {}) {
  const values = new Map(Object.entries(given));
  const { config } = readConfig({
    file: "turnserver.conf",
    text,
    values,
    version: "4.6.1",
    makeSecret: () => "made-0123456789",
  });
  if (!config) throw new Error("not a config");
  const applied = applyTurnConfig(scenario, "turn", config);
  if ("faults" in applied) throw new Error(JSON.stringify(applied.faults));
  return { scenario: applied.scenario, configs: { turn: config } };
}

describeDocker("a user's turnserver.conf", () => {
  let context: LabContext & { events: RunEvent[] };
  let logged: string[];
  let lab: StartedLab | undefined;

  beforeEach(async () => {
    logged = [];
    const own = await testContext();
    context = { ...own, log: (_scenario, _node, text) => void logged.push(text) };
  });
  afterEach(() => lab?.down());

  it("runs as it is behind the cloud's NAT and serves calls at its external-ip; none of its secrets reaches events or logs", async () => {
    // coturn warns of a semicolon at a line's end, and its warning quotes the line.
    const text = `${scrum}user=second:quoted-by-coturn;\n`;
    const given = { YOUR_VM_EXTERNAL_IP: "34.1.2.3", YOUR_VM_INTERNAL_IP: "10.128.0.2" };
    const { scenario, configs } = configure(calls, text, given);
    await runScenario("scrum", scenario, context, () => {}, configs);

    const [end] = eventsOf(context.events, "scenario_finished");
    expect(end).toMatchObject({ outcome: "completed" });
    const sessions = eventsOf(context.events, "session_finished");
    expect(sessions.map(({ outcome, path }) => `${outcome} ${path}`)).toEqual(Array(4).fill("connected relayed"));
    const relays = sessions.flatMap(({ peers }) => peers.offerer.candidates.filter(({ type }) => type === "relay"));
    expect(new Set(relays.map(({ address }) => address))).toEqual(new Set(["34.1.2.3"]));
    const turn = eventsOf(context.events, "lab_up")[0]?.nodes.find(({ name }) => name === "turn");
    expect(turn?.interfaces).toMatchObject([{ addresses: ["10.128.0.2/24"] }]);
    expect(relays[0]?.url).toContain("scrum.yourdomain.com");

    expect(eventsOf(context.events, "turn_config_read")).toMatchObject([
      {
        server: "turn",
        file: "turnserver.conf",
        filled: ["YOUR_VM_EXTERNAL_IP", "YOUR_VM_INTERNAL_IP"],
        supplied: [
          { what: "a secret for the placeholder GENERATE_STRONG_PASSWORD in line 15" },
          { what: "cert and pkey" },
        ],
        overridden: [{ what: "log-file=/var/log/turnserver.log leads to standard output" }],
      },
    ]);
    expect(logged.join("\n")).toContain("Check config! The following line ends with semicolon");
    for (const secret of ["made-0123456789", "quoted-by-coturn"]) {
      expect(logged.join("\n")).not.toContain(secret);
      expect(JSON.stringify(context.events)).not.toContain(secret);
    }
  });

  it("has its own ports, paths, quota, relay range and shared secret honoured", async () => {
    const text = [
      "external-ip = 34.1.2.3/10.128.0.2",
      "listening-port 443",
      "min-port=50000",
      "max-port=50010",
      'static-auth-secret="north south"',
      "realm=turn.example.org",
      "user-quota=1",
      "denied-peer-ip=81.2.0.0-81.2.255.255",
      "cert=/etc/letsencrypt/live/turn.example.org/fullchain.pem",
      "pkey=/etc/letsencrypt/live/turn.example.org/privkey.pem",
      "daemon",
      "listening-device=ens4",
      "proc-user=turnserver",
      "proc-group=turnserver",
    ].join("\r\n");
    const { scenario, configs } = configure(topologyOf({ turnServers: { turn: {} } }, "internet", "internet"), text);
    lab = await upLab("ports", { ...scenario, configs }, context);
    const turn = lab.turnServers.turn;
    const ready = eventsOf(context.events, "turn_server_ready")[0];
    expect(ready?.listeners.map(({ transport, port }) => `${transport} ${port}`).sort()).toEqual([
      "tcp 443",
      "tls 5349",
      "udp 443",
      "udp 5349",
    ]);
    const { relayed, received } = await lab.observer.ask("turn-relay-check", {
      transport: "tls",
      address: "34.1.2.3",
      port: 5349,
      username: turn?.credential.username ?? "",
      password: turn?.credential.password ?? "",
      servername: "turn.example.org",
      ca: context.ca.certificatePem,
    });
    expect(relayed.address).toBe("34.1.2.3");
    expect(relayed.port).toBeGreaterThanOrEqual(50_000);
    expect(relayed.port).toBeLessThanOrEqual(50_010);
    expect(received).toBe(true);
    expect(JSON.stringify(context.events)).not.toContain("north");
  });

  it("is minted for by an API with the file's own secret, each peer for itself, and handed out where it listens", async () => {
    const text = [
      "external-ip=34.1.2.3/10.128.0.2",
      "listening-port=443",
      "no-tls",
      "use-auth-secret",
      "static-auth-secret=north-by-north-west",
      "rest-api-separator=-",
      // One allocation over UDP, one over TCP for each user.
      "user-quota=2",
      "realm=turn.example.org",
    ].join("\n");
    const { turnServers, routers } = calls.topology;
    const iceServerApis = { rest: { provider: "coturn-rest" as const, servers: ["turn"] } };
    const asked = { ...calls, topology: { turnServers, routers, iceServerApis } };
    const { scenario, configs } = configure(asked, text);
    const [offerer, answerer] = [scenario.peers.offerer, scenario.peers.answerer];
    // One peer is told by the API, the other knows the server.
    const peers = { offerer: { ...offerer, iceServers: ["rest"] }, answerer };
    await runScenario("minted", { ...scenario, peers }, context, () => {}, configs);
    const sessions = eventsOf(context.events, "session_finished");
    expect(sessions.map(({ outcome, path }) => `${outcome} ${path}`)).toEqual(Array(4).fill("connected relayed"));
    const urls = sessions.flatMap(({ peers: ends }) => ends.offerer.urls.filter(({ outcome }) => outcome === "ok"));
    expect(new Set(urls.map(({ url }) => url))).toEqual(
      new Set(["udp", "tcp"].map((transport) => `turn:turn.example.org:443?transport=${transport}`)),
    );
    expect(JSON.stringify(context.events)).not.toContain("north-by-north-west");
  });

  it("is what failed when coturn ends over it", async () => {
    const { scenario, configs } = configure(
      calls,
      "realm=r\nlt-cred-mech\nuser=a:the-password\nproc-user=nobody-here\n",
    );
    await runScenario("ended", scenario, context, () => {}, configs);
    expect(eventsOf(context.events, "scenario_finished")[0]).toMatchObject({
      outcome: "server_failed",
      reason: expect.stringContaining("Unknown user name: nobody-here"),
    });
  });
});
