import type { HttpGet, HttpGot } from "./agent/http-get-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { AGENT_FOLDER } from "./network.ts";

/** For starting and ending a process, on a busy machine. */
const PROCESS_MS = 3_000;

/**
 * Asks an HTTP server from inside a node's network namespace, where what it keeps to its loopback is reached as well, and
 * what no firewall in front of it lets in. Never rejects: a namespace that is gone is a reason like any other.
 */
export async function httpGetIn(fabric: Fabric, pid: number, request: HttpGet): Promise<HttpGot> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HttpGot>((resolve) => {
    const reason = `no answer within ${request.timeoutMs} ms`;
    timer = setTimeout(resolve, request.timeoutMs + PROCESS_MS, { isOk: false, reason });
  });
  const asked = fabric
    .exec(["node", `${AGENT_FOLDER}/http-get.js`, JSON.stringify(request)], { netns: pid })
    .then((answer) => JSON.parse(answer) as HttpGot)
    .catch((): HttpGot => ({ isOk: false, reason: "its network namespace is gone" }));
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
