import type { ObservedNat } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import { arrives, type ProbeSocket } from "./probe-socket.ts";
import { responsePortAttribute } from "./response-port.ts";

type Ends = {
  /** Has asked the primary address, from which `mapped` is known, and the alternate one. */
  asking: ProbeSocket;
  helper: ProbeSocket;
  mapped: TransportAddress | null;
};

/**
 * A socket has a mapping towards X and another towards Y, and Y sends to the first one: connection tracking has a flow
 * with that very answer already, and evades it by giving Y's packet another source port. Whether it gets in; whom it
 * comes from is looked at with everything else that comes. True where the behaviour knows no such thing.
 */
export async function probeSource(
  path: ProbePath,
  { asking, helper, mapped }: Ends,
  { mapping, filtering }: Pick<ObservedNat, "mapping" | "filtering">,
): Promise<boolean | null> {
  if (mapping === null || filtering === null || mapped === null) return null;
  if (mapping === "endpoint-independent" || filtering === "address-and-port-dependent") return true;
  const [port = 0, otherPort] = path.plan.udpPorts;
  let remote = path.at(1, port);
  if (filtering === "address-dependent") {
    // Let in by the first mapping, and with one of its own: another port of the same address.
    if (mapping === "address-dependent" || otherPort === undefined) return true;
    remote = path.at(0, otherPort);
    if ((await asking.ask(remote)) === null) return null;
  }
  return arrives(path, helper.poke(remote, [responsePortAttribute(mapped.port)]), asking);
}
