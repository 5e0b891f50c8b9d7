import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import AjvDraft4 from "ajv-draft-04";
import addFormats from "ajv-formats";
import type { Log } from "sarif";
import { describe, expect, it } from "vitest";
import { renderCheckJson } from "./check-json.ts";
import { renderCheckSarif } from "./check-sarif.ts";
import { renderCheckText } from "./check-text.ts";
import { exampleCheck } from "./example-check.ts";

const require = createRequire(import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
/** OASIS's own, as the package for testing SARIF carries it: JSON Schema draft 4. */
const SARIF_SCHEMA = join(dirname(require.resolve("@microsoft/jest-sarif")), "schemas/sarif-2.1.0-rtm.5.json");
const isSarif = addFormats
  .default(new AjvDraft4.default({ strict: false, allErrors: true, unicodeRegExp: false }))
  .compile(read(SARIF_SCHEMA));
const isCheck = addFormats
  .default(new Ajv({ allErrors: true, allowUnionTypes: true }))
  .compile(read(join(import.meta.dirname, "check.schema.json")));

const PLACES = { root: "/repo", cwd: "/repo" };
const ODD = "a b/\u001b[31m%0A::error::,x:1\n<script>|`*_.conf";
const EXAMPLES = {
  nothing: exampleCheck([]),
  several: exampleCheck([
    {},
    { severity: "warning", line: null, option: "no-multicast-peers", fix: "no-multicast-peers", affects: null },
    { severity: "note", line: 3, fix: null, reason: "" },
    { rule: "acl", line: 9, option: "realm", fix: "realm-x=10.0.0.0" },
    {
      rule: "acl",
      line: 9,
      option: "denied-peer-ip",
      fix: "denied-peer-ip=10.0.0.0-10.255.255.255\ndenied-peer-ip=::1",
    },
    { rule: "range-prefix", line: 9, option: "denied-peer-ip", fix: "denied-peer-ip=10.0.0.0-10.255.255.255" },
    { line: null, fix: "use-auth-secret\nstatic-auth-secret=…" },
    { line: null, fix: "external-ip=34.1.2.3/PRIVATE" },
  ]),
  odd: exampleCheck([{ file: ODD, found: `"${ODD}"`, fix: ODD, rule: "a-rule-of-no-table" }], {
    files: [{ file: ODD, kind: "Docker Compose", coturnVersions: ["4.6.1", null], read: [ODD, "/etc/x.conf"] }],
  }),
};
const log = (name: keyof typeof EXAMPLES) => JSON.parse(renderCheckSarif(EXAMPLES[name], PLACES)) as Log;
const results = (report = EXAMPLES.several) =>
  (JSON.parse(renderCheckSarif(report, PLACES)) as Log).runs[0]?.results ?? [];

describe("SARIF", () => {
  it.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])("of %s is valid by the official schema", (name) => {
    isSarif(log(name));
    expect(isSarif.errors ?? []).toEqual([]);
  });

  it("would not be valid otherwise: the schema is not asleep", () => {
    expect(isSarif({ ...log("several"), version: "2.0.0" })).toBe(false);
    expect(isSarif({ version: "2.1.0", runs: [{ results: [{}] }] })).toBe(false);
  });

  it("names each rule with its help, and each finding's place", () => {
    const [run] = log("several").runs;
    expect(run?.tool.driver.rules).toMatchObject([
      {
        id: "unknown-option",
        helpUri: "https://example.org/a",
        help: { text: expect.stringContaining("example.org") },
      },
    ]);
    expect(results()[0]).toMatchObject({
      ruleId: "unknown-option",
      ruleIndex: 0,
      level: "error",
      locations: [{ physicalLocation: { artifactLocation: { uri: "turnserver.conf" }, region: { startLine: 7 } } }],
    });
    expect(results().map(({ level }) => level)).toEqual(["error", "warning", "note", ...Array(5).fill("error")]);
  });

  it("changes the line, or puts one before the first; a sentence and another option's line are no change", () => {
    const changes = results().map(({ fixes }) => fixes?.[0]?.artifactChanges[0]?.replacements[0]);
    expect(changes).toEqual([
      { deletedRegion: { startLine: 7 }, insertedContent: { text: "fingerprint" } },
      {
        deletedRegion: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
        insertedContent: { text: "no-multicast-peers\n" },
      },
      undefined,
      undefined,
      {
        deletedRegion: { startLine: 9, startColumn: 1, endLine: 9, endColumn: 1 },
        insertedContent: { text: "denied-peer-ip=10.0.0.0-10.255.255.255\ndenied-peer-ip=::1\n" },
      },
      { deletedRegion: { startLine: 9 }, insertedContent: { text: "denied-peer-ip=10.0.0.0-10.255.255.255" } },
      undefined,
      undefined,
    ]);
    const sentence = exampleCheck([{ fix: "Write the address of the server." }, { file: "compose.yml" }]);
    expect(results(sentence).map(({ fixes }) => fixes)).toEqual([undefined, undefined]);
  });

  it("keeps a fingerprint where lines move, and tells findings apart that are alike", () => {
    const prints = (...lines: number[]) =>
      results(
        exampleCheck(
          lines.map((line) => ({ line, expected: `realm once: line ${line + 1} has it`, reason: `${line}` })),
        ),
      ).map(({ partialFingerprints }) => partialFingerprints?.primaryLocationLineHash);
    expect(prints(1, 2)).toEqual(prints(41, 52));
    expect(new Set(prints(1, 2, 3)).size).toBe(3);
    expect(prints(1)[0]).toMatch(/^[0-9a-f]{32}:1$/);
  });

  it("writes paths from the repository's root, and those outside as they are, as URIs", () => {
    const findings = ["./a b/c.conf", "a:b.conf", "../top.conf", "/etc/x y.conf", "-"].map((file) => ({ file }));
    const text = renderCheckSarif(exampleCheck(findings), { root: "/repo", cwd: "/repo/deploy" });
    const uris = (JSON.parse(text) as Log).runs[0]?.results?.map(
      ({ locations }) => locations?.[0]?.physicalLocation?.artifactLocation?.uri,
    );
    expect(uris).toEqual([
      "deploy/a%20b/c.conf",
      "deploy/a%3Ab.conf",
      "top.conf",
      "file:///etc/x%20y.conf",
      "deploy/-",
    ]);
  });
});

describe("JSON", () => {
  it.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])("of %s is valid by its schema", (name) => {
    isCheck(JSON.parse(renderCheckJson(EXAMPLES[name])));
    expect(isCheck.errors ?? []).toEqual([]);
    expect(JSON.parse(renderCheckJson(EXAMPLES[name]))).toEqual(EXAMPLES[name]);
  });

  it("would not be valid without a key, or with a rule that is no name", () => {
    const { counts: _, ...rest } = EXAMPLES.several;
    expect(isCheck(rest)).toBe(false);
    expect(isCheck(exampleCheck([{ rule: "Not A Name" }]))).toBe(false);
  });
});

describe("text", () => {
  const plain = (report = EXAMPLES.several, width = 80) => renderCheckText(report, { color: false, width });

  it("tells each finding with its place, reason, whom it hits and the change, and counts them", () => {
    expect(plain()).toMatchInlineSnapshot(`
      "✗ turnserver.conf  turnserver.conf, any coturn
        ✗ error  turnserver.conf:7  unknown-option
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            affects: users behind firewalls that block UDP
            to change: fingerprint
        ! warning  turnserver.conf  unknown-option
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            to change: no-multicast-peers
        · note  turnserver.conf:3  unknown-option
            expected an option of coturn; found "fingerprnt"
            affects: users behind firewalls that block UDP
        ✗ error  turnserver.conf:9  acl
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            affects: users behind firewalls that block UDP
            to change: realm-x=10.0.0.0
        ✗ error  turnserver.conf:9  acl
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            affects: users behind firewalls that block UDP
            to change: denied-peer-ip=10.0.0.0-10.255.255.255
                       denied-peer-ip=::1
        ✗ error  turnserver.conf:9  range-prefix
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            affects: users behind firewalls that block UDP
            to change: denied-peer-ip=10.0.0.0-10.255.255.255
        ✗ error  turnserver.conf  unknown-option
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            affects: users behind firewalls that block UDP
            to change: use-auth-secret
                       static-auth-secret=…
        ✗ error  turnserver.conf  unknown-option
            expected an option of coturn; found "fingerprnt"
            coturn logs it and goes on without.
            affects: users behind firewalls that block UDP
            to change: external-ip=34.1.2.3/PRIVATE

      Failed: 6 errors, 1 warning, 1 note in 1 file.
      "
    `);
  });

  it("fits the width but for what is to be copied", () => {
    const wide = plain(EXAMPLES.several, 60)
      .split("\n")
      .filter((line) => line.length > 60);
    expect(wide).toEqual(
      ["      to change: denied-peer-ip=10.0.0.0-10.255.255.255"].filter((line) => line.length > 60),
    );
  });

  it("colours only where it may", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for.
    const sequence = /\u001b/;
    expect(plain(EXAMPLES.odd)).not.toMatch(sequence);
    expect(renderCheckText(EXAMPLES.several, { color: true, width: 80 })).toMatch(sequence);
  });

  it("lets no name begin a line, so that none becomes a command of the CI that shows it", () => {
    const lines = plain(
      exampleCheck([{ file: "::error::x\n::error::y", fix: "a\n::error::u", found: `${"x".repeat(75)} ::error::z` }], {
        files: [
          { file: "::error::x\n::error::y", kind: "turnserver.conf", coturnVersions: [null], read: ["\n::error::w"] },
        ],
      }),
    ).split("\n");
    expect(lines.filter((line) => /^\s*::/.test(line))).toEqual([]);
    expect(lines.filter((line) => /^\s*› ::error::[zu]$/.test(line))).toHaveLength(2);
  });

  it("says that nothing was found, and why warnings fail", () => {
    expect(plain(exampleCheck([]))).toBe(
      "✓ turnserver.conf  turnserver.conf, any coturn\n\nPassed: 0 errors, 0 warnings, 0 notes in 1 file.\n",
    );
    expect(plain(exampleCheck([{ severity: "warning" }], { strict: true, passed: false }))).toMatch(
      /Failed: 0 errors, 1 warning, 0 notes in 1 file \(--strict: warnings count\)\.\n$/,
    );
  });
});
