import type { ObservedNat } from "../model/nat.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { JsonProcess } from "./json-process.ts";
import { AGENT_FOLDER } from "./network.ts";
import { addressing, type Wiring } from "./wiring.ts";

export const REFLECTOR_PORTS = [3478, 3479] as const;

/** Puts a host into a router's LAN, lets it look at the router from inside (RFC 5780), and takes it away again. */
export async function probeRouter(
  router: string,
  { fabric, wiring, plan, observer }: { fabric: Fabric; wiring: Wiring; plan: AddressPlan; observer: JsonProcess },
): Promise<ObservedNat> {
  const place = plan.probes[router];
  if (!place) throw new Error(`no probe planned for ${router}`);
  const name = `probe-${router}`;
  const probe = new JsonProcess(name, await fabric.spawn(name, ["node", `${AGENT_FOLDER}/nat-probe.ts`], { ownNetns: true }));
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
    const observed = await probe.ask<ObservedNat>({
      op: "probe",
      reflector: { addresses: plan.observer.addresses, ports: REFLECTOR_PORTS },
      gateway: place.gateway,
    });
    if (observed.udp === "blocked") return observed;
    return { ...observed, unsolicitedPassed: await unsolicitedPasses(probe, observer) };
  } finally {
    await probe.kill();
  }
}

/** A datagram from somebody the inside has never talked to, to a mapping that exists. */
async function unsolicitedPasses(probe: JsonProcess, observer: JsonProcess): Promise<boolean> {
  const { mapped } = await probe.ask<{ mapped: { address: string; port: number } }>({ op: "open-mapping" });
  const listening = probe.ask<{ received: boolean | number }>({ op: "listen", ms: 100 });
  await observer.ask({ op: "send-unsolicited", to: mapped });
  return Boolean((await listening).received);
}
