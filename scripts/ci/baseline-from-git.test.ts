import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidInput } from "../invalid-input.ts";
import { baselineFromGit } from "./baseline-from-git.ts";

// Each test starts git, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

const hasGit = spawnSync("git", ["--version"]).status === 0;

const OLD = "listening-port=3478\n# ä\n";
let folder: string;
let origin: string;
let base: string;

const git = (cwd: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "turnlab git ")));
  origin = join(folder, "origin");
  mkdirSync(join(origin, "turn"), { recursive: true });
  git(origin, "init", "-q", "-b", "main");
  writeFileSync(join(origin, "turn/turnserver.conf"), OLD);
  commit("base");
  base = git(origin, "rev-parse", "HEAD");
  writeFileSync(join(origin, "turn/turnserver.conf"), `${OLD}no-udp\n`);
  commit("change");
});

afterEach(() => rmSync(folder, { recursive: true }));

function commit(subject: string): void {
  git(origin, "add", "-A");
  git(origin, "commit", "-q", "-m", subject);
}

/** As CI services clone: the last commit alone. */
function clone(): string {
  const path = join(folder, "clone");
  git(folder, "clone", "-q", "--depth=1", `file://${origin}`, path);
  return path;
}

describe.skipIf(!hasGit)(`baselineFromGit${hasGit ? "" : " [skipped: no git; sudo apt-get install git]"}`, () => {
  it("fetches the commit that a shallow clone lacks, and gives the file as it was", async () => {
    const found = await baselineFromGit(join(clone(), "turn/turnserver.conf"), base, join(folder, "out"));
    expect(found).toEqual({
      file: join(folder, "out", base.slice(0, 12), "turn/turnserver.conf"),
      commit: base,
      path: "turn/turnserver.conf",
    });
    expect("file" in found && readFileSync(found.file, "utf8")).toBe(OLD);
  });

  it("takes a branch of the remote, and the name that the file had there", async () => {
    git(origin, "checkout", "-q", "-b", "next");
    git(origin, "mv", "turn/turnserver.conf", "turn/coturn.conf");
    commit("rename");
    const path = join(folder, "clone");
    git(folder, "clone", "-q", `file://${origin}`, path);
    const found = await baselineFromGit(join(path, "turn/coturn.conf"), "main", join(folder, "out"));
    expect(found).toMatchObject({ path: "turn/turnserver.conf" });
  });

  it("says where there was none", async () => {
    const path = clone();
    writeFileSync(join(path, "new.conf"), "");
    const found = await baselineFromGit(join(path, "new.conf"), base, join(folder, "out"));
    expect(found).toEqual({ none: `new.conf is not in ${base.slice(0, 12)}` });
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it.each([
    ["f".repeat(40), /not in this clone and could not be fetched .*fetch-depth: 0/s],
    ["--upload-pack=touch x", /expected {2}a commit, branch or tag/],
  ])("refuses %s", async (ref, message) => {
    const config = join(clone(), "turn/turnserver.conf");
    const asked = baselineFromGit(config, ref, join(folder, "out"));
    await expect(asked).rejects.toThrow(InvalidInput);
    await expect(asked).rejects.toThrow(message);
  });

  it("refuses what is in no repository, and what is not there", async () => {
    writeFileSync(join(folder, "a.conf"), "");
    await expect(baselineFromGit(join(folder, "a.conf"), base, folder)).rejects.toThrow(
      /in a git repository\n *found +none/,
    );
    await expect(baselineFromGit(join(folder, "b.conf"), base, folder)).rejects.toThrow(
      /a turnserver\.conf that can be read\n *found .*no such file/,
    );
  });
});
