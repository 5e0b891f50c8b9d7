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

  it("fail with their cause and pass with their fix; for another cause, or with nothing mended, they do not pass", {
    timeout: 90_000,
  }, () => {
    const names = ["stun-only-symmetric", "user-quota", "acl-denies-own-address"];
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
    const args = ["run", ...names, file, "--parallel", "2", "--out", join(folder, "run")];
    const { status, stdout, stderr } = spawnSync(join(PROJECT_ROOT, "turnlab"), args, { encoding: "utf8" });
    const summary = JSON.parse(readFileSync(join(folder, "run", "summary.json"), "utf8")) as Summary;
    const statuses = summary.scenarios.map((scenario) => [scenario.name, scenario.status]);
    const expected = names.flatMap((name) => [
      [`${name}-broken`, "passed"],
      [`${name}-repaired`, "passed"],
    ]);
    const mistaken = [
      ["mistaken-broken", "failed"],
      ["mistaken-repaired", "failed"],
    ];
    expect(statuses, stdout + stderr).toEqual([...expected, ...mistaken]);
    expect(stdout).toContain("turn_own_address_denied");
    expect(status).toBe(99);
  });
});
