import { PassThrough } from "node:stream";
import type Dockerode from "dockerode";

/**
 * Runs a program in a container and returns what it said; a non-zero exit is an error with its words. What must not be seen
 * in a process list or in the engine's events goes into `environment`.
 */
export async function execIn(
  docker: Dockerode,
  containerId: string,
  argv: string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const exec = await docker.getContainer(containerId).exec({
    Cmd: argv,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true });
  const both = new PassThrough();
  const chunks: Buffer[] = [];
  both.on("data", (chunk: Buffer) => chunks.push(chunk));
  docker.modem.demuxStream(stream, both, both);
  await new Promise((resolve) => stream.once("end", resolve).once("close", resolve).once("error", resolve));
  const said = Buffer.concat(chunks).toString();
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`${argv[0]} exited ${ExitCode}: ${said.trim()}`);
  return said;
}
