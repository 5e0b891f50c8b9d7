import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import { ProbeSocket } from "./probe-socket.ts";
import { TcpFlow } from "./tcp-flow.ts";

export type Connected = { flow: TcpFlow; mapped: TransportAddress };

/** TCP sends again by itself what was lost; what it waits longer for, another attempt need not. */
const ATTEMPTS = { withControl: 2, without: 4 };
/** So many times no answer, or a refusal, for certain. */
const ENOUGH = 2;

/**
 * Connects a host inside with the first port that TCP is let out to; null when that is refused or unanswered again, while
 * UDP is answered. Where no UDP is let out there is nothing to compare with: there an attempt gets as long as a control
 * gets elsewhere, and there are more of them.
 */
export async function connectPatiently(path: ProbePath): Promise<Connected | null> {
  const [first] = path.plan.tcpPorts;
  const [host] = path.plan.hosts;
  if (first === undefined) return null;
  using control = await ProbeSocket.open(path, host);
  startControl(path, control);
  const flows: TcpFlow[] = [];
  const connected = Promise.withResolvers<Connected>();
  let winner: TcpFlow | null = null;
  const attempt = async (): Promise<void> => {
    const flow = new TcpFlow({ to: path.at(0, first.port), isTls: first.isTls, proxy: null }, host);
    flows.push(flow);
    if ((await flow.outcome) !== "passed" || flow.mapped === null || winner !== null) return;
    winner = flow;
    path.isAlive("tcp", flow.rttMs ?? 0, () => flow.ask().then(() => true));
    connected.resolve({ flow, mapped: flow.mapped });
  };
  const most = path.plan.udpPorts.length > 0 ? ATTEMPTS.withControl : ATTEMPTS.without;
  let failures = 0;
  for (let attempts = 0; attempts < most && failures < ENOUGH && winner === null; attempts += 1) {
    const refused = attempt().then(() => true);
    const silent = path.settlePatiently(() => winner !== null);
    if (await Promise.race([connected.promise.then(() => false), refused, silent])) failures += 1;
  }
  for (const flow of flows) if (flow !== winner) flow.close();
  return winner === null ? null : await connected.promise;
}

/** Something else that is meant to be answered, so that silence can be told from a machine that stalls. */
function startControl(path: ProbePath, socket: ProbeSocket): void {
  const [port] = path.plan.udpPorts;
  if (port === undefined) return;
  const ask = () => socket.ask(path.at(0, port));
  void ask().then((answer) => answer && path.isAlive("udp", answer.rttMs, async () => (await ask()) !== null));
}
