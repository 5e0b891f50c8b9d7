import { expect, it } from "vitest";
import { renderFindings } from "./doctor.ts";

it("aligns, and shows commands only for what is lacking", () => {
  const text = renderFindings([
    { need: "node", ok: true, found: "v24.21.0", commands: ["never shown"] },
    {
      need: "engine",
      ok: false,
      found: "No Docker engine is installed.",
      commands: ["sudo apt-get install docker.io"],
    },
  ]);
  expect(text).toBe(
    "✓ node    v24.21.0\n✗ engine  No Docker engine is installed.\n            sudo apt-get install docker.io\n",
  );
});
