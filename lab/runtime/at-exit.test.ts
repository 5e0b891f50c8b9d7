import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

function exitOf(program: string): string {
  const text = `import { atExit } from ${JSON.stringify(new URL("at-exit.ts", import.meta.url).href)};\n${program}`;
  const args = ["--input-type=module-typescript", "--no-warnings", "-e", text];
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 10_000 }).stdout;
}

it("undoes what is left, the last one first, also after one that throws", () => {
  const program = `atExit(() => console.log("first"));
    atExit(() => { throw new Error("broke"); });
    atExit(() => console.log("last"));
    process.exit(105);`;
  expect(exitOf(program)).toBe("last\nfirst\n");
});

it("does nothing for what was disposed of", () => {
  expect(exitOf(`{ using gone = atExit(() => console.log("gone")); } atExit(() => console.log("kept"));`)).toBe(
    "kept\n",
  );
});
