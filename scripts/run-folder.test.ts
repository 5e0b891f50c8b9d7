import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidInput } from "./invalid-input.ts";
import { chooseRunFolder, RUNS_FOLDER } from "./run-folder.ts";

vi.mock("node:fs", { spy: true });

let root: string;
let out: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "turnlab-folder-"));
  out = join(root, "out");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function put(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), "former");
  }
}

const refusal = (path = out): string => {
  try {
    chooseRunFolder(path, "id");
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as Error).message;
  }
  throw new Error(`${path} was not refused`);
};

describe("a run's folder", () => {
  it("is made by prepare, and not before", () => {
    const folder = chooseRunFolder(join(out, "deeper"), "id");
    expect(existsSync(out)).toBe(false);
    folder.prepare();
    expect(readdirSync(folder.path)).toEqual(["logs"]);
  });

  it("is a new one without --out", () => {
    expect(chooseRunFolder(undefined, "2026-id").path).toBe(join(RUNS_FOLDER, "2026-id"));
  });

  it("may be empty", () => {
    mkdirSync(out);
    chooseRunFolder(out, "id").prepare();
    expect(readdirSync(out)).toEqual(["logs"]);
  });

  it("replaces a former run, also one that was killed while it wrote", () => {
    put(
      "run.jsonl",
      "summary.json",
      "report.md",
      "report.html",
      "junit.xml",
      "summary.json.4711.tmp",
      "logs/same-lan.offerer.log",
    );
    put("dumps/a.offerer.webrtc-internals.json", "dumps/a.answerer.about-webrtc.html");
    const folder = chooseRunFolder(out, "id");
    expect(readdirSync(out)).toHaveLength(8);
    folder.prepare();
    expect(readdirSync(out, { recursive: true }).sort()).toEqual(["dumps", "logs"]);
  });
});

describe("a folder with anything else", () => {
  it.each([
    ["a file beside a run", ["run.jsonl", "thesis.tex"], "thesis.tex"],
    ["a repository beside a run", ["run.jsonl", "summary.json", ".git/HEAD"], ".git"],
    ["something among a run's logs", ["run.jsonl", "logs/important.txt"], "logs/important.txt"],
    ["something among a run's dumps", ["run.jsonl", "dumps/mine.json"], "dumps/mine.json"],
    ["reports without a run's log", ["summary.json", "report.md"], "report.md, summary.json"],
    ["somebody else's logs", ["logs/web.access.log"], "logs/web.access.log"],
    ["a folder of a run file's name", ["run.jsonl", "report.md/index.html"], "report.md"],
    ["many files", ["a", "b", "c", "d"], "a, b, c, …"],
  ])("is refused and left alone: %s", (_, names, found) => {
    put(...names);
    const message = refusal();
    expect(message).toContain(`  --out ${out}\n    expected  a new or empty folder`);
    expect(message).toContain("hint      Name another folder");
    expect(message).toContain(`(${found})`);
    for (const name of names) expect(readFileSync(join(out, name), "utf8")).toBe("former");
  });

  it("is refused where it is a link that a run does not make", () => {
    put("elsewhere/precious.log");
    symlinkSync(join(out, "elsewhere"), join(root, "logs"));
    mkdirSync(join(root, "linked"));
    writeFileSync(join(root, "linked/run.jsonl"), "");
    symlinkSync(join(out, "elsewhere"), join(root, "linked/logs"));
    expect(refusal(join(root, "linked"))).toContain("(logs)");
  });
});

describe("a folder that could not be written", () => {
  it("is refused where it is a file, or below one", () => {
    writeFileSync(out, "");
    expect(refusal()).toContain(`--out ${out}\n    expected  a folder\n    found     a file\n`);
    expect(refusal(join(out, "below/deep"))).toContain(
      `--out ${join(out, "below/deep")}\n    expected  a folder, or one to make it in\n    found     ${out}, which is no folder`,
    );
  });

  it("is refused where it is a link to nothing", () => {
    symlinkSync(join(root, "nowhere"), out);
    expect(refusal(join(out, "run"))).toContain(`found     ${out}, which is no folder`);
  });

  it("is refused where it, or the one that it would be made in, is not writable", async () => {
    const { accessSync } = await import("node:fs");
    // The tests may run as root, whom permissions do not stop.
    vi.mocked(accessSync).mockImplementation((path) => {
      if (path === root || path === out) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
    });
    expect(refusal(join(out, "run"))).toContain(`found     ${root}, which this user may not write`);
    mkdirSync(join(out, "logs"), { recursive: true });
    expect(refusal()).toContain(`found     ${out}, which this user may not write`);
  });
});
