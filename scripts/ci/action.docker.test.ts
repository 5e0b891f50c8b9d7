import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { PROJECT_ROOT } from "../../lab/runtime/archive.ts";
import { describeDocker } from "../../lab/runtime/docker-test.ts";
import { ensureEngine } from "../../lab/runtime/engine.ts";
import { ensureImages } from "../../lab/runtime/images.ts";
import { gateSchema } from "../../reports/gate/gate-schema.ts";
import { runnerImage, startJob } from "./test-job-container.ts";
import { JOB_FOLDERS, runAction } from "./test-runner.ts";

const { workspace, temp, home, workflow } = JOB_FOLDERS;
const CONFIG = join(PROJECT_ROOT, "scenarios/configs/gate-good.turnserver.conf");
const ROTATED = "4be1c07a9d3f5826e1a7b0c94d2f6853";
const say = (line: string) => void process.stderr.write(`${line}\n`);

describeDocker("the action in a container job", () => {
  it("gates a change against the pull request's base, and says on its line what breaks", async () => {
    const good = readFileSync(CONFIG, "utf8");
    const engine = await ensureEngine(say);
    const { node } = await ensureImages(engine, ["node"], say);
    const job = await startJob(engine, await runnerImage(engine, node), `action-${process.pid}`);
    onTestFinished(async () => await job[Symbol.asyncDispose]());
    const shell = async (script: string) => {
      const { exitCode, log } = await job.exec(["bash", "-e", "-c", script], { HOME: home });
      expect(exitCode, log).toBe(0);
      return log.trim();
    };
    // A checkout of the pull request's merge, by another user than the job's, and one commit deep.
    const git = "git -c user.name=t -c user.email=t@example.org";
    await job.write("/tmp/origin/turn/turnserver.conf", good);
    const base = await shell(`
      mkdir -p ${home} ${workflow} ${temp}/_runner_file_commands
      cd /tmp/origin && ${git} init -q -b main && ${git} add -A && ${git} commit -q -m base && ${git} rev-parse HEAD`);
    await job.write(
      "/tmp/origin/turn/turnserver.conf",
      good.replace(/^static-auth-secret=.*$/m, `static-auth-secret=${ROTATED}`),
    );
    await shell(`
      cd /tmp/origin && ${git} commit -q -a -m "rotate the secret"
      git clone -q --depth=1 file:///tmp/origin ${workspace} && chown -R 1001:121 ${workspace}`);
    await job.write(`${workflow}/event.json`, JSON.stringify({ pull_request: { number: 7, base: { sha: base } } }));

    const { ran, outputs, hasFailed } = await runAction({
      actionYaml: readFileSync(join(PROJECT_ROOT, "action.yml"), "utf8"),
      container: job,
      inputs: { config: "turn/turnserver.conf", budget: "30", token: "" },
      env: {
        CI: "true",
        HOME: home,
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: workspace,
        GITHUB_REPOSITORY: "acme/turn",
        GITHUB_EVENT_PATH: `${workflow}/event.json`,
        GITHUB_STEP_SUMMARY: `${temp}/_runner_file_commands/step_summary`,
      },
      github: { token: "", job: "gate" },
      // Caches that have everything: a warm start.
      usesOutputs: { "actions/cache/restore": { "cache-hit": "true" } },
    });

    const log = ran.map((step) => `# ${step.name}: ${step.outcome}\n${step.log}`).join("\n");
    // Not run here, because they are GitHub's own services: caches and artifacts.
    expect(
      ran.filter(({ uses }) => uses).map(({ name, uses, outcome }) => `${name}: ${uses?.split("@")[0]} ${outcome}`),
    ).toEqual([
      "Restore packages: actions/cache/restore success",
      "Keep packages: actions/cache/save skipped",
      "Restore images: actions/cache/restore success",
      "Keep images: actions/cache/save skipped",
      "Keep the run: actions/upload-artifact success",
    ]);
    expect(
      ran.filter(({ outcome }) => outcome === "failure").map(({ name }) => name),
      log,
    ).toEqual(["Verdict"]);
    expect(hasFailed).toBe(true);
    expect(outputs).toMatchObject({ status: "failed", "exit-code": "99" });
    expect(log).toMatch(/^::error file=turn\/turnserver\.conf,line=\d+,title=.*::/m);
    expect(log).toContain(`baseline: turn/turnserver.conf at ${base.slice(0, 12)}, the pull request's base`);
    const summary = await job.read(`${temp}/_runner_file_commands/step_summary`);
    expect(summary).toMatch(/^<!-- turnlab gate: turn\/turnserver\.conf -->\n\n## ❌ turnlab gate: failed\n/);
    expect(summary).toContain(`--baseline ${base.slice(0, 12)}:turn/turnserver.conf`);
    expect(summary).toContain("not commented: no token");
    expect(`${log}${summary}`).not.toContain(ROTATED);
    // What the artifact would hold, and what a cache is asked for: paths of the container, not of its host.
    const given = (name: string) => ran.find((step) => step.name === name)?.with ?? {};
    expect(await shell(`ls ${given("Keep the run").path}`)).toMatch(
      /gate\.html\s+gate\.json\s+gate\.junit\.xml\s+gate\.md/,
    );
    expect(given("Keep the run").name).toBe("turnlab-gate-gate-0");
    expect(given("Restore packages").path?.split("\n")).toContain(`${JOB_FOLDERS.action}/node_modules`);
    expect(given("Restore images")).toEqual({
      path: expect.stringMatching(/^\/__w\/_temp\/turnlab-gate-\w+\/images\.tar$/),
      key: expect.stringMatching(/^turnlab-images-\w+-[0-9a-f]{16}$/),
    });

    // A fault that only the running server shows: labs come up from inside of the job.
    await job.write(`${workspace}/turn/turnserver.conf`, `${good}alternate-server=34.90.99.99:3478\n`);
    await job.write(`${temp}/old.conf`, good);
    const { exitCode, log: said } = await job.exec(
      [
        `${JOB_FOLDERS.action}/turnlab`,
        "gate",
        "--config=turn/turnserver.conf",
        `--baseline=${temp}/old.conf`,
        `--out=${temp}/run`,
      ],
      { HOME: home },
    );
    expect(exitCode, said).toBe(99);
    const report = gateSchema.parse(JSON.parse(await job.read(`${temp}/run/gate.json`)));
    expect(report).toMatchObject({ status: "failed", end: "certain_failure", layers: { calls: null } });
    expect(report.layers.probe).not.toBeNull();
    expect(report.findings.map(({ rule }) => rule)).toContain("reach");
  }, 120_000);
});
