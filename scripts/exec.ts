import { spawn } from "node:child_process";
import { LABEL } from "../lab/runtime/container-events.ts";
import { findEngine } from "../lab/runtime/engine.ts";
import { InvalidInput } from "./invalid-input.ts";

/** `turnlab exec` and `turnlab shell`: the docker client does terminals best, so it does them here. */
export async function execCommand(target: string, command: string[], interactive: boolean): Promise<number> {
  const engine = await findEngine();
  if (!("docker" in engine)) throw new InvalidInput(`no Docker engine answers, so no lab is up: ./turnlab up SCENARIO brings one up`);
  const filters = JSON.stringify({ label: [LABEL.run] });
  const running = (await engine.docker.listContainers({ filters })).map(({ Id, Labels }) => ({
    id: Id,
    node: Labels[LABEL.node] ?? "",
    lab: Labels[LABEL.scenario] ?? "",
  }));
  const [lab, node] = target.includes("/") ? target.split("/", 2) : [undefined, target];
  const found = running.filter((one) => one.node === node && (lab === undefined || one.lab === lab));
  if (found.length !== 1) {
    const names = running.map((one) => `${one.lab}/${one.node}`).sort();
    const list = names.length > 0 ? `nodes that are up: ${names.join(", ")}` : "no lab is up: ./turnlab up SCENARIO brings one up";
    throw new InvalidInput(`expected one running node "${target}", found ${found.length}; ${list}`);
  }
  const tty = interactive && process.stdin.isTTY ? ["-t"] : [];
  const argv = ["--host", engine.socket, "exec", "-i", ...tty, found[0]?.id ?? "", ...command];
  const child = spawn("docker", argv, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
