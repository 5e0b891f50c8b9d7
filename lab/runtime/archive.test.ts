import { expect, it } from "vitest";
import { sourceFiles } from "./archive.ts";

it("takes what agents import to /turnlab, and neither tests nor what only tests use", () => {
  const paths = sourceFiles(["lab/model", "lab/peer", "lab/peer/course", "lab/peer/agent"]).map(({ path }) => path);
  expect(paths).toContain("/turnlab/lab/peer/agent/main.js");
  expect(paths).toContain("/turnlab/lab/peer/protocol.js");
  expect(paths.filter((path) => /\/test-|\.test\./.test(path))).toEqual([]);
});

it("gives them as JavaScript that imports JavaScript, line by line where it was", () => {
  const files = sourceFiles(["lab/model", "lab/stun", "lab/net/agent"]);
  for (const { path, content } of files)
    expect(String(content), path).not.toMatch(/from "[^"]*\.ts"|^export type|^import type/m);
  const observer = files.find(({ path }) => path.endsWith("/agent/observer.js"));
  expect(String(observer?.content)).toMatch(/from "\.\/json-lines\.js"/);
  expect(sourceFiles(["lab/net/agent"]).find(({ path }) => path === observer?.path)?.content).toBe(observer?.content);
});
