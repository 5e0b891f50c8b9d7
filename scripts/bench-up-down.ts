/**
 * Brings the topology of `symmetric-both` up and down, by the lab and by the bare docker commands that do the same, in
 * turn; prints medians and the ratio. The same images, wires, rules, resolvers, server and peers; the bare way ends when
 * coturn answers and the peers are ready, the lab's also when it has probed its routers.
 *
 *     node scripts/bench-up-down.ts [ROUNDS]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import { upLab } from "../lab/lab-up.ts";
import { routerBehaviour } from "../lab/model/topology.ts";
import { CORE_ADDRESS, planAddresses } from "../lab/net/address-plan.ts";
import { compileRouter } from "../lab/net/rules/compile-router.ts";
import { CORE_RULESET } from "../lab/net/rules/core-ruleset.ts";
import { routerFacts } from "../lab/net/rules/router-facts.ts";
import { addressing, Wiring } from "../lab/net/wiring.ts";
import { PROTOCOL_VERSION } from "../lab/peer/protocol.ts";
import { sourceFiles, tarOf } from "../lab/runtime/archive.ts";
import { testContext } from "../lab/test-lab.ts";
import { planTurnServers, turnArchive } from "../lab/turn/turn-server.ts";
import symmetricBoth from "../scenarios/symmetric-both.ts";

const rounds = Number(process.argv[2] ?? 7);
const say = (line: string) => void process.stderr.write(`${line}\n`);
const context = await testContext();
const { images } = context;
const folder = mkdtempSync(join(tmpdir(), "turnlab-bench-"));
const script = await writeBareScript(folder);

const lab: number[] = [];
const bare: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const [ours, theirs] = [await time(upAndDown), await time(() => $({ quiet: true })`bash ${script}`)];
  if (round === 0) continue; // The first of each warms caches.
  lab.push(ours);
  bare.push(theirs);
  say(`round ${round}: lab ${ours.toFixed(0)} ms, bare ${theirs.toFixed(0)} ms`);
}
rmSync(folder, { recursive: true });
const ratios = lab.map((ms, index) => ms / (bare[index] ?? Number.NaN));
console.log(`lab   up and down, median of ${rounds}: ${median(lab).toFixed(0)} ms`);
console.log(`bare  up and down, median of ${rounds}: ${median(bare).toFixed(0)} ms`);
console.log(
  `ratio lab/bare, median of pairs: ${median(ratios).toFixed(2)} (min ${Math.min(...ratios).toFixed(2)}, max ${Math.max(...ratios).toFixed(2)})`,
);

async function upAndDown(): Promise<void> {
  const started = await upLab("symmetric-both", symmetricBoth, context);
  await started.down();
}

async function time(what: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await what();
  return performance.now() - startedAt;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The same lab as a person would script it. */
async function writeBareScript(into: string): Promise<string> {
  const { topology, peers } = symmetricBoth;
  const plan = planAddresses({
    topology,
    peers: { offerer: peers.offerer.behind, answerer: peers.answerer.behind },
    lanKinds: { near: "home", far: "home" },
  });
  const [turn] = Object.values(planTurnServers(topology.turnServers, plan, context.credential));
  if (!turn) throw new Error("symmetric-both has a TURN server");
  const file = (name: string, content: string | Buffer) => {
    const path = join(into, name);
    writeFileSync(path, content);
    return path;
  };
  file("turn.tar", await turnArchive(turn, context.ca));
  file(
    "peer.tar",
    await tarOf([
      ...sourceFiles(["lab/model", "lab/peer", "lab/peer/agent"]),
      { path: "/etc/turnlab/ca.pem", content: context.ca.certificatePem },
    ]),
  );
  const nodes = Object.values(plan.nodes);
  const pid = (node: string) => `$P_${node}`;
  const wiring = new Wiring();
  const wires = [
    ...plan.coreLines.map((line) => ({ segment: line.segment, node: "core", interface: line.interface })),
    ...nodes.flatMap(({ name, interfaces }) =>
      interfaces.map((one) => ({ segment: one.segment, node: name, interface: one.name })),
    ),
  ].filter(({ segment }) => segment !== plan.reflectors.observer?.segment);
  const bridges = wiring.bridges(plan.segments);
  const plugs = wires.map((wire) =>
    wiring
      .plug([{ segment: wire.segment, pid: 0, interface: wire.interface }])
      .replace("netns 0", `netns ${pid(wire.node)}`),
  );
  const core = {
    ...plan,
    coreLines: plan.coreLines.filter(({ segment }) => segment !== plan.reflectors.observer?.segment),
  };
  const routerRules = (router: string) => {
    const facts = routerFacts(plan, router);
    if (!facts) throw new Error(`${router} has IPv4`);
    return compileRouter(routerBehaviour({ nat: "symmetric" }), facts).text;
  };
  const rules = { core: CORE_RULESET.text, near: routerRules("near"), far: routerRules("far") };
  const inNs = (node: string, command: string) => `docker exec -i fabric nsenter -t ${pid(node)} -n ${command}`;
  const hello = JSON.stringify({ type: "hello", protocolVersion: PROTOCOL_VERSION });
  const text = `set -e
run() { docker run -d --rm --name "$1" --network none --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 --entrypoint sleep ${images.router} 60 > /dev/null; }
docker run -d --rm --name fabric --pid=host --network none --cap-add NET_ADMIN --cap-add NET_RAW --cap-add SYS_ADMIN --cap-add SYS_PTRACE \\
  --security-opt seccomp=unconfined --entrypoint sleep ${images.fabric} 60 > /dev/null &
run core & run near & run far &
( docker create --name turn --network none --entrypoint sleep ${images.coturn} 60 > /dev/null; docker cp - turn:/ < ${into}/turn.tar; docker start turn > /dev/null ) &
for peer in offerer answerer; do
  ( docker create --name $peer --network none --entrypoint sleep -e NODE_EXTRA_CA_CERTS=/etc/turnlab/ca.pem ${images.peer} 60 > /dev/null
    docker cp - $peer:/ < ${into}/peer.tar; docker start $peer > /dev/null ) &
done
wait
eval "$(docker inspect -f 'P_{{slice .Name 1}}={{.State.Pid}}' fabric core near far turn offerer answerer)"
docker exec -i fabric ip -batch - <<X
${bridges}${plugs.join("")}X
${nodes.map((node) => `${inNs(node.name, "ip -batch -")} <<X &\n${addressing(node, core)}X\n`).join("")}${Object.entries(
  rules,
)
  .map(([node, ruleset]) => `${inNs(node, "nft -f -")} <<X &\n${ruleset}X\n`)
  .join("")}wait
for listen in core:${CORE_ADDRESS} near:192.168.1.1 far:192.168.1.1; do
  eval "pid=\\$P_\${listen%%:*}"
  docker exec -d fabric nsenter -t $pid -n dnsmasq -k --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts \\
    --local=/#/ --listen-address=\${listen#*:} --bind-interfaces --address=/${turn.hostname}/${turn.address} &
done
docker exec -d turn turnserver -c /etc/turnlab/turnserver.conf &
for peer in offerer answerer; do
  docker exec -i $peer sh -c 'echo '"'"'${hello}'"'"' | node /turnlab/lab/peer/agent/main.js' > /dev/null &
done
wait
until docker exec turn turnutils_stunclient ${turn.address} > /dev/null 2>&1; do :; done
docker rm -f fabric core near far turn offerer answerer > /dev/null
`;
  return file("bare.sh", text);
}
