import { afterEach, expect, it, vi } from "vitest";
import { listCommand } from "./list.ts";

afterEach(() => vi.restoreAllMocks());

it("names every mutation of a set with its reason, and which scenarios are none", async () => {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  expect(await listCommand("gate-mutations", {})).toBe(0);
  expect(text).toMatch(/^Faults, each[^\n]*\n {2}external-ip-wrong +Relayed addresses/);
  expect(text).toMatch(/\n\nHarmless edits[^\n]*\n {2}comment-added +A comment/);
  text = "";
  await listCommand("gate-mutations", { json: true });
  expect(JSON.parse(text)[0]).toEqual({
    name: "external-ip-wrong",
    kind: "fault",
    why: expect.stringContaining("another machine"),
  });
  await expect(listCommand("same-lan", {})).rejects.toThrow('"same-lan", which is a scenario');
  await expect(listCommand("gate-mutatons", {})).rejects.toThrow('Did you mean "gate-mutations"?');
});
