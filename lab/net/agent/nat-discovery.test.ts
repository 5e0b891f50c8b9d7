import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attribute } from "../../stun/attributes.ts";
import { BindingSocket } from "../../stun/binding-socket.ts";
import { attribute } from "../../stun/message.ts";
import { HeldMapping } from "./held-mapping.ts";
import { classifyMapping, discoverNat, probeTcp } from "./nat-discovery.ts";
import type { ReflectorPlan } from "./probe-protocol.ts";
import { Reflector } from "./reflector.ts";

// Other tests must not use these ports; loopback has all of 127.0.0.0/8 on Linux.
const PLAN: ReflectorPlan = { addresses: ["127.0.0.2", "127.0.0.3"], ports: [43478, 43479] };
const PRIMARY = { address: PLAN.addresses[0], port: PLAN.ports[0] };
const SILENT: ReflectorPlan = { addresses: ["127.0.0.4", "127.0.0.5"], ports: [43478, 43479] };

let reflector: Reflector;
beforeAll(async () => {
  reflector = await Reflector.start(PLAN);
});
afterAll(() => reflector.close());

const limit = () => new Promise((resolve) => setTimeout(resolve, 2_000).unref());

describe("Reflector", () => {
  it.each([
    [false, false, "127.0.0.2", 43478],
    [false, true, "127.0.0.2", 43479],
    [true, false, "127.0.0.3", 43478],
    [true, true, "127.0.0.3", 43479],
  ])("change IP %s, change port %s: answers from %s:%i", async (changeIp, changePort, address, port) => {
    await using socket = await BindingSocket.open("127.0.0.1");
    const attributes: Attribute[] = [{ name: "CHANGE-REQUEST", value: { changeIp, changePort } }];
    const answer = await socket.ask(PRIMARY, { attributes, until: limit() });
    if (!answer) throw new Error("no answer");
    expect(answer.from).toEqual({ address, port });
    const mapped = { address: "127.0.0.1", port: socket.port };
    expect(attribute(answer.message, "XOR-MAPPED-ADDRESS")).toEqual(mapped);
    expect(attribute(answer.message, "MAPPED-ADDRESS")).toEqual(mapped);
    expect(attribute(answer.message, "RESPONSE-ORIGIN")).toEqual({ address, port });
    expect(attribute(answer.message, "OTHER-ADDRESS")).toEqual({ address: "127.0.0.3", port: 43479 });
  });

  it("answers 420 to an attribute that it must understand and does not", async () => {
    await using socket = await BindingSocket.open("127.0.0.1");
    const attributes: Attribute[] = [{ name: "unknown", type: 0x7fff, value: Buffer.alloc(0) }];
    const answer = await socket.ask(PRIMARY, { attributes, until: limit() });
    expect(answer && attribute(answer.message, "ERROR-CODE")?.number).toBe(420);
    expect(answer && attribute(answer.message, "UNKNOWN-ATTRIBUTES")).toEqual([0x7fff]);
  });

  it("answers over TCP", async () => {
    expect(await probeTcp(PRIMARY, 2_000)).toBeGreaterThan(0);
  });

  it("says which address it could not have", async () => {
    await expect(Reflector.start(PLAN)).rejects.toMatchObject({ code: "bind_failed" });
  });
});

describe("discoverNat", () => {
  it("sees no NAT on loopback: endpoint-independent, and the port kept", async () => {
    expect(await discoverNat(PLAN)).toEqual({
      mapping: "endpoint-independent",
      filtering: "endpoint-independent",
      portPreserved: true,
      udp: "translated",
      tcp: "translated",
      unsolicitedPassed: null,
      externalAddress: expect.stringMatching(/^127\./),
    });
  });

  it("sees that everything is blocked where nobody answers, and claims nothing more", async () => {
    expect(await discoverNat(SILENT)).toEqual({
      mapping: null,
      filtering: null,
      portPreserved: null,
      udp: "blocked",
      tcp: "blocked",
      unsolicitedPassed: null,
      externalAddress: null,
    });
  });

  it.each([
    [1, 1, 1, "endpoint-independent"],
    [1, 2, 2, "address-dependent"],
    [1, 2, 3, "address-and-port-dependent"],
    [1, 1, 2, "address-and-port-dependent"],
  ])("mapped ports %i, %i, %i are %s", (first, second, third, expected) => {
    const at = (port: number) => ({ address: "81.2.64.2", port });
    expect(classifyMapping(at(first), at(second), at(third))).toBe(expected);
  });
});

describe("HeldMapping", () => {
  it("hears a stranger, even before it listens, and not the host it has sent to", async () => {
    const held = await HeldMapping.open(PRIMARY);
    expect(await held.listen(30)).toBeNull();
    await using stranger = await BindingSocket.open("127.0.0.9");
    await stranger.ask(held.mapped, { copies: 1, until: Promise.resolve() });
    expect(await held.listen(2_000)).toEqual({ address: "127.0.0.9", port: stranger.port });
    await held.close();
  });

  it("needs an answer to open", async () => {
    await expect(HeldMapping.open({ address: "127.0.0.4", port: 43478 }, 100)).rejects.toMatchObject({
      code: "no_answer",
    });
  });
});
