import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import type { Summary } from "../lab/model/summary.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";

const DOCUMENTS = [
  "scrum-phase2",
  "sensocto-mobile",
  "qring-checklist",
  "tour-guide",
  "genesys-gateway",
  "multi-region",
];

describeDocker("the deployments of the requirements documents", () => {
  it("each come to what their scenarios say, broken ones included", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnlab-"));
    const child = spawn(
      join(PROJECT_ROOT, "turnlab"),
      ["run", "requirements", "--parallel", "2", "--out", join(folder, "run")],
      {
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    onTestFinished(() => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    });
    const [code] = (await once(child, "close")) as [number | null];
    const summary = JSON.parse(readFileSync(join(folder, "run", "summary.json"), "utf8")) as Summary;
    const unmet = summary.scenarios.filter(({ status }) => status !== "passed");
    expect(unmet.map(({ name, status, reason }) => `${name}: ${status}: ${reason}`)).toEqual([]);
    expect(code).toBe(0);
    const names = summary.scenarios.map(({ name }) => name);
    // A list that came late is used, not just taken: both ends are on the server that the guide was given.
    const log = readFileSync(join(folder, "run", "run.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    const late = log.flatMap((line) => {
      const event = JSON.parse(line) as RunEvent;
      return event.type === "session_finished" && event.scenario === "tour-guide-late-list" ? [event.peers] : [];
    });
    expect(late.map(({ answerer }) => answerer.selectedUrl)).toEqual(late.map(({ offerer }) => offerer.selectedUrl));
    expect(late).toHaveLength(3);
    expect(DOCUMENTS.filter((document) => !names.some((name) => name.startsWith(document)))).toEqual([]);
  }, 420_000);
});
