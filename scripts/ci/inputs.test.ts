import { expect, it } from "vitest";
import { readInputs } from "./inputs.ts";

it("makes arguments of what is given, and none of what is empty", () => {
  expect(
    readInputs({
      TURNLAB_GATE_CONFIG: "turn/turnserver.conf",
      TURNLAB_GATE_IMAGE: "coturn/coturn:4.17.0",
      TURNLAB_GATE_PROFILE: "",
      TURNLAB_GATE_SET: "SECRET=a b=c \r\n\n  REALM=turn.example.org",
      TURNLAB_GATE_STRICT: "true",
      TURNLAB_GATE_TOKEN: "t",
    }),
  ).toEqual({
    config: "turn/turnserver.conf",
    baseline: null,
    baselineRef: null,
    image: "coturn/coturn:4.17.0",
    more: ["--image=coturn/coturn:4.17.0", "--set=SECRET=a b=c ", "--set=REALM=turn.example.org", "--strict"],
    token: "t",
    isCommenting: true,
  });
});

it("keeps a value that looks like an option one value", () => {
  const { more } = readInputs({ TURNLAB_GATE_CONFIG: "a", TURNLAB_GATE_BUDGET: "--out=/", TURNLAB_GATE_SET: "--json" });
  expect(more).toEqual(["--budget=--out=/", "--set=--json"]);
});

it("tells every fault at once", () => {
  const env = {
    TURNLAB_GATE_BASELINE: "old.conf",
    TURNLAB_GATE_BASELINE_REF: "main",
    TURNLAB_GATE_STRICT: "yes",
    TURNLAB_GATE_COMMENT: "1",
  };
  const places = (given: NodeJS.ProcessEnv) => {
    try {
      readInputs(given);
    } catch (error) {
      return (error as Error).message.split("\n").filter((line) => /^( {2})?\S/.test(line));
    }
    return [];
  };
  const own = ["inputs of the job: 3 faults", "  baseline and baseline-ref", "  strict", "  comment"];
  expect(places(env)).toEqual(["inputs of the job: 4 faults", "  config", ...own.slice(1)]);
  // What the gate would say of its own comes with it.
  const more = { TURNLAB_GATE_CONFIG: "none.conf", TURNLAB_GATE_BUDGET: "5", TURNLAB_GATE_SET: "SECRET" };
  expect(places({ ...env, ...more })).toEqual([
    ...own,
    "command line: 4 faults",
    "  --baseline",
    "  --config",
    "  --set",
    "  --budget",
  ]);
});
