import { spawn } from "node:child_process";
import type Dockerode from "dockerode";
import { canInstallPackages, installPackages } from "./apt.ts";
import { atExit } from "./at-exit.ts";
import { findProgram } from "./find-program.ts";
import { followProgress } from "./follow-progress.ts";
import { rootReference } from "./image-ref.ts";
import { MissingError } from "./missing.ts";
import { lastLines } from "./run-program.ts";

/** Debian made by mmdebstrap, where no registry answers. */
export const BOOTSTRAPPED_ROOT = { repo: "turnlab/debian", tag: "bookworm" } as const;

/** A registry that says nothing new for this long does not answer. */
const PULL_SILENCE_MS = 15_000;
const BOOTSTRAP_TIMEOUT_MS = 600_000;

/** What the official `-slim` images leave out too. */
const LEFT_OUT = ["man", "info", "doc", "locale", "groff", "lintian", "linda"];

const DEBIAN_ARCHITECTURES: Record<string, string> = { x86_64: "amd64", aarch64: "arm64" };

/** The engine's own image of Debian to build on: there already, pulled, or made from the distribution's packages. */
export async function ensureRoot(
  docker: Dockerode,
  architecture: string,
  say: (line: string) => void,
): Promise<string> {
  const reference = rootReference();
  const bootstrapped = `${BOOTSTRAPPED_ROOT.repo}:${BOOTSTRAPPED_ROOT.tag}`;
  if (await hasImage(docker, reference)) return reference;
  if (!process.env.TURNLAB_BASE_IMAGE && (await hasImage(docker, bootstrapped))) return bootstrapped;
  say(`fetching ${reference}`);
  try {
    await pull(docker, reference);
    return reference;
  } catch (error) {
    const why = lastLines((error as Error).message, 1);
    const isMade = await hasImage(docker, bootstrapped);
    const instead = isMade ? `using ${bootstrapped}` : "making it from Debian's packages with mmdebstrap";
    say(`no registry gives ${reference} (${why}): ${instead}`);
    if (isMade) return bootstrapped;
  }
  await bootstrapRoot(docker, architecture, say);
  return bootstrapped;
}

export async function hasImage(docker: Dockerode, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function pull(docker: Dockerode, reference: string): Promise<void> {
  const silence = new AbortController();
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), PULL_SILENCE_MS);
  };
  let timer = setTimeout(() => silence.abort(), PULL_SILENCE_MS);
  try {
    const stream = await docker.pull(reference, { abortSignal: silence.signal });
    await followProgress(stream, restart);
  } catch (error) {
    if (silence.signal.aborted) throw new Error(`silent for ${PULL_SILENCE_MS / 1000} s`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes Debian from its packages, on this machine, and gives it to the engine. */
export async function bootstrapRoot(
  docker: Dockerode,
  architecture: string,
  say: (line: string) => void,
  { repo, tag }: { repo: string; tag: string } = BOOTSTRAPPED_ROOT,
): Promise<void> {
  if (findProgram("mmdebstrap") === null) {
    if (!canInstallPackages()) {
      throw new MissingError(
        `No registry gives ${rootReference()}, and mmdebstrap, which makes the same from Debian's packages, is missing. Either of:`,
        ["sudo apt-get install mmdebstrap", "export TURNLAB_BASE_IMAGE=REGISTRY/debian:bookworm-slim"],
      );
    }
    await installPackages(["mmdebstrap", "debian-archive-keyring", "gpg"], say);
  }
  const child = spawn(
    findProgram("mmdebstrap") ?? "mmdebstrap",
    [
      "--variant=minbase",
      `--architectures=${DEBIAN_ARCHITECTURES[architecture] ?? architecture}`,
      ...LEFT_OUT.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
      "--dpkgopt=path-include=/usr/share/doc/*/copyright",
      '--aptopt=Acquire::Retries "3"',
      // No mirror is named: mmdebstrap knows its suites' own, updates and security included.
      "bookworm",
      "-",
    ],
    { stdio: ["ignore", "pipe", "pipe"], timeout: BOOTSTRAP_TIMEOUT_MS, killSignal: "SIGKILL" },
  );
  // TERM, not KILL: mmdebstrap takes its mounts down.
  using _ended = atExit(() => child.kill("SIGTERM"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`mmdebstrap exited ${code}\n${lastLines(stderr, 15)}`)),
    );
  });
  // A cut-off tar is no error to the engine, so the tag is given only to a whole one.
  const half = `${tag}-${process.pid}`;
  const imported = docker
    .importImage(child.stdout, { repo, tag: half, changes: ["LABEL turnlab.image=debian", 'CMD ["bash"]'] })
    .then((stream) => followProgress(stream as unknown as NodeJS.ReadableStream));
  const [made, taken] = await Promise.allSettled([ended, imported]);
  const whole = made.status === "fulfilled" && taken.status === "fulfilled";
  try {
    if (whole) await docker.getImage(`${repo}:${half}`).tag({ repo, tag });
  } finally {
    await docker
      .getImage(`${repo}:${half}`)
      .remove()
      .catch(() => {});
  }
  if (made.status === "rejected") throw made.reason;
  if (taken.status === "rejected") throw taken.reason;
}
