import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { followProgress } from "./follow-progress.ts";

const lines = (...messages: object[]) => Readable.from(messages.map((message) => `${JSON.stringify(message)}\r\n`));

it("ends with the stream", async () => {
  let count = 0;
  await followProgress(lines({ stream: "Step 1" }, { status: "Pulling" }), () => count++);
  expect(count).toBe(2);
});

it("throws the engine's error after what was printed before it", async () => {
  const stream = lines(
    { stream: "E: Unable to locate package nope\n" },
    { error: "short", errorDetail: { message: "The command '/bin/sh -c apt-get' returned a non-zero code: 100" } },
  );
  await expect(followProgress(stream)).rejects.toThrow(
    "E: Unable to locate package nope\nThe command '/bin/sh -c apt-get' returned a non-zero code: 100",
  );
});
