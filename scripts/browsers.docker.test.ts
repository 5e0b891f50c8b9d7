import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Summary } from "../lab/model/summary.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { describePeers } from "../reports/render/peer-words.ts";

const CALLS = ["chromium-calls-werift", "chromium-calls-firefox"];
const REFUSALS = ["turns-untrusted-browsers", "turns-expired"];

describeDocker("calls between engines", () => {
  it("connect where they can, carry media, are told by both ends' engines, and never take a bad certificate", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnlab-"));
    const args = ["run", ...CALLS, ...REFUSALS, "--out", join(folder, "run")];
    const child = spawn(join(PROJECT_ROOT, "turnlab"), args, { stdio: ["ignore", "ignore", "inherit"] });
    onTestFinished(() => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    });
    await once(child, "close");
    const { scenarios } = JSON.parse(readFileSync(join(folder, "run", "summary.json"), "utf8")) as Summary;
    const of = (names: readonly string[]) => scenarios.filter(({ name }) => names.includes(name));

    // Not their status: how fast they are is for a machine that does nothing else.
    for (const { name, sessions, violations, failures } of of(CALLS)) {
      const { started } = sessions;
      expect({ name, sessions, violations, failures }).toEqual({
        name,
        sessions: { started, connected: started, failed: 0, dropped: 0 },
        violations: {},
        failures: {},
      });
    }
    expect(of(REFUSALS).map(({ name, status }) => `${name} ${status}`)).toEqual(
      REFUSALS.map((name) => `${name} passed`),
    );

    const [data, media] = of(CALLS);
    expect(data?.peers).toMatchObject({
      offerer: { engine: "chromium", browser: { version: expect.stringMatching(/^Chrom/), mdns: true, starts: 1 } },
      answerer: { engine: "werift", browser: null, hostCandidates: { names: 0 } },
    });
    expect(media?.peers).toMatchObject({
      offerer: { browser: { mdns: false }, hostCandidates: { names: 0 } },
      answerer: { browser: { version: expect.stringMatching(/^Firefox/), mdns: false }, hostCandidates: { names: 0 } },
    });
    for (const { memory } of Object.values(media?.peers ?? {})) expect(memory?.perSessionBytes).toBeGreaterThan(0);
    expect(media?.media.map(({ receiver, kind }) => `${kind} to ${receiver}`)).toEqual([
      "audio to offerer",
      "video to offerer",
      "audio to answerer",
      "video to answerer",
    ]);
    for (const { packetsReceived, kind, framesDecoded } of media?.media ?? []) {
      expect(packetsReceived).toBeGreaterThan(0);
      if (kind === "video") expect(framesDecoded).toBeGreaterThan(0);
    }
    const warnings = scenarios.flatMap(describePeers).filter(({ isWarning }) => isWarning);
    expect(warnings).toEqual([]);
  }, 180_000);
});
