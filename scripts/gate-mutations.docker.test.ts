import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imagesFor } from "../lab/lab-containers.ts";
import type { MutationResult } from "../lab/model/gate-mutation.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

describeDocker("a gate's mutations", () => {
  let folder: string;
  beforeAll(async () => {
    await ensureImages(await ensureEngine(say), imagesFor([{ peers: { any: {} } }]), say);
    folder = mkdtempSync(join(tmpdir(), "turnlab-mutations-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // What every other fault is caught by, gate-mutations.test.ts holds the whole set against: no call is made there.
  it("are caught by the file, or by calls where no file tells, and their gates are kept", { timeout: 120_000 }, () => {
    const out = join(folder, "run");
    const names = ["acl-10-removed", "certificate-without-its-chain"];
    const args = ["run", ...names.map((name) => `gate-mutations/${name}`), "--out", out];
    const { status, stdout, stderr } = spawnSync(join(PROJECT_ROOT, "turnlab"), args, { encoding: "utf8" });
    expect(stdout, stderr).toContain("caught 2 of 2 faults (1 by check, 1 by ");
    expect(status).toBe(0);
    const lines = readFileSync(join(out, "mutations.jsonl"), "utf8").trim().split("\n");
    const results = lines.map((line) => JSON.parse(line) as MutationResult);
    expect(results).toMatchObject([
      {
        name: "certificate-without-its-chain",
        outcome: "caught",
        finding: { layer: expect.stringMatching(/probe|calls/) },
      },
      { name: "acl-10-removed", outcome: "caught", finding: { layer: "check", rule: "denied-peer-missing" } },
    ]);
    for (const name of names) expect(existsSync(join(out, name, "gate.json"))).toBe(true);
  });
});
