import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diagnose } from "./diagnose/diagnose.ts";
import { readEvidence } from "./evidence/read-evidence.ts";
import { type FailureCode, seenAs } from "./model/failure.ts";

/** The project's own set: what the failure scenarios leave behind, and the code that each is known to fail with. */
type Case = { name: string; files: string[]; cause: FailureCode };

const FOLDER = join(import.meta.dirname, "evidence", "set");
const cases = JSON.parse(readFileSync(join(FOLDER, "set.json"), "utf8")) as Case[];

const results = cases.map((one) => {
  const files = one.files.map((name) => ({ name, bytes: readFileSync(join(FOLDER, name)) }));
  return { ...one, found: diagnose(readEvidence(files).evidence) };
});

/** What most failures end with: to say it is to say nothing. */
const SAYS_NOTHING: readonly FailureCode[] = ["ice_failed", "session_timeout", "data_failed"];

/** The cause itself, or as much of it as an end sees: 401 where only the server's log tells which kind of 401 it was. */
const isRight = (code: FailureCode, cause: FailureCode): boolean =>
  code === cause || (seenAs(cause).includes(code) && !SAYS_NOTHING.includes(code));

/** The right cause is the first one named, or among those named as equally sure. */
const isNamed = ({ cause, found }: (typeof results)[number]): boolean =>
  found.some(({ code, confidence }) => confidence === found[0]?.confidence && isRight(code, cause));

describe("the set of evidence", () => {
  it("has at least 30 files, of every kind", () => {
    const files = new Set(cases.flatMap((one) => one.files));
    expect(files.size).toBeGreaterThanOrEqual(30);
    for (const kind of [/webrtc-internals/, /turn\.log$/, /pcap/, /app\.log$/])
      expect([...files].filter((file) => kind.test(file)).length).toBeGreaterThanOrEqual(5);
  });

  it("has the right cause named for at least 90 % of it", () => {
    const missed = results.filter((one) => !isNamed(one));
    const lines = missed.map(
      ({ name, cause, found }) => `${name}: ${cause}, found ${found.map(({ code }) => code).join()}`,
    );
    expect((cases.length - missed.length) / cases.length, lines.join("\n")).toBeGreaterThanOrEqual(0.9);
  });

  it("has never a wrong cause named with certainty", () => {
    const wrong = results.flatMap(({ name, cause, found }) =>
      found
        .filter(({ confidence, code }) => confidence === "certain" && !isRight(code, cause))
        .map(({ code }) => `${name}: ${cause}, and ${code} is called certain`),
    );
    expect(wrong).toEqual([]);
  });
});
