import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "./fault.ts";

/** Node itself loads the files here, as in a run: vitest would put its own loader, and its own messages, between. */
async function loadInNode(file: string): Promise<{ value?: unknown; faults?: Fault[] }> {
  const module = new URL("./load-scenario.ts", import.meta.url).href;
  const code = `
    const { loadScenario } = await import(${JSON.stringify(module)});
    process.stdout.write(JSON.stringify(await loadScenario(${JSON.stringify(file)})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
    timeout: 30_000,
  });
  return JSON.parse(stdout);
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "load scenario-"));
  writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(dir, { recursive: true }));

function write(name: string, ...lines: string[]): string {
  const file = join(dir, name);
  writeFileSync(file, lines.join("\n"));
  return file;
}

describe("loadScenario", { timeout: 30_000 }, () => {
  it("returns what the file exports, unchecked", async () => {
    const file = write("good.ts", "type T = number;", "export default { a: 1 as T };");
    expect(await loadInNode(file)).toEqual({ value: { a: 1 } });
  });

  it.each([
    ["does not parse", "parse.ts", ["export default {", "  a: = 1,", "};"], ":2", "Expression expected"],
    [
      "uses syntax that cannot be erased",
      "enum.ts",
      ["enum A { B }", "export default A;"],
      ":1",
      "enum is not supported",
    ],
    ["throws", "throws.ts", ["const a = 1;", "export default nothing + a;"], ":2", "nothing is not defined"],
    [
      "imports a name that is not there",
      "name.ts",
      ['import { nope } from "node:fs";', "export default nope;"],
      ":1",
      "nope",
    ],
    ["imports a file that is not there", "file.ts", ['import a from "./none.ts";', "export default a;"], "", "none.ts"],
  ])("tells where a file %s", async (_what, name, lines, line, message) => {
    const file = write(name, ...lines);
    const { faults } = await loadInNode(file);
    expect(faults).toEqual([
      expect.objectContaining({ place: `${file}${line}`, found: expect.stringContaining(message) }),
    ]);
  });

  it("tells the line of an imported file that does not parse", async () => {
    const part = write("part.ts", "", "export const a = = 1;");
    const { faults } = await loadInNode(write("whole.ts", 'import { a } from "./part.ts";', "export default a;"));
    expect(faults?.[0]?.place).toBe(`${part}:2`);
  });

  it("tells what is exported instead of a default", async () => {
    const { faults } = await loadInNode(write("named.ts", "export const scenario = {};"));
    expect(faults).toEqual([
      expect.objectContaining({ expected: "export default defineScenario({ … })", found: "only the export scenario" }),
    ]);
    const none = await loadInNode(write("none.ts", ""));
    expect(none.faults?.[0]?.found).toBe("no export at all");
  });

  it("tells that there is no file", async () => {
    const { faults } = await loadInNode(join(dir, "missing.ts"));
    expect(faults?.[0]).toMatchObject({ expected: "a scenario file", found: "no file that can be read" });
  });
});
