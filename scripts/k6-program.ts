import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { EXIT } from "../lab/model/summary.ts";
import { tarOf } from "../lab/runtime/archive.ts";
import { atExit } from "../lab/runtime/at-exit.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { findProgram } from "../lab/runtime/find-program.ts";
import { ensureImage, NoSuchImageError } from "../lab/runtime/image-facts.ts";
import { MissingError } from "../lab/runtime/missing.ts";
import { runInImage } from "../lab/runtime/run-in-image.ts";
import { runProgram } from "../lab/runtime/run-program.ts";
import { InvalidInput } from "./invalid-input.ts";

export type K6Version = readonly [major: number, minor: number];

/** A k6 that can be run. `name`: what to call it before people. */
export type K6 = {
  name: string;
  /** As it says itself; null where that has no version in it, as of one that somebody built. */
  version: K6Version | null;
  /** `k6 run ARGS… SCRIPT`; its output is the user's, and its exit code. */
  run(
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<number>;
};

const VERSION_TIMEOUT_MS = 20_000;

/** k6 on the PATH. @throws MissingError where there is none */
export async function k6OnPath(path = process.env.PATH): Promise<K6> {
  const file = findProgram("k6", path);
  if (file === null) {
    throw new MissingError("k6 is missing: it is what runs a k6 script. Install it, or name an image of it:", [
      "see https://grafana.com/docs/k6/latest/set-up/install-k6/",
      "./turnlab k6 --image grafana/k6:2.2.0",
    ]);
  }
  const said = await runProgram(file, ["version"], { timeoutMs: VERSION_TIMEOUT_MS });
  return {
    name: file,
    version: versionIn(said),
    run: (script, args, env, signal) => runHere(file, ["run", ...args, script], env, signal),
  };
}

/** k6 out of an image that the user named, pulled where the engine has none. @throws InvalidInput, MissingError */
export async function k6InImage(reference: string, say: (line: string) => void): Promise<K6> {
  const engine = await ensureEngine(say);
  if (!engine.socket.startsWith("unix:"))
    throw new InvalidInput(`--image: expected an engine on this machine, found ${engine.socket}`);
  const { id } = await ensureImage(engine.docker, reference, say).catch((error: unknown) => {
    if (error instanceof NoSuchImageError)
      throw new InvalidInput(`--image: expected an image that there is, found "${reference}": ${error.message}`);
    throw error;
  });
  const asked = new PassThrough();
  const command = { image: id, env: {}, out: asked, err: asked };
  await runInImage(engine.docker, { ...command, command: ["k6", "version"] }).finally(() => asked.end());
  return {
    name: `k6 in ${reference}, in this machine's network`,
    version: versionIn(await text(asked)),
    run: async (script, args, env, signal) =>
      runInImage(engine.docker, {
        ...{ image: id, env, signal, out: process.stdout, err: process.stderr },
        command: ["k6", "run", ...args, `/turnlab-k6/${basename(script)}`],
        archives: [await besides(script)],
      }),
  };
}

/** `k6 v1.6.1 (commit/…, go1.25.1, linux/amd64)`. */
export function versionIn(said: string): K6Version | null {
  const match = /\bv?(\d+)\.(\d+)\.\d+/.exec(said);
  return match ? [Number(match[1]), Number(match[2])] : null;
}

export function isOlder([major, minor]: K6Version, [leastMajor, leastMinor]: K6Version): boolean {
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/** The script and what stands in its folder, which it may import. */
async function besides(script: string): Promise<Buffer> {
  const folder = dirname(script);
  const names = readdirSync(folder).filter(
    (name) => /\.(?:ts|js|json|csv|pem)$/.test(name) && !name.includes(".test."),
  );
  return tarOf(names.map((name) => ({ path: `/turnlab-k6/${name}`, content: readFileSync(join(folder, name)) })));
}

/** In a process group of its own: a terminal's Ctrl-C reaches it once, through us, and a second one is not taken for haste. */
async function runHere(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const child = spawn(file, args, { env, stdio: "inherit", detached: true });
  const interrupt = () => void child.kill("SIGINT");
  signal.addEventListener("abort", interrupt, { once: true });
  using _ended = atExit(() => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", interrupt);
      resolve(code ?? (signal.aborted ? EXIT.interrupted : EXIT.labBroke));
    });
  });
}
