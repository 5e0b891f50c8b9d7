/** For tests only: a container job's container, as GitHub's runner starts one, and this project in it as a downloaded action. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { PROJECT_ROOT, tarOf } from "../../lab/runtime/archive.ts";
import { LABEL } from "../../lab/runtime/container-events.ts";
import type { Engine } from "../../lab/runtime/engine.ts";
import { followProgress } from "../../lab/runtime/follow-progress.ts";
import { JOB_FOLDERS, type JobContainer } from "./test-runner.ts";

/** What of the project is no part of a checkout, or is mounted. */
const NOT_COPIED = /(^|\/)(node_modules|\.git|\.turnlab)$|^reports\/runs$|^lab\/evidence\/(set|fixtures)$|\.test\.ts$/;

/** The lab's `node` image with git in it, which a job's image needs for a baseline from git. Built once. */
export async function runnerImage({ docker }: Engine, nodeImage: string): Promise<string> {
  const reference = `turnlab/test-runner:${nodeImage.split(":")[1]}`;
  const images = await docker.listImages({ filters: { reference: [reference] } });
  if (images.length > 0) return reference;
  const content = `FROM ${nodeImage}\nRUN apt-get update -q && apt-get install -y -q --no-install-recommends git\n`;
  const context = Readable.from([await tarOf([{ path: "Dockerfile", content }])]);
  await followProgress(
    await docker.buildImage(context, { t: reference, networkmode: "host", rm: true, forcerm: true }),
  );
  return reference;
}

/**
 * Starts the container: idle, as root, with the engine's socket and without a network of its own. The project stands where the runner
 * puts a downloaded action, its packages mounted from here and named as its set-up leaves them.
 */
export async function startJob(
  { docker, socket }: Engine,
  image: string,
  label: string,
): Promise<JobContainer & AsyncDisposable> {
  const socketPath = socket.replace(/^unix:\/\//, "");
  const container = await docker.createContainer({
    Image: image,
    Labels: { [LABEL.run]: label },
    Entrypoint: ["tail", "-f", "/dev/null"],
    Cmd: [],
    WorkingDir: JOB_FOLDERS.workspace,
    HostConfig: {
      NetworkMode: "none",
      Binds: [
        `${socketPath}:/var/run/docker.sock`,
        `${join(PROJECT_ROOT, "node_modules")}:${JOB_FOLDERS.action}/node_modules:ro`,
      ],
    },
  });
  try {
    await container.putArchive(await projectArchive(), { path: "/" });
    await container.start();
  } catch (error) {
    await container.remove({ force: true });
    throw error;
  }
  const exec = async (argv: string[], env: Record<string, string>) => {
    const run = await container.exec({
      Cmd: argv,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      WorkingDir: JOB_FOLDERS.workspace,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await run.start({ hijack: true });
    const both = new PassThrough();
    const chunks: Buffer[] = [];
    both.on("data", (chunk: Buffer) => chunks.push(chunk));
    docker.modem.demuxStream(stream, both, both);
    await new Promise((resolve) => stream.once("end", resolve).once("close", resolve).once("error", resolve));
    return { exitCode: (await run.inspect()).ExitCode ?? -1, log: Buffer.concat(chunks).toString() };
  };
  return {
    exec,
    write: async (path, text) =>
      void (await container.putArchive(await tarOf([{ path, content: text, mode: 0o755 }]), { path: "/" })),
    read: async (path) => {
      const { exitCode, log } = await exec(["cat", path], {});
      return exitCode === 0 ? log : "";
    },
    [Symbol.asyncDispose]: async () => void (await container.remove({ force: true })),
  };
}

async function projectArchive(): Promise<Buffer> {
  const at = (path: string) => `${JOB_FOLDERS.action}/${path}`;
  const lock = {
    path: at(".turnlab/package-lock.json"),
    content: readFileSync(join(PROJECT_ROOT, "package-lock.json")),
  };
  return await tarOf([...filesBelow("").map((file) => ({ ...file, path: at(file.path) })), lock]);
}

function filesBelow(folder: string): { path: string; content: Buffer; mode: number }[] {
  return readdirSync(join(PROJECT_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (NOT_COPIED.test(path)) return [];
    if (entry.isDirectory()) return filesBelow(path);
    if (!entry.isFile()) return [];
    const file = join(PROJECT_ROOT, path);
    return [{ path, content: readFileSync(file), mode: statSync(file).mode & 0o777 }];
  });
}
