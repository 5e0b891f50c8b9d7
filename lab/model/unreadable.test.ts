import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { whyUnreadable } from "./unreadable.ts";

const whyNot = (path: string): string => {
  try {
    readFileSync(path);
    return "read";
  } catch (error) {
    return whyUnreadable(error);
  }
};

it("says in words what the system says in one", () => {
  expect(whyNot(join(tmpdir(), "none.conf"))).toBe("no such file (ENOENT)");
  expect(whyNot(tmpdir())).toBe("a folder (EISDIR)");
  expect(whyNot(join(import.meta.filename, "x"))).toBe("a path that leads through a file (ENOTDIR)");
  expect(whyUnreadable(new Error("?"))).toBe("nothing that can be read");
});
