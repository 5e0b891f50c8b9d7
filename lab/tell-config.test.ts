import { expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import { withMaskedLog } from "./tell-config.ts";

it("hides what opens servers in what they say, whoever told them", () => {
  const said: string[] = [];
  const context = { log: (_scenario: string, _node: string, text: string) => void said.push(text) } as LabContext;
  const { log, mask } = withMaskedLog(context, {
    topology: { turnServers: { turn: { secrets: ["north"] } } },
    changes: [{ atMs: 1, server: "turn", secrets: ["north", "north-by-west"] }],
  });
  log("x", "turn", "static-auth-secret=north, north-by-west");
  expect(said).toEqual(["static-auth-secret=***, ***"]);
  expect(mask("north")).toBe("***");
});
