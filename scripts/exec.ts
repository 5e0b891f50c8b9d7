import type { Duplex } from "node:stream";
import { LABEL } from "../lab/runtime/container-events.ts";
import { type Engine, findEngine } from "../lab/runtime/engine.ts";
import { InvalidInput } from "./invalid-input.ts";

/** What a shell says of a program that SIGPIPE ended: 128 and the signal's number. */
const BROKEN_PIPE = 141;

/**
 * `turnlab exec` and `turnlab shell`: a command in a node of a lab that `up` holds. Returns the command's exit code, or
 * 141 when nobody reads its output any more; the engine has no way to end the command then.
 */
export async function execCommand(target: string, command: string[], shell: boolean): Promise<number> {
  const engine = await findEngine();
  if (!("docker" in engine)) {
    throw new InvalidInput("no Docker engine answers, so no lab is up: ./turnlab up SCENARIO brings one up");
  }
  const container = engine.docker.getContainer(await findNode(engine, target));
  const Tty = shell && Boolean(process.stdin.isTTY);
  const exec = await container.exec({
    Cmd: command,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty,
    Env: [`TERM=${process.env.TERM ?? "dumb"}`],
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty });
  if (Tty) attachTerminal(stream, (size) => exec.resize(size));
  else {
    engine.docker.modem.demuxStream(stream, process.stdout, process.stderr);
    process.stdin.pipe(stream);
  }
  let isUnread = false;
  process.stdout.once("error", () => {
    isUnread = true;
    stream.destroy();
  });
  await new Promise((resolve) => stream.once("end", resolve).once("close", resolve));
  process.stdin.unpipe(stream);
  if (Tty) process.stdin.setRawMode(false);
  letGo(process.stdin);
  return isUnread ? BROKEN_PIPE : ((await exec.inspect()).ExitCode ?? 1);
}

/** A terminal, a pipe or a socket would keep this process alive; a file or /dev/null does not, and has no `unref`. */
function letGo(stdin: NodeJS.ReadableStream & { unref?: () => void }): void {
  stdin.pause();
  stdin.unref?.();
}

async function findNode(engine: Engine, target: string): Promise<string> {
  const filters = JSON.stringify({ label: [LABEL.run] });
  const running = (await engine.docker.listContainers({ filters })).map(({ Id, Labels }) => ({
    id: Id,
    node: Labels[LABEL.node] ?? "",
    lab: Labels[LABEL.scenario] ?? "",
  }));
  const [lab, node] = target.includes("/") ? target.split("/", 2) : [undefined, target];
  const found = running.filter((one) => one.node === node && (lab === undefined || one.lab === lab));
  const [only] = found;
  if (only && found.length === 1) return only.id;
  const names = running.map((one) => `${one.lab}/${one.node}`).sort();
  const list =
    names.length > 0 ? `nodes that are up: ${names.join(", ")}` : "no lab is up: ./turnlab up SCENARIO brings one up";
  throw new InvalidInput(`expected one running node "${target}", found ${found.length}; ${list}`);
}

function attachTerminal(stream: Duplex, resize: (size: { h: number; w: number }) => Promise<unknown>): void {
  const follow = () => void resize({ h: process.stdout.rows, w: process.stdout.columns }).catch(() => {});
  follow();
  process.stdout.on("resize", follow);
  process.stdin.setRawMode(true);
  process.stdin.pipe(stream);
  stream.pipe(process.stdout);
}
