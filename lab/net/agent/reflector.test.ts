import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attribute } from "../../stun/attributes.ts";
import { BindingSocket } from "../../stun/binding-socket.ts";
import { attribute, encode, request } from "../../stun/message.ts";
import type { ReflectorPlan } from "./probe-protocol.ts";
import { Reflector } from "./reflector.ts";
import { responsePort, responsePortAttribute } from "./response-port.ts";
import { TcpFlow } from "./tcp-flow.ts";

// Other tests must not use these ports; loopback has all of 127.0.0.0/8 on Linux.
const PLAN: ReflectorPlan = { addresses: ["127.0.0.2", "127.0.0.3"], ports: [43478, 43479, 43480, 43481] };
const PRIMARY = { address: "127.0.0.2", port: 43478 };

let reflector: Reflector;
beforeAll(async () => {
  reflector = await Reflector.start(PLAN);
});
afterAll(() => reflector.close());

const limit = () => new Promise((resolve) => setTimeout(resolve, 2_000).unref());

describe("Reflector", () => {
  it.each([
    [43478, false, false, "127.0.0.2", 43478],
    [43478, false, true, "127.0.0.2", 43479],
    [43478, true, false, "127.0.0.3", 43478],
    [43478, true, true, "127.0.0.3", 43479],
    [43479, true, true, "127.0.0.3", 43478],
    [43480, true, true, "127.0.0.3", 43481],
  ])("%i, change IP %s, change port %s: answers from %s:%i", async (asked, changeIp, changePort, address, port) => {
    await using socket = await BindingSocket.open("127.0.0.1");
    const attributes: Attribute[] = [{ name: "CHANGE-REQUEST", value: { changeIp, changePort } }];
    const answer = await socket.ask({ ...PRIMARY, port: asked }, { attributes, until: limit() });
    if (!answer) throw new Error("no answer");
    expect(answer.from).toEqual({ address, port });
    const mapped = { address: "127.0.0.1", port: socket.port };
    expect(attribute(answer.message, "XOR-MAPPED-ADDRESS")).toEqual(mapped);
    expect(attribute(answer.message, "MAPPED-ADDRESS")).toEqual(mapped);
    expect(attribute(answer.message, "RESPONSE-ORIGIN")).toEqual({ address, port });
    // The other of a pair, at the other address.
    const partner = asked % 2 === 0 ? asked + 1 : asked - 1;
    expect(attribute(answer.message, "OTHER-ADDRESS")).toEqual({ address: "127.0.0.3", port: partner });
  });

  it("answers to the port that RESPONSE-PORT names, from the address that was asked", async () => {
    await using asker = await BindingSocket.open("127.0.0.1");
    await using other = await BindingSocket.open("127.0.0.1");
    const heard = new Promise((resolve) => other.onOther(resolve));
    await asker.ask(PRIMARY, { attributes: [responsePortAttribute(other.port)], copies: 1, until: heard });
    expect(await heard).toEqual(PRIMARY);
  });

  it("takes a malformed RESPONSE-PORT for none", () => {
    const malformed: Attribute = { name: "unknown", type: 0x0027, value: Buffer.alloc(3) };
    expect(responsePort(request("Binding", [malformed]))).toBeNull();
    expect(responsePort(request("Binding"))).toBeNull();
  });

  it("answers 420 to an attribute that it must understand and does not", async () => {
    await using socket = await BindingSocket.open("127.0.0.1");
    const attributes: Attribute[] = [{ name: "unknown", type: 0x7fff, value: Buffer.alloc(0) }];
    const answer = await socket.ask(PRIMARY, { attributes, until: limit() });
    expect(answer && attribute(answer.message, "ERROR-CODE")?.number).toBe(420);
    expect(answer && attribute(answer.message, "UNKNOWN-ATTRIBUTES")).toEqual([0x7fff]);
  });

  it.each([false, true])("answers over TCP, with TLS %s, on the same port", async (isTls) => {
    const flow = new TcpFlow({ to: PRIMARY, isTls, proxy: null }, "127.0.0.1");
    expect(await flow.outcome).toBe("passed");
    expect(flow.mapped).toEqual({ address: "127.0.0.1", port: flow.localPort });
    expect(await flow.ask()).toEqual(flow.mapped);
    flow.close();
  });

  it("outlives connections that are reset before they are served, or speak nonsense", async () => {
    for (let index = 0; index < 20; index += 1) {
      const socket = connect(PRIMARY.port, PRIMARY.address);
      socket.on("error", () => {});
      socket.write(index % 2 === 0 ? "GET / HTTP/1.1\r\n\r\n" : encode(request("Binding")));
      socket.once("connect", () => socket.resetAndDestroy());
    }
    const flow = new TcpFlow({ to: PRIMARY, isTls: false, proxy: null }, "127.0.0.1");
    expect(await flow.outcome).toBe("passed");
    flow.close();
  });

  it("says which address it could not have", async () => {
    await expect(Reflector.start(PLAN)).rejects.toMatchObject({ code: "bind_failed" });
  });
});
