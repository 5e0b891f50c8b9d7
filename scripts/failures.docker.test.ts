import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imagesFor } from "../lab/lab-containers.ts";
import type { Summary } from "../lab/model/summary.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

describeDocker("failures of the field", () => {
  let folder: string;
  beforeAll(async () => {
    await ensureImages(await ensureEngine(say), imagesFor([{ peers: { any: {} } }]), say);
    folder = mkdtempSync(join(tmpdir(), "turnlab-failures-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(out: string, ...words: string[]) {
    const args = ["run", ...words, "--parallel", "2", "--out", join(folder, out)];
    const { status, stdout, stderr } = spawnSync(join(PROJECT_ROOT, "turnlab"), args, { encoding: "utf8" });
    const summary = JSON.parse(readFileSync(join(folder, out, "summary.json"), "utf8")) as Summary;
    const statuses = Object.fromEntries(summary.scenarios.map((scenario) => [scenario.name, scenario.status]));
    return { status, stdout, stderr, statuses };
  }

  it("fail with their cause, and pass with their fix", { timeout: 90_000 }, () => {
    const names = ["stun-only-symmetric", "wrong-secret", "acl-denies-own-address"];
    const { status, stdout, stderr, statuses } = run("three", ...names);
    const expected = names.flatMap((name) => [
      [`${name}-broken`, "passed"],
      [`${name}-repaired`, "passed"],
    ]);
    expect(statuses, stdout + stderr).toEqual(Object.fromEntries(expected));
    expect(status).toBe(0);
  });

  it("do not pass for another cause, nor where nothing was mended", { timeout: 90_000 }, () => {
    const file = join(folder, "mistaken.ts");
    const own = join(PROJECT_ROOT, "scenarios/failures/acl-denies-own-address.ts");
    writeFileSync(
      file,
      `import failure from ${JSON.stringify(own)};
       const { broken } = failure;
       export default {
         broken: { ...broken, expectedFailure: "turn_wrong_secret" },
         repaired: { ...broken, expectedPath: "relayed", expectedFailure: undefined },
       };`,
    );
    const { status, stdout, stderr, statuses } = run("mistaken", file);
    expect(statuses, stderr).toEqual({ "mistaken-broken": "failed", "mistaken-repaired": "failed" });
    expect(stdout).toContain("turn_own_address_denied");
    expect(status).toBe(99);
  });
});
