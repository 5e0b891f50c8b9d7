import type { ObservedNat } from "../model/observed-nat.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { NatProbeOperations } from "./agent/probe-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { JsonProcess } from "./json-process.ts";
import { AGENT_FOLDER, type Observer, REFLECTOR_PORTS, type StartedNetwork } from "./network.ts";
import { addressing } from "./wiring.ts";

type NatProbe = JsonProcess<NatProbeOperations>;

/** Puts a host into a router's LAN, lets it look at the router from inside (RFC 5780), and takes it away again. */
export async function probeRouter(
  router: string,
  { fabric, network, plan }: { fabric: Fabric; network: StartedNetwork; plan: AddressPlan },
): Promise<ObservedNat> {
  const { wiring } = network;
  const place = plan.probes[router];
  const reflector = network.reflectors[place?.reflector ?? ""];
  if (!place || !reflector) throw new Error(`no probe planned for ${router}`);
  const name = `probe-${router}`;
  const argv = ["node", `${AGENT_FOLDER}/nat-probe.ts`];
  const probe: NatProbe = new JsonProcess(name, await fabric.spawn(name, argv, { ownNetns: true }));
  try {
    await fabric.exec(["ip", "-batch", "-"], {
      stdin: wiring.plug([{ segment: place.segment, pid: probe.pid, interface: "eth0" }]),
    });
    const node = {
      name,
      interfaces: [{ name: "eth0", segment: place.segment, address: place.address, prefix: place.prefix }],
      gateway: place.gateway,
      gatewayOnLink: false,
    };
    await fabric.exec(["ip", "-batch", "-"], { stdin: addressing(node, plan), netns: probe.pid });
    const [first = "", second = ""] = plan.reflectors[place.reflector]?.addresses ?? [];
    const observed = await probe.ask("probe", { reflector: { addresses: [first, second], ports: REFLECTOR_PORTS } });
    const { mapping, filtering, externalAddress, portPreserved } = observed;
    const isBlocked = observed.udp === "blocked";
    return {
      mapping,
      filtering,
      tcp: { mapping: null, filtering: null },
      hairpinning: null,
      portAllocation: portPreserved ? "preserving" : null,
      sharedPortKept: null,
      addressing: null,
      externalAddress,
      externalPorts: [],
      unsolicitedPassed: isBlocked ? null : await unsolicitedPasses(probe, reflector),
      lifetimeMs: null,
      refreshedBy: null,
      firewall: [
        {
          flow: { protocol: "udp", port: 3478, isTls: false },
          via: "direct",
          expected: isBlocked ? "dropped" : "passed",
          observed: isBlocked ? "dropped" : "passed",
        },
      ],
    };
  } finally {
    await probe.kill();
  }
}

/** A datagram from somebody the inside has never talked to, to a mapping that exists. */
async function unsolicitedPasses(probe: NatProbe, outside: Observer): Promise<boolean> {
  const { mapped } = await probe.ask("open-mapping", {});
  await outside.ask("send-unsolicited", { to: mapped });
  // The probe remembers who came since the mapping was opened: the wait begins when the datagram is on its way.
  return (await probe.ask("listen", { ms: 100 })).received;
}
