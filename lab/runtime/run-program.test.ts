import { expect, it } from "vitest";
import { runProgram } from "./run-program.ts";

it("returns stdout alone", async () => {
  expect(await runProgram("sh", ["-c", "echo out; echo err >&2"], { timeoutMs: 5_000 })).toBe("out\n");
});

it("a failure has the command, the code and the last words", async () => {
  const failing = runProgram("sh", ["-c", "echo why >&2; exit 7"], { timeoutMs: 5_000 });
  await expect(failing).rejects.toThrow(/^sh -c .* exited 7\nwhy$/);
});

it("a program that is not there is named", async () => {
  await expect(runProgram("no-such-program", [], { timeoutMs: 5_000 })).rejects.toThrow("no-such-program: spawn");
});

it("a program that takes too long is ended", async () => {
  await expect(runProgram("sleep", ["60"], { timeoutMs: 50 })).rejects.toThrow("ended by SIGKILL (limit 50 ms)");
});
