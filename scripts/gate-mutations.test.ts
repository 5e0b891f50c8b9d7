import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readGivenFiles, withFiles } from "../lab/gate/given-files.ts";
import { faultLines } from "../lab/gate/judge-mutation.ts";
import { planGate } from "../lab/gate/plan-gate.ts";
import { readProfile } from "../lab/gate/read-profile.ts";
import { readSide } from "../lab/gate/read-side.ts";
import type { CheckFinding, CheckNeeds } from "../lab/model/check.ts";
import type { GateSide } from "../lab/model/gate.ts";
import { GATE_LAYERS } from "../lab/model/gate.ts";
import { checkConfig } from "../lab/turn-config/check-config.ts";
import { compareConfigs } from "../lab/turn-config/compare-configs.ts";
import { LAB_COTURN_VERSION } from "../lab/turn-config/version.ts";
import { gateDeployments } from "../scenarios/_gate-deployments.ts";
import { gateMutationsCommand } from "./gate-mutations.ts";
import { mutationFiles } from "./mutation-files.ts";
import { SCENARIO_FOLDER } from "./select.ts";
import { type ReadyMutation, selectMutations } from "./select-mutations.ts";

type Values = Readonly<Record<string, string>>;
type Side = { file: string; text: string; values?: Values; files?: readonly string[] };

const MACHINE = { cpus: 2, memoryBytes: 8 * 1024 ** 3 };

/** Errors of the check layer: of the candidate alone, and beside a baseline those that it has not. */
function errorsOf(profile: string, candidate: Side, baseline: Side | null): CheckFinding[] {
  const read = readProfile({ text: profile });
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  const sideOf = (side: GateSide, { file, text, values = {}, files = [] }: Side) => {
    const makeSecret = () => "made-0123456789";
    const input = { file, text, values: new Map(Object.entries(values)), version: LAB_COTURN_VERSION, makeSecret };
    const parsed = readSide(side, input);
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    const given = readGivenFiles(files, (path) => readFileSync(path));
    return { config: withFiles(parsed.config, given.files), findings: parsed.findings };
  };
  const sides = { candidate: sideOf("candidate", candidate), baseline: baseline && sideOf("baseline", baseline) };
  const plan = planGate({
    given: read.given,
    candidate: sides.candidate.config,
    baseline: sides.baseline?.config ?? null,
    machine: MACHINE,
    nowMs: Date.now(),
  });
  if ("faults" in plan) throw new Error(JSON.stringify(plan.faults));
  const needs: CheckNeeds = {
    ...plan.profile,
    urls: plan.profile.iceServers.flatMap(({ urls }) => urls),
    publicAddress: plan.place.publicAddress,
  };
  const input = ({ file, text, values = {} }: Side) => ({
    file,
    text,
    values: new Map(Object.entries(values)),
    version: LAB_COTURN_VERSION,
    needs,
  });
  const known = new Set(
    baseline === null ? [] : [...checkConfig(input(baseline)), ...plan.findings.baseline].map(keyOf),
  );
  return [
    ...checkConfig(input(candidate)),
    ...(baseline === null ? [] : compareConfigs(input(baseline), input(candidate))),
    ...sides.candidate.findings,
    ...plan.findings.candidate,
  ].filter((finding) => finding.severity === "error" && !known.has(keyOf(finding)));
}

const keyOf = ({ rule, option, found }: CheckFinding) => `${rule} ${option} ${found.replaceAll(/\bline \d+/g, "line")}`;

const selected = await selectMutations(["gate-mutations"]);
const all = selected?.all ?? [];
const faults = all.filter((one) => one.kind === "fault");

async function freshErrors(one: ReadyMutation): Promise<CheckFinding[]> {
  const { base, text } = one;
  const { files } = await mutationFiles(one, await mkdtemp(join(tmpdir(), "turnlab-mutation-")));
  const file = base.config.path;
  return errorsOf(base.profile.text, { file, text, files }, { file, text: base.config.text });
}

/** Those that a file does not tell: of whom clients trust, of the kind of a key, of what another machine does. */
const OF_THE_RUNNING_SERVER = [
  "alternate-server-to-nowhere",
  "certificate-of-an-unknown-authority",
  "certificate-without-its-chain",
  "cipher-list-for-another-key",
];

describe("the gate's mutations", () => {
  it("are as many as were asked for, of both kinds", () => {
    expect(faults.length).toBeGreaterThanOrEqual(40);
    expect(all.length - faults.length).toBeGreaterThanOrEqual(15);
  });

  it("say of every fault where it must be caught, and under which name", () => {
    for (const { mutation } of faults) {
      const layers = GATE_LAYERS.filter((layer) => mutation.caught[layer]?.length);
      expect(layers.length, mutation.name).toBeGreaterThan(0);
    }
    const others = faults.filter(({ mutation }) => mutation.caught.check === undefined);
    expect(others.map(({ mutation }) => mutation.name).toSorted()).toEqual(OF_THE_RUNNING_SERVER);
  });

  it.each(["gate-good", "gate-users"])("begin with a good %s", (name) => {
    const one = all.find(({ base }) => base.config.path.includes(name));
    const errors = one && errorsOf(one.base.profile.text, { file: name, text: one.base.config.text }, null);
    expect(errors).toEqual([]);
  });

  it.each(all.filter(({ kind }) => kind === "harmless"))("$mutation.name raises no alarm", async (one) => {
    expect(await freshErrors(one)).toEqual([]);
  });

  it.each(faults.filter(({ mutation }) => mutation.caught.check))("$mutation.name is told by the file", async (one) => {
    const lines = faultLines(one.mutation, one.text);
    const errors = await freshErrors(one);
    const named = errors.filter(({ rule }) => one.mutation.caught.check?.includes(rule));
    expect(named, JSON.stringify(errors)).not.toEqual([]);
    if (lines !== null)
      expect(lines).toEqual(expect.arrayContaining([expect.toBeOneOf(named.map(({ line }) => line))]));
  });
});

describe("run gate-mutations", () => {
  it("takes nothing that only scenarios have", async () => {
    if (!selected) throw new Error("no set");
    const interrupt = { signal: new AbortController().signal, begin: () => {} };
    const run = gateMutationsCommand(selected, { peers: "chromium", turnUrl: ["turn:a.example"] }, interrupt);
    await expect(run).rejects.toThrow("found --peers, --turn-url");
  });

  it("leaves out layers that there are, and never the calls", async () => {
    if (!selected) throw new Error("no set");
    const interrupt = { signal: new AbortController().signal, begin: () => {} };
    for (const without of ["calls", "check,probes", ""])
      await expect(gateMutationsCommand(selected, { without }, interrupt)).rejects.toThrow(
        `expected  layers by comma: check, probe\n    found     "${without}"`,
      );
  });

  it("writes into no folder that has something in it", async () => {
    if (!selected) throw new Error("no set");
    const interrupt = { signal: new AbortController().signal, begin: () => {} };
    await expect(gateMutationsCommand(selected, { out: SCENARIO_FOLDER }, interrupt)).rejects.toThrow(
      "new or empty folder",
    );
  });
});

describe.each(gateDeployments)("$name as its document has it", (deployment) => {
  const read = (path: string) => readFileSync(join(SCENARIO_FOLDER, path), "utf8");
  const sideOf = ({ config, values }: { config: string; values: Values }) => ({
    file: config,
    text: read(config),
    values,
  });
  const { fails, notes, repaired } = deployment;

  it("fails for what a careful reader finds, and for nothing else", () => {
    const rules = errorsOf(read(deployment.profile), sideOf(deployment), null).map(({ rule }) => rule);
    for (const { names } of fails) expect(rules).toEqual(expect.arrayContaining([expect.toBeOneOf([...names])]));
    const named = fails.flatMap(({ names }) => names);
    expect(rules.filter((rule) => !named.includes(rule))).toEqual([]);
  });

  it("is told of the rest, of which the repaired form has nothing left", () => {
    const { iceServers } = JSON.parse(read(deployment.profile)) as { iceServers: { urls: string[] }[] };
    const urls = iceServers.flatMap((entry) => entry.urls);
    const toldOf = ({ config, values }: { config: string; values: Values }, given: readonly string[]) =>
      checkConfig({
        file: config,
        text: read(config),
        values: new Map(Object.entries(values)),
        version: LAB_COTURN_VERSION,
        needs: {
          urls: given,
          publicAddress: null,
          concurrentCalls: 10,
          bitsPerSecond: 500_000,
          callSeconds: 3_600,
          credentialLifetimeS: null,
          peerAddresses: [],
        },
      }).map(({ rule }) => rule);
    const told = toldOf(deployment, urls);
    for (const { names } of notes) expect(told).toEqual(expect.arrayContaining([expect.toBeOneOf([...names])]));
    const gone = notes.filter(({ isLeft }) => !isLeft).flatMap(({ names }) => names);
    expect(toldOf(repaired, []).filter((rule) => gone.includes(rule))).toEqual([]);
  });

  it("passes the check when repaired", () => {
    expect(errorsOf(read(repaired.profile), sideOf(repaired), null)).toEqual([]);
  });
});
