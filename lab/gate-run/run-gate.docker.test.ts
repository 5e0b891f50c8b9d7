import { beforeAll, expect, it } from "vitest";
import { gateFacts } from "../gate/gate-facts.ts";
import { judgeGate } from "../gate/judge-gate.ts";
import { readGate } from "../gate/read-gate.ts";
import { GOOD } from "../gate/test-config.ts";
import type { LabContext } from "../lab-context.ts";
import type { RunEvent } from "../model/events.ts";
import type { GateReport } from "../model/gate.ts";
import { newRunId } from "../run.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { testContext } from "../test-lab.ts";
import { LAB_COTURN_VERSION } from "../turn-config/version.ts";
import { runGate } from "./run-gate.ts";

const good = [...GOOD, "no-tcp-relay", "denied-peer-ip=10.0.0.0-10.255.255.255"].join("\n");
const withOtherSecret = good.replace("north-by-north-west", "south-by-south-east");

type Given = { candidate: string; baseline: string; profile: object; budgetMs?: number };

describeDocker("a gate", () => {
  let context: LabContext;
  beforeAll(async () => {
    context = await testContext();
  });

  async function gate({
    candidate,
    baseline,
    profile,
    budgetMs = 60_000,
  }: Given): Promise<{ report: GateReport; events: RunEvent[] }> {
    const read = readGate({
      candidate: { file: "new.conf", text: candidate },
      baseline: { file: "old.conf", text: baseline },
      // What the baseline leaves open is not what is asked here.
      profile: { file: "profile.json", text: JSON.stringify({ networks: ["home"], ...profile }) },
      iceServers: null,
      files: [],
      values: new Map(),
      versions: { candidate: LAB_COTURN_VERSION, baseline: LAB_COTURN_VERSION },
      machine: { cpus: 2, memoryBytes: 8 * 1024 ** 3 },
      nowMs: Date.now(),
      makeSecret: () => "made-0123456789",
    });
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    const limits = { ...read.plan.profile.limits, budgetMs };
    const events: RunEvent[] = [];
    const { engine, images, hold, serverImages } = context;
    await runGate(newRunId(), {
      candidate: { config: read.candidate },
      baseline: read.baseline ? { config: read.baseline } : null,
      plan: { ...read.plan, profile: { ...read.plan.profile, limits } },
      strict: false,
      leftOut: [],
      version: "0",
      means: async () => ({ engine, images, servers: { hold, serverImages } }),
      signal: new AbortController().signal,
      emit: (event) => void events.push(event),
      log: () => {},
    });
    const facts = gateFacts(events);
    if (!facts) throw new Error("no gate in the log");
    return { report: judgeGate(facts), events };
  }

  // Check and probe would have found it before.
  it("finds by calls that another secret lets nobody in, with its line, and excuses the baseline of nothing", async () => {
    const { report, events } = await gate({
      candidate: withOtherSecret,
      baseline: good,
      profile: { rules: { "secret-changed": "off", reach: "off" }, concurrentCalls: 4 },
    });
    expect(report).toMatchObject({ status: "failed", end: "certain_failure" });
    const failing = report.findings.filter(({ verdict, layer }) => verdict === "fails" && layer === "calls");
    expect(failing).toMatchObject([{ rule: "turn_wrong_secret", place: { file: "new.conf", line: 6 } }]);
    expect(report.cells.map(({ baseline }) => baseline?.calls === baseline?.succeeded)).not.toContain(false);
    expect(JSON.stringify(events)).not.toMatch(/north-by|south-by/);
  }, 60_000);

  it("is undecided, not passed, where time ends before the calls have shown anything", async () => {
    const { report } = await gate({ candidate: `${good}\n`, baseline: good, profile: {}, budgetMs: 1 });
    expect(report).toMatchObject({ status: "undecided", end: "budget" });
  }, 60_000);
});
