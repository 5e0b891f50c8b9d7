import { describe, expect, it } from "vitest";
import type { LabContext } from "../lab/lab-context.ts";
import type { TurnServerSpec } from "../lab/model/topology.ts";
import type { NamedScenario } from "../lab/run.ts";
import { BadImageError } from "../lab/turn/server-images.ts";
import { lookIntoGateImages, lookIntoImages, withTurnImage } from "./server-images.ts";

const scenario = (name: string, turnServers: Record<string, TurnServerSpec>): NamedScenario => ({
  name,
  scenario: {
    description: name,
    topology: { turnServers },
    peers: { offerer: { behind: "internet", iceServers: [] }, answerer: { behind: "internet", iceServers: [] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  },
});

describe("--turn-image", () => {
  it("is for every server that names no image itself, and changes nothing else", () => {
    const given = [scenario("a", { turn: { realm: "r" }, own: { image: "mine" } }), scenario("b", {})];
    const [a, b] = withTurnImage(given, "coturn/coturn:4.17.0");
    expect(a?.scenario.topology.turnServers).toEqual({
      turn: { realm: "r", image: "coturn/coturn:4.17.0" },
      own: { image: "mine" },
    });
    expect(b?.scenario.topology.turnServers).toEqual({});
    expect(given[0]?.scenario.topology.turnServers?.turn).toEqual({ realm: "r" });
    expect(withTurnImage(given, undefined)).toEqual(given);
  });

  it("is refused where it would do nothing", () => {
    expect(() => withTurnImage([scenario("a", { own: { image: "mine" } })], "coturn/coturn")).toThrow(
      /--turn-image\n *expected +a scenario with a TURN server that names no image itself\n *found +a/,
    );
  });
});

describe("images of TURN servers", () => {
  const looking = (of: (image: TurnServerSpec["image"]) => Promise<void>) =>
    ({ of: (spec: TurnServerSpec) => of(spec.image) }) as unknown as LabContext["serverImages"];

  it("are all looked into, and all faults told at once, each once", async () => {
    const bad = looking(async (image) => {
      if (image !== undefined) throw new BadImageError(String(image), "no turnserver on the PATH (/bin)");
    });
    const scenarios = [
      scenario("a", { turn: { image: "x" }, two: { image: "x" } }),
      scenario("b", { turn: { image: "y" } }),
    ];
    const { message } = (await lookIntoImages(scenarios, bad).catch((error: Error) => error)) as Error;
    expect(message).toMatch(/^images of TURN servers: 2 faults/);
    expect(message).toMatch(
      /a: topology\.turnServers\.turn\.image, and 1 more\n.*\n *found +x: no turnserver on the PATH/,
    );
    expect(message).toMatch(/b: topology\.turnServers\.turn\.image\n/);
  });

  it("of a gate are told by the options that name them, both at once", async () => {
    const bad = looking(async (image) => {
      if (image !== "good") throw new BadImageError(String(image), "no turnserver on the PATH (/bin)");
    });
    const given = { image: "x", baselineImage: "y" };
    const { message } = (await lookIntoGateImages(given, bad).catch((error: Error) => error)) as Error;
    expect(message).toMatch(/^command line: 2 faults/);
    for (const [option, name] of [
      ["--image", "x"],
      ["--baseline-image", "y"],
    ])
      expect(message).toMatch(new RegExp(`${option}\\n.*\\n *found +${name}: no turnserver on the PATH`));
    await expect(lookIntoGateImages({ image: "good" }, bad)).resolves.toBeUndefined();
    await expect(lookIntoGateImages({}, bad)).resolves.toBeUndefined();
  });

  it("pass on what is no fault of the image", async () => {
    const lost = looking(async () => Promise.reject(new Error("the engine went away")));
    await expect(lookIntoImages([scenario("a", { turn: {} })], lost)).rejects.toThrow("the engine went away");
  });
});
