import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Evidence } from "../model/evidence.ts";
import { FAILURES, type FailureCode } from "../model/failure.ts";
import { checkScenario } from "../scenario/check-scenario.ts";
import { loadScenario } from "../scenario/load-scenario.ts";
import { CAUSES } from "./causes.ts";
import { infer } from "./infer-network.ts";
import { renderScenario } from "./render-scenario.ts";
import { anEnd, candidate, given, someEvidence, urlError } from "./test-field.ts";
import { type WrittenScenario, writeScenario } from "./write-scenario.ts";

const stun = ["stun:stun1.example.org:3478", "stun:stun2.example.org:19302"] as const;
const turn = "turn:turn.example.org:3478?transport=udp";

/** Calls of the field that say little, much, and what does not go together. */
const FIELDS: Record<string, Evidence> = {
  "a list of candidates": someEvidence(anEnd({ candidates: [candidate("srflx 85.1.1.1:6000 192.168.1.5:5000")] })),
  "a symmetric NAT and STUN": someEvidence(
    anEnd({
      iceServers: given(...stun),
      candidates: [
        candidate("host 192.168.1.5:5000"),
        candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", { url: stun[0] }),
        candidate("srflx 85.1.1.1:6001 192.168.1.5:5000", { url: stun[1] }),
      ],
      farCandidates: [candidate("srflx 86.1.1.1:7000 192.168.2.5:5000")],
    }),
  ),
  "public peers with TURN": someEvidence(
    anEnd({
      role: "answerer",
      iceServers: given(turn, "turns:turn.example.org:443?transport=tcp"),
      candidates: [candidate("host 85.1.1.1:5000"), candidate("relay 34.1.1.1:50000", { url: turn })],
      farCandidates: [candidate("host 86.1.1.1:5000")],
    }),
  ),
  "an office behind a carrier": someEvidence(
    anEnd({
      transportPolicy: "relay",
      iceServers: given(turn, "turn:turn.example.org:3478?transport=tcp"),
      candidates: [
        candidate("srflx 100.64.3.4:6000 192.168.1.5:5000"),
        candidate("relay 34.1.1.1:50000", { url: "turn:turn.example.org:3478?transport=tcp" }),
      ],
      urlErrors: [urlError(turn)],
    }),
  ),
};

const CODES = Object.keys(CAUSES) as FailureCode[];

function written(field: Evidence, code: FailureCode): WrittenScenario {
  const scenario = writeScenario(field, infer(field).conclusions, { code, summary: FAILURES[code].means });
  if (!scenario) throw new Error(`${code} was not written`);
  return scenario;
}

const faultsOf = (value: unknown) => {
  const checked = checkScenario(value, "reproduced");
  return "faults" in checked ? checked.faults : [];
};

describe.each(Object.entries(FIELDS))("from %s", (_, field) => {
  it.each(CODES)("a scenario for %s can be run, and so can each of its repairs", (code) => {
    const { scenario, repairs } = written(field, code);
    expect(faultsOf(scenario)).toEqual([]);
    expect(repairs.length).toBeGreaterThan(0);
    for (const repair of repairs) {
      expect(faultsOf(repair.scenario), repair.name).toEqual([]);
      const { description: _is, thresholds: _met, ...mended } = repair.scenario;
      const {
        description: _was,
        thresholds: _unmet,
        expectedPath: _path,
        expectedFailure: _failure,
        ...broken
      } = scenario;
      expect(mended, repair.name).not.toEqual(broken);
    }
  });
});

it("says of each part what of the evidence it is from, and what is assumed", () => {
  const { scenario, notes } = written(FIELDS["a symmetric NAT and STUN"] as Evidence, "no_turn_server");
  expect(scenario).toMatchObject({
    topology: { routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } } },
    peers: { offerer: { behind: "near", iceServers: [{ server: "turn", urls: ["stun"] }] } },
    expectedPath: "none",
    expectedFailure: "no_turn_server",
  });
  const at = (place: string) =>
    notes.filter((note) => note.at === place).map(({ isAssumed, text }) => [isAssumed, text]);
  expect(at("topology.routers.near.nat")).toEqual([
    [
      false,
      'the NAT of offerer has another outside port for each destination ("symmetric"): 192.168.1.5:5000 is 85.1.1.1:6000 to one server and 85.1.1.1:6001 to another (test.json: line 7)',
    ],
  ]);
  expect(at("topology.routers.far.nat")).toEqual([
    [true, "the evidence does not tell the NAT of the far end of offerer: one that needs a relay"],
  ]);
});

it("is not written for what no lab can build", () => {
  const field = FIELDS["a list of candidates"] as Evidence;
  expect(writeScenario(field, [], { code: "turn_server_not_started", summary: "" })).toBeNull();
});

it("is written as a file that is that scenario, whatever its reasons say", async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "turnlab-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lab = relative(folder, resolve(import.meta.dirname, "../index.ts"));
  for (const [index, code] of CODES.entries()) {
    const { scenario, notes } = written(FIELDS["an office behind a carrier"] as Evidence, code);
    const hostile = notes.map((note) => ({
      ...note,
      text: `${note.text}\n*/ process.exit(1); // \u2028 ${"word ".repeat(60)}`,
    }));
    const text = renderScenario(scenario, hostile, { lab, head: ["From a\u0000 log.\nprocess.exit(2)"] });
    const file = join(folder, `one-${index}.ts`);
    writeFileSync(file, text);
    expect(await loadScenario(file), text).toEqual({ value: scenario });
    const long = text.split("\n").filter((line) => line.length > 120);
    // A sentence stays in one piece.
    expect(long.filter((line) => !/^\s*".*",$/.test(line))).toEqual([]);
  }
});
