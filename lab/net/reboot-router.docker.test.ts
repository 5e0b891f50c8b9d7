import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { inNode, testContext, topologyOf } from "../test-lab.ts";
import { OBSERVER_ADDRESSES } from "./address-plan.ts";
import type { FabricProcess } from "./fabric.ts";

/**
 * A program that holds one UDP socket: `ask` prints the port under which a STUN server sees it, `wait MS` whether
 * anything else came within that time.
 */
const HELD_SOCKET = `
  const socket = require("node:dgram").createSocket("udp4");
  let heard = () => {};
  socket.on("message", (bytes) => {
    if (bytes.readUInt16BE(0) !== 0x0101) return heard();
    for (let at = 20; at < bytes.length; at += 4 + ((bytes.readUInt16BE(at + 2) + 3) & ~3))
      if (bytes.readUInt16BE(at) === 0x0020) console.log(bytes.readUInt16BE(at + 6) ^ 0x2112);
  });
  const request = Buffer.alloc(20);
  request.writeUInt16BE(1, 0);
  request.writeUInt32BE(0x2112a442, 4);
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const [what, ms] = line.split(" ");
    if (what === "ask") return socket.send(request, 3478, "${OBSERVER_ADDRESSES[0]}");
    const timer = setTimeout(() => { heard = () => {}; console.log("silence"); }, Number(ms));
    heard = () => { clearTimeout(timer); heard = () => {}; console.log("heard"); };
    console.log("waiting");
  });`;

class HeldSocket {
  readonly #process: FabricProcess;
  #next = Promise.withResolvers<string>();

  constructor(process: FabricProcess) {
    this.#process = process;
    process.onLine((line) => this.#next.resolve(line));
  }

  async say(command: string): Promise<string> {
    this.#next = Promise.withResolvers();
    await this.#process.write(command);
    return this.#next.promise;
  }

  /** Whether something that is sent meanwhile comes in. */
  async hears(send: () => Promise<unknown>): Promise<boolean> {
    await this.say("wait 500");
    this.#next = Promise.withResolvers();
    await send();
    return (await this.#next.promise) === "heard";
  }
}

describeDocker("a router that forgets", () => {
  let lab: StartedLab;
  const stop = new AbortController().signal;

  beforeAll(async () => {
    const routers = { home: { nat: "home" }, symmetric: { nat: "symmetric" }, open: { nat: "full-cone" } } as const;
    const topology = topologyOf({ routers }, "home", "symmetric");
    const peers = {
      ...topology.peers,
      coned: { behind: "open", iceServers: [] },
      stranger: { behind: "internet", iceServers: [] },
    };
    lab = await upLab("reboot", { topology: topology.topology, peers }, await testContext());
  });
  afterAll(() => lab?.down());

  const hold = async (node: string): Promise<HeldSocket> => {
    const pid = lab.pids[node];
    if (pid === undefined) throw new Error(`no ${node}`);
    return new HeldSocket(await lab.fabric.spawn(`held-${node}`, ["node", "-e", HELD_SOCKET], { netns: pid }));
  };

  it("gives the same port again where it preserves ports", async () => {
    const socket = await hold("offerer");
    const port = await socket.say("ask");
    await lab.reboot("home", 0, stop);
    expect(await socket.say("ask")).toBe(port);
  });

  it("gives another port where it is symmetric, and kept the old one until then", async () => {
    const socket = await hold("answerer");
    const port = await socket.say("ask");
    expect(await socket.say("ask")).toBe(port);
    await lab.reboot("symmetric", 0, stop);
    expect(await socket.say("ask")).not.toBe(port);
  });

  it("lets nobody in any more through a mapping that was open to all, until it is made again", async () => {
    const wan = lab.plan.nodes.open?.interfaces[0]?.address ?? "";
    const socket = await hold("coned");
    const sendTo = (port: string) =>
      inNode(
        lab,
        "stranger",
        "node",
        "-e",
        `const s = require("node:dgram").createSocket("udp4"); s.send("hello", ${port}, "${wan}", () => s.close());`,
      );
    const port = await socket.say("ask");
    expect(await socket.hears(() => sendTo(port))).toBe(true);
    await lab.reboot("open", 0, stop);
    expect(await socket.hears(() => sendTo(port))).toBe(false);
    const again = await socket.say("ask");
    expect(await socket.hears(() => sendTo(again))).toBe(true);
  });

  it("is dead for as long as it is said to be, and back at once when told to", async () => {
    const ping = () => inNode(lab, "offerer", "ping", "-c1", "-W1", OBSERVER_ADDRESSES[0]);
    const early = new AbortController();
    const rebooting = lab.reboot("home", 60_000, early.signal);
    await expect(ping()).rejects.toThrow(/100% packet loss/);
    await inNode(lab, "coned", "ping", "-c1", "-W1", OBSERVER_ADDRESSES[0]);
    early.abort();
    await rebooting;
    await ping();
  });
});
