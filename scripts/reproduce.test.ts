import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
import { loadEvidenceFiles } from "./evidence-files.ts";
import { InvalidInput } from "./invalid-input.ts";
import { describeFindings, describeRun, describeScenario } from "./reproduce-words.ts";
import type { Reproduction } from "./reproduction.ts";
import { checkScenarioFile, chooseScenarioFile, importOfLab, writeNewFile } from "./scenario-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("evidence files", () => {
  it("are named without their folders, and apart where two have one name", () => {
    const paths = ["a", "b"].map((name) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "dump.json"), name);
      return join(folder, name, "dump.json");
    });
    const files = loadEvidenceFiles(paths);
    expect(files.map(({ name }) => name)).toEqual(["dump.json", "dump.json (2)"]);
    expect(files.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["a", "b"]);
  });

  it("that cannot be read are all told in one message", () => {
    const load = () => loadEvidenceFiles([join(folder, "none.json"), folder]);
    expect(load).toThrow(InvalidInput);
    expect(load).toThrow(/none\.json: expected a file that can be read, found none\n.*found a folder/);
  });
});

describe("the scenario's file", () => {
  it("is a new one, named for the cause, and imports the lab from where it is", async () => {
    const file = join(folder, "mine.ts");
    const text = `import { defineScenario } from ${JSON.stringify(importOfLab(file))};\nexport default defineScenario({} as never);\n`;
    writeNewFile(file, text);
    expect(await loadScenario(file)).toEqual({ value: {} });
    expect(() => writeNewFile(file, "")).toThrow(/EEXIST/);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(chooseScenarioFile(undefined, "no_turn_server")).toMatch(/\/reproduced-no-turn-server\.ts$/);
    expect(existsSync("reproduced-no-turn-server.ts")).toBe(false);
  });

  it.each([
    ["mine.ts", /expected a new file/],
    ["Mine_1.ts", /expected a name of a-z, 0-9 and -/],
    ["mine.json", /that ends in \.ts/],
    ["nowhere/mine.ts", /expected a folder that can be written/],
  ])("is not %s", (name, message) => {
    writeFileSync(join(folder, "mine.ts"), "");
    expect(() => checkScenarioFile(join(folder, name))).toThrow(message);
  });

  it("may be any other", () => expect(() => checkScenarioFile(join(folder, "other-1.ts"))).not.toThrow());
});

const reproduction: Reproduction = {
  schemaVersion: 1,
  files: [
    {
      name: "dump.json",
      kind: "webrtc-internals dump",
      understood: "webrtc-internals dump, 1 peer connection",
      notUnderstood: ["line 9: cut off"],
    },
    { name: "turn.log", kind: "coturn log", understood: "coturn log, 3 sessions", notUnderstood: [] },
  ],
  otherCalls: 2,
  conclusions: [
    {
      fact: "ice_servers",
      of: "PC 1",
      value: "stun-only",
      confidence: "certain",
      text: "PC 1 was given STUN servers alone, and no TURN server",
      because: [{ text: "iceServers: stun:a.example", at: { file: "dump.json", path: "PeerConnections.1" } }],
    },
  ],
  diagnoses: [
    {
      code: "no_turn_server",
      leg: "checks",
      confidence: "likely",
      summary: "No TURN.",
      because: [],
      unknown: ["the NATs"],
      means: "M.",
      change: "C.",
    },
    {
      code: "ice_failed",
      leg: "checks",
      confidence: "possible",
      summary: "No answer.",
      because: [],
      unknown: [],
      means: "",
      change: "",
    },
  ],
  unknown: ["the NATs"],
  scenario: null,
  run: null,
  repairs: null,
};

describe("what is printed", () => {
  it("says what was understood, concluded and diagnosed, and what cannot be known", () => {
    expect(describeFindings(reproduction, 100)).toBe(`Evidence
  dump.json: webrtc-internals dump, 1 peer connection
    ! line 9: cut off
  turn.log: coturn log, 3 sessions
  Of 3 calls in it, the one that failed first.

What it says of the networks
  PC 1 was given STUN servers alone, and no TURN server [certain]
    · iceServers: stun:a.example (dump.json: PeerConnections.1)

Why the call failed
  no_turn_server [likely]: No TURN.
    Leg: peer to peer, connectivity checks.
    Means: M.
    Change: C.
  else ice_failed [possible]: No answer.

What cannot be known from it
  the NATs
`);
    expect(describeScenario(reproduction, 100)).toContain("no scenario was written");
    expect(describeRun(reproduction, 100)).toBe("");
  });

  it("says whether the lab fails alike, and which repairs pass", () => {
    const comparison = { isSame: true, agrees: ["cause: no_turn_server; here: no_turn_server"], differs: ["b"] };
    const repairs = [
      { name: "add-turn" as const, text: "Give TURN.", passes: true, reason: null },
      { name: "add-turn-tcp" as const, text: "Give TCP.", passes: false, reason: "0 of 2 calls connected: ice_failed" },
      { name: "hairpin" as const, text: "Hairpin.", passes: null, reason: "skipped" },
    ];
    expect(describeRun({ run: { folder: "", comparison, reason: null }, repairs }, 100)).toBe(`
✓ The lab fails in the same way
  = cause: no_turn_server; here: no_turn_server
  ≠ b

Repairs
  ✓ add-turn: Give TURN.
  ✗ add-turn-tcp: Give TCP. (0 of 2 calls connected: ice_failed)
  ? hairpin: Hairpin. (skipped)
`);
    const none = { run: { folder: "", comparison: null, reason: "no tun device" }, repairs: null };
    expect(describeRun(none, 100)).toContain("Not run: no tun device");
  });
});
