import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { decode, encode, response } from "../../stun/message.ts";
import { ConnectingIn } from "./connect-in.ts";
import { discoverNat } from "./nat-discovery.ts";
import { Reflector } from "./reflector.ts";
import { TcpInbound } from "./tcp-inbound.ts";
import { loopbackPlan } from "./test-probe-plan.ts";

// Other tests must not use these ports; loopback has all of 127.0.0.0/8 on Linux.
const PORTS = [43578, 43579, 43580, 43581];
const PLAN = loopbackPlan({ addresses: ["127.0.0.12", "127.0.0.13"], ports: PORTS });
const SILENT = loopbackPlan({ addresses: ["127.0.0.14", "127.0.0.15"], ports: PORTS });

let reflector: Reflector;
beforeAll(async () => {
  reflector = await Reflector.start(PLAN.reflector);
});
afterAll(() => reflector.close());

describe("discoverNat", () => {
  it("sees no NAT on loopback: each host under its own address, nothing changed, nothing filtered", async () => {
    const observed = await discoverNat(PLAN);
    expect(observed).toMatchObject({
      mapping: "endpoint-independent",
      filtering: "endpoint-independent",
      hairpinning: true,
      hairpinSource: "external",
      portAllocation: "preserving",
      sharedPortKept: true,
      addressing: "one-to-one",
      externalAddress: PLAN.hosts[0],
      secondExternalAddress: PLAN.hosts[1],
      unsolicitedPassed: true,
      keptAfterUnsolicited: true,
      sourceKept: true,
      lifetimeMs: null,
      refreshedBy: null,
      keptByAnswers: null,
      tcp: { mapping: "endpoint-independent", portAllocation: "preserving" },
    });
    expect(observed.firewall.map((check) => check.observed)).toEqual(observed.firewall.map(() => "passed"));
  });

  it("sees that everything is refused where nobody listens, and claims nothing more", async () => {
    const observed = await discoverNat(SILENT);
    expect(observed).toMatchObject({
      mapping: null,
      filtering: null,
      hairpinning: null,
      portAllocation: null,
      sharedPortKept: null,
      addressing: null,
      externalAddress: null,
      externalPorts: [],
      unsolicitedPassed: null,
      sourceKept: null,
      tcp: { mapping: null, portAllocation: null },
    });
    // The kernel answers for a port without a listener: ICMP over UDP, a reset over TCP.
    expect(new Set(observed.firewall.map((check) => check.observed))).toEqual(new Set(["rejected"]));
  });

  it("confirms what the plan expects only where it is so: TLS passes, a silent port is dropped", async () => {
    // Accepts and says nothing, as a firewall that swallows payload does.
    const swallowing = createServer((socket) => void socket.on("error", () => {})).listen(43590, "127.0.0.12");
    const { firewall } = await discoverNat({
      ...PLAN,
      checks: [
        { flow: { protocol: "tcp", port: 43578, isTls: true }, via: "direct", expected: "passed" },
        { flow: { protocol: "tcp", port: 43590, isTls: false }, via: "direct", expected: "dropped" },
      ],
    });
    swallowing.close();
    expect(firewall.map((check) => check.observed)).toEqual(["passed", "dropped"]);
  });

  it("goes through a proxy that tunnels, and takes its refusal for one", async () => {
    const proxy = createServer((socket) => {
      socket.once("data", (head) => {
        if (!/^CONNECT 127\.0\.0\.12:43578 HTTP/.test(head.toString()))
          return void socket.end("HTTP/1.1 403 No\r\n\r\n");
        const { connect } = process.getBuiltinModule("node:net");
        const upstream = connect(43578, "127.0.0.12", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.pipe(upstream).pipe(socket);
        });
        upstream.on("error", () => socket.destroy());
        socket.on("error", () => upstream.destroy());
      });
      socket.on("error", () => {});
    }).listen(43591, PLAN.gateway);
    const check = (port: number) => ({ flow: { protocol: "tcp" as const, port, isTls: false }, via: "proxy" as const });
    const { firewall } = await discoverNat({
      ...PLAN,
      proxyPort: 43591,
      checks: [
        { ...check(43578), expected: "passed" },
        { ...check(43579), expected: "rejected" },
      ],
    });
    proxy.close();
    expect(firewall.map(({ observed }) => observed)).toEqual(["passed", "rejected"]);
  });

  it("keeps its distance on a slow wire: packets leave no faster than the pace allows", async () => {
    const startedAt = performance.now();
    const pace = { ...PLAN.pace, gapMs: 4 };
    expect(await discoverNat({ ...PLAN, pace })).toMatchObject({
      mapping: "endpoint-independent",
      sharedPortKept: true,
    });
    // Some fifty packets at the least.
    expect(performance.now() - startedAt).toBeGreaterThan(150);
  });

  it("finds no end of a mapping where there is none", async () => {
    const { lifetimeMs, refreshedBy, keptByAnswers } = await discoverNat({ ...PLAN, lifetimeMs: 500 });
    expect(lifetimeMs).toEqual({ livedAtLeast: 600, goneAfter: null });
    expect(refreshedBy).toBe("both");
    expect(keptByAnswers).toBe(true);
  });
});

describe("TcpInbound", () => {
  it("hears who connects to the port that it is connected from", async () => {
    const inbound = await TcpInbound.open(PLAN);
    if (!inbound) throw new Error("not connected");
    const connecting = await ConnectingIn.begin(PLAN.reflector.addresses, { to: inbound.mapped, copies: 2 });
    const from = await inbound.accepted();
    const { ports, ...outcome } = connecting.end();
    expect(outcome).toEqual({ connected: 4, refused: 0 });
    expect(from?.map(({ port }) => port).toSorted()).toEqual(ports.toSorted());
    expect(new Set(from?.map(({ address }) => address))).toEqual(new Set(PLAN.reflector.addresses));
  });

  it("is nothing where nothing can be connected", async () => {
    expect(await TcpInbound.open(SILENT)).toBeNull();
    expect(await TcpInbound.open({ ...PLAN, tcpPorts: [] })).toBeNull();
  });

  it("waits for an answer for as long as others are answered meanwhile: the machine may stall", async () => {
    const late = await lateAcceptor(3_000);
    onTestFinished(late.close);
    const plan = { ...PLAN, tcpPorts: [{ port: late.port, isTls: false }], pace: { ...PLAN.pace, patienceMs: 2_000 } };
    const inbound = await TcpInbound.open(plan);
    expect(inbound?.mapped.address).toBe(PLAN.hosts[0]);
    await inbound?.accepted();
  });

  it("tells refusal from silence", async () => {
    const nobody = { address: "127.0.0.16", port: 43578 };
    const connecting = await ConnectingIn.begin(PLAN.reflector.addresses, { to: nobody, copies: 1 });
    await vi.waitFor(() => expect(connecting.end()).toMatchObject({ connected: 0, refused: 2 }));
  });
});

/** A STUN server over TCP at the reflector's first address that does not answer before that time. */
async function lateAcceptor(afterMs: number) {
  const startedAt = performance.now();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", async (bytes) => {
      const asked = decode(bytes);
      if ("error" in asked) return;
      // Whoever has gone by the time of the answer has no address any more.
      const mapped = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
      await sleep(startedAt + afterMs - performance.now());
      socket.write(encode(response(asked, "success", [{ name: "XOR-MAPPED-ADDRESS", value: mapped }])));
    });
  }).listen(0, "127.0.0.12");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}
