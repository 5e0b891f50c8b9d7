import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import type { IceUrlKind } from "../model/ice.ts";
import type { Scenario } from "../model/scenario.ts";
import { runSession } from "../peer/session.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { inNode, testContext } from "../test-lab.ts";
import { iceServersOf } from "../turn/ice-servers.ts";
import type { FabricProcess } from "./fabric.ts";

const URLS: IceUrlKind[] = ["udp", "tcp", "tcp:443", "tls:443"];

/** An office, and a branch office behind a provider's NAT, each with a proxy as the only way out. */
const OFFICES: Scenario = {
  description: "test",
  topology: {
    routers: {
      office: { nat: "home", firewall: "proxy-only" },
      carrier: { nat: "cgnat" },
      branch: { nat: "home", upstream: "carrier", firewall: "proxy-only" },
    },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: URLS }] },
    answerer: { behind: "branch", iceServers: [{ server: "turn", urls: URLS }] },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
};

/**
 * A program behind a proxy that holds a tunnel through it to the TURN server: `ask` sends a STUN request (RFC 8489
 * section 6.2.2), and prints whether it is answered or the tunnel is closed.
 */
const TUNNEL = `
  const [host] = process.argv.slice(-1);
  const socket = require("node:net").connect(3128, host, () => socket.write("CONNECT turn.lab.test:443 HTTP/1.1\\r\\n\\r\\n"));
  let isOpen = false, isClosed = false;
  socket.on("data", (data) => { console.log(isOpen ? "answered" : data.toString().slice(9, 12)); isOpen = true; });
  const close = () => { if (!isClosed && isAsking) console.log("closed"); isClosed = true; };
  socket.on("end", close).on("error", close).on("close", close);
  let isAsking = false;
  require("node:readline").createInterface({ input: process.stdin }).on("line", () => {
    isAsking = true;
    if (isClosed) return console.log("closed");
    socket.write(Buffer.concat([Buffer.from("000100002112a442", "hex"), Buffer.alloc(12)]));
  });`;

class Tunnel {
  readonly #process: FabricProcess;
  #next = Promise.withResolvers<string>();

  private constructor(process: FabricProcess) {
    this.#process = process;
    process.onLine((line) => this.#next.resolve(line));
  }

  static #opened = 0;

  static async open(lab: StartedLab, peer: string): Promise<Tunnel> {
    const { [peer]: netns } = lab.pids;
    const proxy = lab.plan.nodes[peer]?.gateway;
    if (netns === undefined || !proxy) throw new Error(`no ${peer}`);
    Tunnel.#opened++;
    const argv = ["node", "-e", TUNNEL, "--", proxy];
    const tunnel = new Tunnel(await lab.fabric.spawn(`tunnel-${Tunnel.#opened}`, argv, { netns }));
    expect(await tunnel.#next.promise).toBe("200");
    return tunnel;
  }

  async say(word: string): Promise<string> {
    this.#next = Promise.withResolvers();
    await this.#process.write(word);
    return this.#next.promise;
  }
}

describeDocker("a network with an HTTP CONNECT proxy as the only way out", () => {
  let lab: StartedLab;

  beforeAll(async () => {
    lab = await upLab("proxy", OFFICES, await testContext());
  });
  afterAll(() => lab?.down());

  /** The first line that the proxy of a peer's network answers. */
  const ask = (peer: string, target: string) => {
    const proxy = lab.plan.nodes[peer]?.gateway;
    const request = `CONNECT ${target} HTTP/1.1\\r\\nHost: ${target}\\r\\n\\r\\n`;
    const script = `exec 3<>/dev/tcp/${proxy}/3128 && printf '${request}' >&3 && head -1 <&3`;
    return inNode(lab, peer, "timeout", "5", "bash", "-c", script);
  };

  it.each(["offerer", "answerer"])(
    "connects the %s by name to the ports it may, also behind another router",
    async (peer) => {
      expect(await ask(peer, "turn.lab.test:443")).toMatch(/^HTTP\/1\.[01] 200/);
      expect(await ask(peer, "34.77.1.10:443")).toMatch(/^HTTP\/1\.[01] 200/);
      expect(await ask(peer, "turn.lab.test:3478")).toMatch(/^HTTP\/1\.[01] 403/);
      expect(await ask(peer, "nowhere.lab.test:443")).toMatch(/^HTTP\/1\.[01] 50\d/);
    },
  );

  it("serves its LAN alone", async () => {
    const wan = lab.plan.nodes.office?.interfaces.find(({ name }) => name === "wan")?.address ?? "";
    const target = { address: wan, port: 3128, transport: "tcp" } as const;
    await lab.observer.ask("expect-silence", { target, durationMs: 300 });
  });

  it("leaves no file behind", async () => {
    expect(await lab.fabric.exec(["sh", "-c", "ls /mnt; cat /etc/resolv.conf"])).not.toMatch(/tinyproxy|100\.64/);
  });

  it("carries TURN over TCP and TLS to allowed ports; the rest is refused, and nothing gets past it", async () => {
    const { offerer, answerer } = lab.peers;
    if (!offerer || !answerer) throw new Error("two peers");
    const wans = ["office", "carrier"].map(
      (router) => lab.plan.nodes[router]?.interfaces.find(({ name }) => name === "wan")?.address,
    );
    const seen = [
      "table ip seen {",
      "  chain input {",
      "    type filter hook input priority 0;",
      `    ip saddr { ${wans.join(", ")} } jump count`,
      "  }",
      "  chain count {",
      '    tcp dport 443 counter comment "proxied"',
      '    tcp dport != 443 counter comment "past"',
      '    meta l4proto != tcp counter comment "past"',
      "  }",
      "}",
    ].join("\n");
    await lab.fabric.exec(["nft", "-f", "-"], { stdin: seen, netns: lab.pids.turn });

    const servers = iceServersOf(OFFICES.peers.offerer.iceServers, lab.turnServers);
    const result = await runSession(offerer, answerer, {
      session: 1,
      iceServers: { offerer: servers, answerer: servers },
      transportPolicy: { offerer: "all", answerer: "all" },
      // Longer than a URL may take: all of them are to have their verdict.
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 6_000 },
      timeoutMs: 20_000,
    });

    expect(result).toMatchObject({ outcome: "connected", pair: { offerer: "relay", answerer: "relay" } });
    for (const peer of [result.peers.offerer, result.peers.answerer]) {
      expect(["tcp", "tls"]).toContain(peer.selectedTransport);
      expect(
        peer.urls.map(({ url, outcome, failure }) => [
          url.replace(/^turns?:turn.lab.test:/, ""),
          failure?.code ?? outcome,
        ]),
      ).toEqual([
        ["3478?transport=udp", "turn_no_answer"],
        ["3478?transport=tcp", "proxy_refused"],
        ["443?transport=tcp", "ok"],
        ["443?transport=tcp", "ok"],
      ]);
    }
    const counted = await inNode(lab, "turn", "nft", "list", "chain", "ip", "seen", "count");
    const packets = [...counted.matchAll(/counter packets (\d+) bytes \d+ comment "(\w+)"/g)];
    expect(packets.map(([, count, what]) => [what, Number(count) > 0])).toEqual([
      ["proxied", true],
      ["past", false],
      ["past", false],
    ]);
  });

  it("loses its tunnels when its router forgets, and connects again; the other one's live on", async () => {
    const tunnels = await Promise.all(["offerer", "answerer"].map((peer) => Tunnel.open(lab, peer)));
    const ask = () => Promise.all(tunnels.map((tunnel) => tunnel.say("ask")));
    expect(await ask()).toEqual(["answered", "answered"]);
    await lab.reboot("office", 0, new AbortController().signal);
    expect(await ask()).toEqual(["closed", "answered"]);

    const again = await Tunnel.open(lab, "offerer");
    expect(await again.say("ask")).toBe("answered");
    await lab.reboot("office", 200, new AbortController().signal);
    expect(await again.say("ask")).toBe("closed");
    // Nothing of that counts as a lab that broke.
    expect(await Promise.race([lab.broken, "whole"])).toBe("whole");
  });
});
