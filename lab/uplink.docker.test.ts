import { afterAll, beforeAll, expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import type { RunEvent } from "./model/events.ts";
import type { OutsideServer } from "./model/outside-server.ts";
import { processOfEngine } from "./net/engine-network.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, inNode, testContext, topologyOf } from "./test-lab.ts";
import { OUTSIDE_ADDRESS, OUTSIDE_NAME, startOutsideServer, type TestOutsideServer } from "./test-outside-server.ts";

const SERVER: OutsideServer = {
  host: OUTSIDE_NAME,
  address: OUTSIDE_ADDRESS,
  listeners: [
    { transport: "udp", port: 3478 },
    { transport: "tls", port: 5349 },
  ],
};
const topology = { routers: { home: { nat: "home" } }, turnServers: { turn: {} } } as const;
/** Every process of the fabric that is in the network of the engine's machine, with what it runs. */
const onMachineScript = (engine: number) => `for process in /proc/[0-9]*; do
  [ "$(readlink $process/ns/net)" = "$(readlink /proc/${engine}/ns/net)" ] || continue
  [ "$(readlink $process/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ] || continue
  echo "\${process#/proc/} $(tr '\\0' ' ' < $process/cmdline)"
done`;
async function onMachine({ fabric }: StartedLab): Promise<string[]> {
  const found = await fabric.exec(["sh", "-c", onMachineScript(await processOfEngine(fabric))]);
  return found.split("\n").filter((line) => line !== "");
}

describeDocker("an uplink", () => {
  let context: LabContext & { events: RunEvent[] };
  let outside: TestOutsideServer;
  beforeAll(async () => {
    context = await testContext();
    outside = await startOutsideServer(context);
  });
  afterAll(() => outside?.[Symbol.asyncDispose]());

  it("is not there without its mode: nothing of a lab is in the machine's network", async () => {
    await using lab = await upLab("inside", topologyOf(topology, "home", "home"), context);
    expect(await onMachine(lab)).toEqual([]);
    expect(eventsOf(context.events, "uplink_opened")).toEqual([]);
  });

  it("is one process, whose sockets lead to the server's ports; the rest is dropped", async () => {
    const { credential } = outside;
    const turn = { ip: "ipv4" as const, hostname: OUTSIDE_NAME, credential, outside: SERVER };
    const spec = topologyOf({ ...topology, turnServers: { turn } }, "home", "home");
    await using lab = await upLab("outside", spec, { ...context, trustedPem: context.ca.certificatePem });
    const { address } = lab.turnServers.turn ?? {};
    expect(address, "another address stands for a private one that the scenario does not name").toBe("34.77.1.10");
    expect(eventsOf(context.events, "turn_server_ready").at(-1)?.listeners).toMatchObject([
      { transport: "udp", port: 3478, answer: "success" },
      { transport: "tls", port: 5349, answer: "success" },
    ]);

    const [outer = "", ...more] = await onMachine(lab);
    expect(outer).toContain("uplink-outer.js");
    expect(more).toEqual([]);
    expect(outer).not.toContain(credential.password);

    // An allocation; what is then sent to the relayed address itself, from inside, goes nowhere.
    const target = { address: address ?? "", port: 3478, transport: "udp" as const };
    const check = await lab.observer.ask("turn-relay-check", { ...target, ...credential });
    expect(check).toMatchObject({
      relayed: { address: OUTSIDE_ADDRESS },
      mapped: { address: "10.99.77.1" },
      received: false,
    });
    const pid = outer.split(" ")[0];
    const sockets = (await outside.onMachine("ss", "-Htuanp"))
      .split("\n")
      .filter((line) => line.includes(`pid=${pid},`));
    expect(sockets.length).toBeGreaterThan(0);
    // UDP sockets are not connected; that they take and send nothing else is seen in the capture of scripts/.
    for (const socket of sockets) {
      expect(socket).toMatch(/^udp +UNCONN .* 0\.0\.0\.0:\d+ +0\.0\.0\.0:\*|10\.99\.77\.1:\d+ +10\.99\.77\.2:5349 /);
    }

    // A relayed address leads nowhere from inside, nor does another port of the server.
    for (const port of [49_200, 22]) {
      for (const transport of ["udp", "tcp"] as const) {
        const wanted = { address: address ?? "", port, transport };
        await lab.observer.ask("expect-silence", { target: wanted, durationMs: 200 });
      }
    }
    const dropped = await inNode(lab, "turn", "nft", "list", "chain", "inet", "uplink", "input");
    expect(Number(/counter packets (\d+)/.exec(dropped)?.[1])).toBeGreaterThan(3);
    expect((await outside.onMachine("ss", "-Htuan")).includes(`${OUTSIDE_ADDRESS}:22 `)).toBe(false);

    // A server whose certificate is publicly trusted is verified as well: Node's own authorities are there beside the lab's.
    const trusted = "console.log(tls.getCACertificates('default').length - tls.rootCertificates.length)";
    const inPeer = ["nsenter", "--target", String(lab.pids.offerer), "--mount", "--", "env"];
    const env = ["NODE_EXTRA_CA_CERTS=/etc/turnlab/ca.pem", "node", "-e", trusted];
    expect(Number(await lab.fabric.exec([...inPeer, ...env]))).toBeGreaterThanOrEqual(1);

    await lab.down();
    expect(await outside.onMachine("sh", "-c", `ls -d /proc/${pid} || true`)).toBe("");
    expect(eventsOf(context.events, "uplink_counted").at(-1)?.ports).toMatchObject([
      { protocol: "udp", port: 3478, refused: 0 },
      { protocol: "tcp", port: 5349, flows: 1 },
    ]);
  });
});
