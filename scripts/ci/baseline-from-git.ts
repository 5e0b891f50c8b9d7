import { execFile } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { badInput } from "../invalid-input.ts";
import { unreadableFile } from "../unreadable-file.ts";
import { JOB } from "./inputs.ts";

const TIMEOUT_MS = 120_000;
const MAX_BYTES = 16 * 2 ** 20;

/** `none`: there is nothing to compare with, and why. */
export type Baseline = { file: string; commit: string; path: string } | { none: string };

/**
 * The config as it stood in another commit of its repository, written below `folder`, under the name it had there when it was renamed
 * since. A commit that the clone lacks is fetched: CI services clone one commit only. @throws InvalidInput
 */
export async function baselineFromGit(config: string, ref: string, folder: string): Promise<Baseline> {
  if (ref.startsWith("-"))
    throw badInput({ place: "baseline-ref", expected: "a commit, branch or tag", found: `"${ref}"` }, { heading: JOB });
  const file = realPath(config);
  const git = gitIn(dirname(file));
  const top = await text(git(["rev-parse", "--show-toplevel"])).catch((error: Error) => {
    const fault = {
      place: "baseline-ref",
      expected: `${config} in a git repository`,
      found: `none (${error.message})`,
      hint: "Where git is missing, install it in the job's image; a file as baseline needs none.",
    };
    throw badInput(fault, { heading: JOB, cause: error });
  });
  const commit = await commitOf(ref, git);
  const path = relative(realPath(top), file).replaceAll("\\", "/");
  const there = (await isThere(commit, path, git)) ? path : await formerPath(commit, path, git);
  if (there === null) return { none: `${path} is not in ${commit.slice(0, 12)}` };
  const copy = join(folder, commit.slice(0, 12), there);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, await git(["cat-file", "blob", `${commit}:${there}`]));
  return { file: copy, commit, path: there };
}

type Git = (args: readonly string[]) => Promise<Buffer>;

/** Jobs in containers work in a checkout that belongs to another user, which git refuses unless it is told (safe.directory). */
function gitIn(cwd: string): Git {
  return (args) =>
    new Promise((resolve, reject) => {
      execFile(
        "git",
        ["-c", "safe.directory=*", ...args],
        {
          cwd,
          env: { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
          timeout: TIMEOUT_MS,
          maxBuffer: MAX_BYTES,
          encoding: "buffer",
        },
        (error, stdout, stderr) => {
          if (!error) return resolve(stdout);
          const said = stderr.toString("utf8").trim().split("\n").at(-1) || error.message;
          reject(new Error(said, { cause: error }));
        },
      );
    });
}

const text = async (output: Promise<Buffer>) => (await output).toString("utf8").trim();

/** Here, as the remote's branch, or fetched. */
async function commitOf(ref: string, git: Git): Promise<string> {
  const parse = (name: string) => text(git(["rev-parse", "--verify", "--quiet", `${name}^{commit}`]));
  for (const name of [ref, `origin/${ref}`]) {
    const commit = await parse(name).catch(() => "");
    if (commit !== "") return commit;
  }
  try {
    await git(["fetch", "--quiet", "--no-tags", "--depth=1", "origin", ref]);
    return await parse("FETCH_HEAD");
  } catch (error) {
    const fault = {
      place: "baseline-ref",
      expected: "a commit of this repository",
      found: `${ref}, which is not in this clone and could not be fetched (${(error as Error).message})`,
      hint: "Check out with more history (fetch-depth: 0, GIT_DEPTH: 0), or name a file as baseline.",
    };
    throw badInput(fault, { heading: JOB, cause: error });
  }
}

async function isThere(commit: string, path: string, git: Git): Promise<boolean> {
  return (await text(git(["ls-tree", commit, "--", `:(top,literal)${path}`]))).includes(" blob ");
}

/** The name that it had before it was renamed, as git tells a rename; null where it is new. */
async function formerPath(commit: string, path: string, git: Git): Promise<string | null> {
  const renames = await text(git(["diff", "--name-status", "--find-renames", "--diff-filter=R", "-z", commit, "HEAD"]));
  const words = renames.split("\0");
  for (let index = 0; index + 2 < words.length; index += 3) {
    if (words[index + 2] === path) return words[index + 1] ?? null;
  }
  return null;
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    throw badInput(unreadableFile("config", "a turnserver.conf", file, error), { heading: JOB, cause: error });
  }
}
