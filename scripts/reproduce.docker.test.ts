import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import type { Reproduction } from "./reproduction.ts";

/**
 * Chromium's own dump of a call between two symmetric NATs with STUN alone, kept by `run --capture`; of its statistics those of
 * candidates and pairs are left.
 */
const DUMP = join(import.meta.dirname, "fixtures", "stun-only-symmetric.webrtc-internals.json");

describeDocker("turnlab reproduce", () => {
  it("names why a call of the field failed, fails in the same way here, and passes with TURN", {
    timeout: 120_000,
  }, async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), "turnlab-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "field.ts");
    const args = ["reproduce", DUMP, "--fix", "--json", "--out", file, "--run-folder", join(folder, "run")];
    const child = spawn(join(PROJECT_ROOT, "turnlab"), args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill());
    let stdout = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    const [code] = await once(child, "close");

    const { diagnoses, scenario, run, repairs } = JSON.parse(stdout) as Reproduction;
    expect(diagnoses[0]).toMatchObject({ code: "no_turn_server", confidence: "certain" });
    expect(scenario?.definition.topology.routers).toEqual({ near: { nat: "symmetric" }, far: { nat: "symmetric" } });
    expect(readFileSync(file, "utf8")).toContain("Assumed: ");
    expect(run?.comparison).toMatchObject({ isSame: true });
    expect(run?.comparison?.agrees).toContain("cause: no_turn_server; here: no_turn_server");
    expect(repairs?.map(({ name, passes }) => [name, passes])).toEqual([
      ["add-turn", true],
      ["add-turn-tls-443", true],
    ]);
    expect(code).toBe(0);
    expect(readdirSync(join(folder, "run"))).toContain("run.jsonl");
  });
});
