import { expect, it } from "vitest";
import { sourceFiles } from "./archive.ts";

it("takes what agents import to /turnlab, and neither tests nor what only tests use", () => {
  const paths = sourceFiles(["lab/model", "lab/peer", "lab/peer/agent"]).map(({ path }) => path);
  expect(paths).toContain("/turnlab/lab/peer/agent/main.ts");
  expect(paths).toContain("/turnlab/lab/peer/protocol.ts");
  expect(paths.filter((path) => /test/.test(path))).toEqual([]);
});
