import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { unreadableFile } from "./unreadable-file.ts";

const folder = mkdtempSync(join(tmpdir(), "unreadable-"));
afterAll(() => rmSync(folder, { recursive: true }));
const error = Object.assign(new Error(), { code: "ENOENT" });

it("names the file that was perhaps meant, else where it was looked for", () => {
  const file = join(folder, "turnserver.cnf");
  expect(unreadableFile("--config", "a turnserver.conf", file, error)).toEqual({
    place: "--config",
    expected: "a turnserver.conf that can be read",
    found: `${file}: no such file (ENOENT)`,
    hint: `It was looked for at ${file}.`,
  });
  writeFileSync(join(folder, "turnserver.conf"), "");
  expect(unreadableFile("--config", "a turnserver.conf", file, error).hint).toBe(
    `Did you mean "${join(folder, "turnserver.conf")}"?`,
  );
  writeFileSync(join(folder, "ice.json"), "");
  const other = join(folder, "none.json");
  expect(unreadableFile("--config", "a turnserver.conf", other, error).hint).toBe(`It was looked for at ${other}.`);
  const gone = join(folder, "none", "a.conf");
  expect(unreadableFile("--config", "a turnserver.conf", gone, error).hint).toBe(`It was looked for at ${gone}.`);
});
