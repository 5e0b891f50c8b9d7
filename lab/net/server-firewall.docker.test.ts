import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import type { RunEvent } from "../model/events.ts";
import type { TurnServerSpec } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, inNode, testContext, topologyOf } from "../test-lab.ts";

const OPEN = "34.77.1.10";
const FORGOT = "34.77.2.10";

describeDocker("server firewalls", () => {
  let lab: StartedLab;
  let events: RunEvent[];
  let credential: { username: string; password: string };

  beforeAll(async () => {
    const context = await testContext();
    ({ events, credential } = context);
    const turnServers: Record<string, TurnServerSpec> = {
      open: { firewall: ["udp:3478", "udp:49152-65535"] },
      forgot: { firewall: ["udp:3478", "tcp"] },
    };
    lab = await upLab("firewalls", topologyOf({ turnServers }, "internet", "internet"), context);
  });
  afterAll(() => lab?.down());

  const answersOf = (server: string) =>
    eventsOf(events, "turn_server_ready")
      .find((ready) => ready.server === server)
      ?.listeners.map(({ transport, port, answer }) => `${transport} ${port} ${answer === "blocked" ? answer : "ok"}`)
      .toSorted();

  const relayAt = (address: string) =>
    lab.observer.ask("turn-relay-check", { transport: "udp", address, port: 3478, ...credential });

  const silenceAt = (address: string, transport: "udp" | "tcp", port: number) =>
    lab.observer.ask("expect-silence", { target: { address, port, transport }, durationMs: 300 });

  it("lets readiness ask what is open, and proves that the rest is silent", () => {
    expect(answersOf("open")).toEqual(["tcp 3478 blocked", "tls 5349 blocked", "udp 3478 ok", "udp 5349 blocked"]);
    expect(answersOf("forgot")).toEqual(["tcp 3478 ok", "tls 5349 ok", "udp 3478 ok", "udp 5349 blocked"]);
  });

  it("lets in what nobody has asked for where the relay range is open, and drops it where it was forgotten", async () => {
    expect((await relayAt(OPEN)).received).toBe(true);
    expect((await relayAt(FORGOT)).received).toBe(false);
  });

  it("keeps state: what a server begins is answered, over TCP and UDP", async () => {
    const connect = "exec 3<>/dev/tcp/51.15.10.10/3478 && echo connected";
    expect(await inNode(lab, "open", "timeout", "3", "bash", "-c", connect)).toBe("connected\n");
    const ping = "ping -c 1 -W 2 51.15.10.10";
    expect(await inNode(lab, "open", "sh", "-c", ping)).toContain("1 received");
    await expect(inNode(lab, "core", "sh", "-c", `ping -c 1 -W 2 ${OPEN}`)).resolves.toContain("1 received");
    const observer = { netns: lab.observer.pid };
    await expect(lab.fabric.exec(["ping", "-c", "1", "-W", "1", OPEN], observer)).rejects.toThrow("100% packet loss");
  });

  it("lets nobody mistake a refusal, or a firewall that is gone, for silence", async () => {
    await silenceAt(OPEN, "tcp", 5349);
    await inNode(lab, "core", "nft", "insert", "rule", "inet", "server_firewalls", "forward", "reject");
    await expect(silenceAt(OPEN, "tcp", 5349)).rejects.toThrow(
      /expected silence for 300 ms, found .*(REFUSED|UNREACH)/,
    );
    await expect(silenceAt(OPEN, "udp", 5349)).rejects.toThrow(/found .*REFUSED/);
    await inNode(lab, "core", "nft", "delete", "table", "inet", "server_firewalls");
    await expect(silenceAt(OPEN, "tcp", 5349)).rejects.toThrow("found a connection");
    await expect(silenceAt(OPEN, "udp", 5349)).rejects.toThrow("found an answer");
  });
});

describeDocker("a lab without server firewalls", () => {
  it("does not track connections at the core", async () => {
    await using lab = await upLab(
      "plain",
      topologyOf({ turnServers: { turn: {} } }, "internet", "internet"),
      await testContext(),
    );
    expect((await inNode(lab, "core", "conntrack", "-C")).trim()).toBe("0");
  });
});
