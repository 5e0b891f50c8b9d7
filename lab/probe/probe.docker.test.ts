import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProbeResult, UrlReach } from "../model/probe.ts";
import { Fabric } from "../net/fabric.ts";
import { sourceFiles, tarOf } from "../runtime/archive.ts";
import { LABEL } from "../runtime/container-events.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { startHeld } from "../runtime/held-container.ts";
import { HOLD_PATH } from "../runtime/hold.ts";
import { testContext } from "../test-lab.ts";

const OPEN = "34.77.1.10";
const HARD = "34.77.1.11";
const NAME = "turn.lab.test";
const INSIDE = "10.0.0.1";
const SECRET = "open-sesame";

const COMMON = (address: string, ipv6: string) => `listening-ip=${address}
relay-ip=${address}
relay-ip=${ipv6}
realm=${NAME}
cert=/probe/cert.pem
pkey=/probe/key.pem
fingerprint
log-file=stdout
simple-log
pidfile=/tmp/${address}.pid
`;
/** As coturn stands without a word about security, but for a user. */
const OPEN_CONF = `${COMMON(OPEN, "2001:470::10")}lt-cred-mech
user=alice:${SECRET}
cli-ip=${OPEN}
cli-password=${SECRET}
`;
/** All that the table of hardened answers needs of 4.6.1. */
const HARD_CONF = `${COMMON(HARD, "2001:470::11")}use-auth-secret
static-auth-secret=${SECRET}
user-quota=4
total-quota=4
no-cli
no-tcp-relay
no-multicast-peers
no-dtls
no-rfc5780
no-stun-backward-compatibility
no-software-attribute
secure-stun
denied-peer-ip=0.0.0.0-0.255.255.255
denied-peer-ip=10.0.0.0-10.255.255.255
denied-peer-ip=100.64.0.0-100.127.255.255
denied-peer-ip=127.0.0.0-127.255.255.255
denied-peer-ip=169.254.0.0-169.254.255.255
denied-peer-ip=172.16.0.0-172.31.255.255
denied-peer-ip=192.0.0.0-192.0.0.255
denied-peer-ip=192.168.0.0-192.168.255.255
denied-peer-ip=198.18.0.0-198.19.255.255
denied-peer-ip=240.0.0.0-255.255.255.255
denied-peer-ip=::1-::ffff:ffff
denied-peer-ip=64:ff9b::-64:ff9b::ffff:ffff
denied-peer-ip=::ffff:0.0.0.0-::ffff:255.255.255.255
denied-peer-ip=2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff
denied-peer-ip=fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
denied-peer-ip=fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff
`;

/** Runs beside the servers' namespace: asks, with a listener at an address inside, and once more what one user gets. */
const SCRIPT = `
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { askServer } from "/turnlab/lab/probe/ask-server.js";
import { askPeers } from "/turnlab/lab/probe/ask-peers.js";
import { openTcp } from "/turnlab/lab/probe/look-at-tls.js";
import { judgePeers } from "/turnlab/lab/probe/judge-peers.js";
import { reachUrl } from "/turnlab/lab/probe/reach.js";
import { countAllocations } from "/turnlab/lab/probe/quota.js";
const { asking, inside, port } = JSON.parse(await text(process.stdin));
const arrived = new Set();
const udp = createSocket("udp4").on("message", (data) => arrived.add(String(data)));
await new Promise((resolve) => udp.bind(port, inside, resolve));
const tcp = createServer((socket) => socket.on("data", (data) => arrived.add(String(data))).on("error", () => {}));
await new Promise((resolve) => tcp.listen(port, inside, resolve));
const deadline = Date.now() + 5000;
while (!(await openTcp(asking.targets[2], 500).then((socket) => socket.destroy(), () => null))) {
  if (Date.now() > deadline) throw new Error("the server does not listen");
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const reached = [];
for (const { port, transport, ca } of asking.targets) {
  const url = { udp: "turn:turn.lab.test", tcp: "turn:turn.lab.test?transport=tcp", tls: "turns:turn.lab.test" }[transport];
  const resolve = async () => [asking.targets[0].address];
  reached.push((await reachUrl(url, { credential: asking.again, limits: asking.limits, ca, resolve })).reach);
}
const results = await askServer(asking);
const [target, streamTarget] = asking.targets;
const { limits } = asking;
const credential = asking.again;
await new Promise((resolve) => setTimeout(resolve, 1200));
const answers = await askPeers({ target, streamTarget, credential, addresses: [inside], listeners: [inside], port, limits });
await new Promise((resolve) => setTimeout(resolve, 1200));
const proved = judgePeers(answers, { url: null, reachable: {}, arrived });
const ways = Object.entries(answers.peers[0].tokens).filter(([, token]) => arrived.has(token)).map(([way]) => way);
const after = await countAllocations(target, credential, 6, limits);
console.log(JSON.stringify({ reached, results, proved, ways, after }));
process.exit(0);
`;

/** What 4.6.1 answers whatever it was told. */
const REFUSALS = {
  "allocate-without-credentials": "401",
  "allocate-wrong-password": "401",
  "allocate-unknown-user": "401",
  "allocate-invented-nonce": "438",
  "allocate-wrong-realm": "437",
  "refresh-as-another-user": "441",
  "connect-on-udp-allocation": "403",
  "requested-transport-missing": "400",
  "requested-transport-99": "400",
  "unknown-required-attribute": "420",
  "ipv6-relay": "success",
  "ipv6-peer-on-ipv4": "443",
  "second-allocate": "437",
  "channel-bind-port-0": "400",
  "channel-number-0x5001": "success",
  "allocation-lifetime": "600 s",
  refresh: "success",
  "nonce-lifetime": "success",
  "tls-1.0": "refused",
  "tls-1.1": "refused",
  "tls-1.2": "accepted",
  "tls-1.3": "refused",
  "tls-chain": "trusted",
  "port-8080": "closed",
  "port-9641": "closed",
};

type Said = {
  reached: UrlReach[];
  results: ProbeResult[];
  proved: ProbeResult[];
  ways: string[];
  after: { granted: number; ended: string | number };
};

describeDocker("probes against a coturn 4.6.1", () => {
  const stack = new AsyncDisposableStack();
  let open: Said;
  let hard: Said;
  let packets: number;

  beforeAll(async () => {
    const { engine, images, hold, ca } = await testContext();
    const { chainPem, keyPem } = await ca.issue(NAME, []);
    const files = { "open.conf": OPEN_CONF, "hard.conf": HARD_CONF, "cert.pem": chainPem, "key.pem": keyPem };
    const labels = (node: string) => ({ [LABEL.run]: `probe-${process.pid}`, [LABEL.node]: node });
    const server = stack.use(
      await startHeld(engine.docker, {
        image: images.coturn ?? "",
        name: "probed",
        labels: labels("probed"),
        entrypoint: [HOLD_PATH],
        command: ["sh", "-c", "turnserver -c /probe/open.conf & exec turnserver -c /probe/hard.conf"],
        archives: [
          hold,
          await tarOf(Object.entries(files).map(([name, content]) => ({ path: `/probe/${name}`, content }))),
        ],
        // Docker switches IPv6 off in a container without a network.
        sysctls: { "net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.default.disable_ipv6": "0" },
      }),
    );
    const sources = await tarOf(sourceFiles(["lab/model", "lab/stun", "lab/probe", "lab/net/agent"]));
    const prober = { image: images.fabric ?? "", name: "prober", labels: labels("prober"), archives: [sources] };
    const fabric = stack.use(new Fabric(await startHeld(engine.docker, { ...prober, fabric: true })));
    await fabric.ready;
    const batch = (stdin: string, netns?: number) =>
      fabric.exec(["ip", "-batch", "-"], { stdin, ...(netns === undefined ? {} : { netns }) });
    // What is for anybody but the prober goes to it, too, and vanishes there: it forwards nothing.
    await batch(`link set lo up
link add probe type veth peer name eth0 netns ${server.pid}
addr add 34.77.1.1/24 dev probe
addr add ${INSIDE}/32 dev lo
link set probe up
route add blackhole default
`);
    await batch(
      `link set lo up
addr add ${OPEN}/24 dev eth0
addr add ${HARD}/24 dev eth0
addr add 2001:470::10/64 dev eth0 nodad
addr add 2001:470::11/64 dev eth0 nodad
link set eth0 up
route add default via 34.77.1.1
route add default via inet6 2001:470::1 dev eth0
`,
      server.pid,
    );
    server.line.sendText("start");

    const targetsOf = (address: string) => [
      { address, port: 3478, transport: "udp", url: `turn:${address}` },
      { address, port: 3478, transport: "tcp", url: `turn:${address}?transport=tcp` },
      { address, port: 5349, transport: "tls", servername: NAME, ca: ca.certificatePem, url: `turns:${address}` },
    ];
    const limits = { timeoutMs: 1_000, rtoMs: 250, groupMs: 10_000 };
    const ask = async (
      address: string,
      port: number,
      opens: { credential: object | null; secret?: string; again: object },
    ) => {
      const asking = { targets: targetsOf(address), limits, holdMs: 500, maxAllocations: 6, ...opens };
      const said = await fabric.exec(["node", "--input-type=module", "-e", SCRIPT], {
        stdin: JSON.stringify({ asking, inside: INSIDE, port }),
      });
      return JSON.parse(said) as Said;
    };
    const alice = { username: "alice", password: SECRET };
    const { mintCredential } = await import("./ask-server.ts");
    [open, hard] = await Promise.all([
      ask(OPEN, 7777, { credential: alice, again: alice }),
      ask(HARD, 7778, { credential: null, secret: SECRET, again: mintCredential(SECRET) }),
    ]);
    const counters = JSON.parse(await fabric.exec(["ip", "-s", "-j", "link", "show", "probe"]));
    packets = counters[0].stats64.tx.packets;
  });
  afterAll(() => stack.disposeAsync());

  const observed = ({ results }: Said) => Object.fromEntries(results.map(({ id, observed }) => [id, observed]));
  const weak = ({ results }: Said) => results.filter(({ verdict }) => verdict === "weak").map(({ id }) => id);
  /** What each of the addresses got: CreatePermission, ChannelBind, CONNECT; 200 is a success, 0 no answer. */
  const peers = ({ results }: Said) =>
    Object.fromEntries(
      results
        .filter(({ id }) => /^peer-[0-9:]|^peer-(64|fd|fe|ff)/.test(id))
        .map(({ id, measured = {} }) => [id.slice(5), Object.values(measured)]),
    );

  it("gives a relay by each URL, and says what it showed on the way", () => {
    const relayed = expect.stringMatching(/^34\.77\.1\.10:\d+$/);
    const mapped = expect.stringMatching(/^34\.77\.1\.1:\d+$/);
    const all = {
      addresses: [OPEN],
      relayed,
      mapped,
      lifetimeSeconds: 600,
      failed: null,
      allocateMs: expect.any(Number),
    };
    const told = { software: expect.stringContaining("Coturn-4.6.1") };
    expect(open.reached).toMatchObject([
      { ...all, ...told, url: `turn:${NAME}`, connectMs: null, tls: null },
      { ...all, ...told, connectMs: expect.any(Number), tls: null },
      { ...all, ...told, tls: { subject: NAME, version: "TLSv1.2", daysLeft: 29, fault: null } },
    ]);
    expect(hard.reached.map(({ failed, software }) => ({ failed, software }))).toEqual(
      Array(3).fill({ failed: null, software: null }),
    );
  });

  it("has every answer of a coturn that was told nothing about security", () => {
    const { results } = open;
    expect(peers(open)).toEqual({
      "10.0.0.1": [200, 200, 447],
      "172.16.0.1": [200, 200, 0],
      "192.168.1.1": [200, 200, 0],
      "100.64.0.1": [200, 200, 0],
      "127.0.0.1": [403, 403, 403],
      "0.0.0.0": [403, 403, 403],
      "169.254.169.254": [200, 200, 0],
      "224.0.0.1": [200, 200, 500],
      "255.255.255.255": [200, 200, 500],
      "192.0.0.1": [200, 200, 0],
      "198.18.0.1": [200, 200, 0],
      "240.0.0.1": [200, 200, 0],
      "::1": [403, 403, 403],
      "::": [403, 403, 403],
      "::ffff:127.0.0.1": [200, 200, 500],
      "::ffff:10.0.0.1": [200, 200, 500],
      "::ffff:169.254.169.254": [200, 200, 500],
      "::ffff:0.0.0.0": [200, 200, 500],
      "fd00::1": [200, 200, 0],
      "fe80::1": [200, 200, 500],
      "64:ff9b::a00:1": [200, 200, 0],
      "2002:a00:1::": [200, 200, 0],
      "::10.0.0.1": [200, 200, 0],
      "ff02::1": [200, 200, 500],
    });
    expect(observed(open)).toMatchObject({
      ...REFUSALS,
      "allocate-expired-user": "not asked",
      "relay-to-relay": "it arrives",
      "peer-needed-the-public-internet": "success",
      "allocate-tcp-relay": "success",
      binding: "success",
      "rfc3489-binding": "success",
      "tls-name": NAME,
      dtls: "it answers",
      "port-5766": "open",
      "amplification-binding": "4.4 times (88 for 20)",
      "amplification-allocate": "5.6 times (112 for 20)",
      "user-quota": "none within 6",
    });
    expect(weak(open).filter((id) => !id.startsWith("peer-"))).toEqual([
      "allocate-tcp-relay",
      "software",
      "rfc3489-binding",
      "channel-number-0x5001",
      "tls-1.3",
      "dtls",
      "port-5766",
      "amplification-binding",
      "amplification-allocate",
    ]);
    expect(results.filter(({ verdict }) => verdict === "unclear").map(({ id }) => id)).toEqual(["user-quota"]);
  });

  it("has every answer of one that is hardened", () => {
    expect(Object.values(peers(hard)).flat()).toEqual(Array(48).fill(403));
    expect(observed(hard)).toMatchObject({
      ...REFUSALS,
      "allocate-expired-user": "401",
      "relay-to-relay": "it arrives",
      "peer-needed-the-public-internet": "success",
      "allocate-tcp-relay": "442",
      binding: "401",
      "rfc3489-binding": "silence",
      dtls: "silence",
      "port-5766": "closed",
      "user-quota": "486 after 4",
    });
    const left = ["channel-number-0x5001", "tls-1.3", "amplification-binding", "amplification-allocate"];
    expect(weak(hard)).toEqual(left);
  });

  it("proves by a listener inside that data arrives, by each way, and that none does where it is refused", () => {
    expect(open.ways).toEqual(["send", "channel", "connect"]);
    expect(open.proved).toMatchObject([{ verdict: "weak", hasReached: true, observed: "success; data arrived there" }]);
    expect(hard.ways).toEqual([]);
    expect(hard.proved).toMatchObject([{ verdict: "ok", hasReached: false, observed: "403; nothing arrived there" }]);
  });

  it("leaves no allocation, and sends a bounded number of packets", () => {
    expect(hard.after, "all that its quotas let anybody have is there again").toMatchObject({ granted: 4, ended: 486 });
    expect(packets).toBeLessThan(700);
    for (const { results } of [open, hard]) expect(JSON.stringify(results)).not.toContain(SECRET);
  });
});
