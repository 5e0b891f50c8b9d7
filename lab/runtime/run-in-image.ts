import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { LABEL } from "./container-events.ts";
import { ignoreGone } from "./when-removed.ts";

export type ImageRun = {
  /** An image's id, or a reference that the engine has. */
  image: string;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Tar archives unpacked at `/` before it starts. */
  archives?: readonly Buffer[];
  /** Sends the program one SIGINT, and waits for its end. */
  signal?: AbortSignal;
  out: NodeJS.WritableStream;
  err: NodeJS.WritableStream;
};

/**
 * Runs a program out of an image that is not the lab's, in the network of the engine's machine, and removes its container. It
 * holds its stdin, but nobody says that the program looks at it. Returns its exit code.
 */
export async function runInImage(docker: Dockerode, run: ImageRun): Promise<number> {
  const container = await docker.createContainer({
    Image: run.image,
    // The image's ENTRYPOINT is that of the program that it is made for, or none.
    Entrypoint: [...run.command],
    Cmd: [],
    Env: Object.entries(run.env).map(([name, value]) => `${name}=${value}`),
    Labels: { [LABEL.run]: `program-${process.pid}`, [LABEL.node]: run.command[0] ?? "program" },
    Healthcheck: { Test: ["NONE"] },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { NetworkMode: "host", LogConfig: { Type: "none", Config: {} } },
  });
  try {
    for (const archive of run.archives ?? []) await container.putArchive(Readable.from([archive]), { path: "/" });
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    docker.modem.demuxStream(stream, run.out, run.err);
    const heard = new Promise((resolve) => stream.once("end", resolve).once("close", resolve));
    await container.start();
    // Not before: an engine of 20.10 then answers neither until the program has ended.
    const ended = container.wait() as Promise<{ StatusCode: number }>;
    const interrupt = () => void container.kill({ signal: "SIGINT" }).catch(ignoreGone);
    run.signal?.addEventListener("abort", interrupt, { once: true });
    if (run.signal?.aborted) interrupt();
    const { StatusCode } = await ended;
    run.signal?.removeEventListener("abort", interrupt);
    await heard;
    stream.end();
    return StatusCode;
  } finally {
    await container.remove({ force: true, v: true }).catch(ignoreGone);
  }
}
