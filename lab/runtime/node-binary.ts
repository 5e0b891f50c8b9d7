import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "./archive.ts";
import { atExit } from "./at-exit.ts";
import { npmCi } from "./npm.ts";

const NPM_ARCHITECTURES: Record<string, string> = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" };

/** What the lab keeps between runs; ignored by git, safe to delete. */
export const STATE_FOLDER = join(PROJECT_ROOT, ".turnlab");

/** The pinned Node (scripts/node) for Linux on the engine's architecture, from the npm registry. Returns its path. */
export async function nodeBinary(engineArchitecture: string, say: (line: string) => void): Promise<string> {
  const cpu = NPM_ARCHITECTURES[engineArchitecture];
  if (cpu === undefined)
    throw new Error(`no Node for the engine's architecture ${engineArchitecture}: expected x86_64 or aarch64`);
  const inside = `node_modules/node-linux-${cpu}/bin/node`;
  const pin = join(PROJECT_ROOT, "scripts/node/package-lock.json");
  const folders = [join(STATE_FOLDER, "node"), join(STATE_FOLDER, `node-linux-${cpu}`)];
  const ready = folders.find(
    (folder) => existsSync(join(folder, inside)) && sameFile(join(folder, "package-lock.json"), pin),
  );
  if (ready) return join(ready, inside);

  const target = join(STATE_FOLDER, `node-linux-${cpu}`);
  const aside = `${target}.${process.pid}`;
  say(`fetching Node for the images from the npm registry (linux, ${cpu})`);
  mkdirSync(aside, { recursive: true });
  const discard = () => rmSync(aside, { recursive: true, force: true, maxRetries: 3 });
  using _left = atExit(discard);
  try {
    await npmCi(join(PROJECT_ROOT, "scripts/node"), aside, ["--os=linux", `--cpu=${cpu}`]);
    rmSync(target, { recursive: true, force: true });
    renameSync(aside, target);
  } finally {
    discard();
  }
  return join(target, inside);
}

function sameFile(a: string, b: string): boolean {
  return existsSync(a) && readFileSync(a).equals(readFileSync(b));
}
