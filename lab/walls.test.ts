import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findBreaches, importsOf, ROOMS, roomOf, type SourceFile } from "./walls.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDERS = ["lab", "reports", "scenarios", "scripts", "docker"];

function sources(): SourceFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
      // This file is full of breaches.
      .filter((name) => name !== "walls.test.ts")
      .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(ROOT, folder, name), "utf8") })),
  );
}

describe("the walls between the rooms", () => {
  it("stand", () => {
    expect(findBreaches(sources())).toEqual([]);
  });

  it("has one door to the outside, and one file that opens it", () => {
    const importersOf = (target: string) =>
      sources()
        .filter(({ path }) => !/(^|\/)test-[^/]*$|\.test\.ts$/.test(path))
        .filter(({ text }) => importsOf(text).some(({ specifier }) => specifier.endsWith(`/${target}`)))
        .map(({ path }) => path);
    expect(importersOf("engine-network.ts")).toEqual(["lab/net/uplink.ts"]);
    expect(importersOf("uplink.ts")).toEqual(["lab/lab-uplinks.ts"]);
    expect(importersOf("lab-uplinks.ts")).toEqual(["lab/lab-up.ts"]);
  });

  it("every file is in a room that the table knows", () => {
    const folders = readdirSync(join(ROOT, "lab"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => `lab/${name}`).filter((room) => !(room in ROOMS))).toEqual([]);
  });
});

describe("the checker", () => {
  const breach = (path: string, text: string) => findBreaches([{ path, text }]);

  it.each([
    ["lab/model/nat.ts", 'import { x } from "../stun/message.ts";', "lab/model may import no other room, not lab/stun"],
    [
      "lab/stun/client.ts",
      'import type { E } from "../runtime/engine.ts";',
      "lab/stun may import lab/model, not lab/runtime",
    ],
    ["lab/net/fabric.ts", 'import { p } from "../peer/session.ts";', "not lab/peer"],
    ["lab/turn/server.ts", 'import { n } from "../net/network.ts";', "not lab/net"],
    ["lab/peer/agent/main.ts", 'import { e } from "../../runtime/engine.ts";', "not lab/runtime"],
    ["lab/peer/agent/main.ts", 'import { s } from "../session.ts";', "not lab/peer"],
    ["lab/peer/agent/main.ts", 'import { m } from "../../stun/message.ts";', "not lab/stun"],
    ["lab/peer/agent/main.ts", 'import { z } from "zod";', "of packages lab/peer/agent may import node:*, werift only"],
    ["lab/net/agent/fabric.ts", 'import { $ } from "zx";', "of packages lab/net/agent may import node:* only"],
    ["lab/model/nat.ts", 'import { isIPv4 } from "node:net";', "of packages lab/model may import type k6 only"],
    ["lab/model/nat.ts", 'import type { Socket } from "node:net";', "of packages lab/model may import type k6 only"],
    ["lab/model/load.ts", 'import { sleep } from "k6";', "of packages lab/model may import type k6 only"],
    ["lab/model/nat.ts", 'import { z } from "zod";', "of packages lab/model may import type k6 only"],
    ["lab/net/agent/fabric.ts", 'import Docker from "dockerode";', "only lab/runtime may import the package dockerode"],
    [
      "lab/run.ts",
      'import { G } from "testcontainers/build/x";',
      "only lab/runtime may import the package testcontainers",
    ],
    ["lab/run.ts", 'const { main } = await import("../scripts/run.ts");', "not scripts"],
    [
      "reports/summarize.ts",
      'export { run } from "../lab/run.ts";',
      "reports may import lab/model, lab/statistics, reports/render, reports/html, not lab",
    ],
    ["reports/render/html.ts", 'import "../../lab/net/network.ts";', "not lab/net"],
    [
      "scenarios/a.ts",
      'import { NAT_PRESETS } from "../lab/model/nat.ts";',
      "scenarios may import lab/index.ts, not lab/model",
    ],
    ["scenarios/a.ts", 'import { run } from "../lab/run.ts";', "not lab"],
  ])("%s: %s", (path, text, rule) => {
    const found = breach(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}:1 imports "`);
    expect(found[0]).toContain(rule);
  });

  it.each([
    ["lab/runtime/engine.ts", 'import Docker from "dockerode";'],
    ["lab/runtime/engine.ts", 'import { a } from "./apt.ts";'],
    ["lab/net/fabric.ts", 'import type { P } from "./agent/protocol.ts";'],
    ["lab/peer/agent/main.ts", 'import type { M } from "../protocol.ts";'],
    ["lab/model/load.ts", 'import type { SharedIterationsScenario } from "k6/options";'],
    ["lab/model/nat.test.ts", 'import { it } from "vitest";'],
    ["lab/net/agent/fabric.ts", 'import { spawn } from "node:child_process";'],
    ["lab/run.ts", 'import { x } from "./net/network.ts";'],
    ["reports/render/html.ts", 'import { x } from "../samples.ts";'],
    ["scenarios/a.ts", 'import { defineScenario } from "../lab/index.ts";'],
    ["scripts/run.ts", 'import { x } from "../reports/render/index.ts";'],
    ["lab/net/routers.docker.test.ts", 'import { upLab } from "../lab-up.ts";'],
  ])("lets %s have %s", (path, text) => {
    expect(breach(path, text)).toEqual([]);
  });

  it("names the line of an import over several lines, and of each on its own", () => {
    const text = 'import {\n  a,\n  b,\n} from "../peer/a.ts";\n\nconst c = 1;\nexport { c } from "../turn/c.ts";\n';
    expect(importsOf(text)).toEqual([
      { specifier: "../peer/a.ts", line: 4, isType: false },
      { specifier: "../turn/c.ts", line: 7, isType: false },
    ]);
    expect(importsOf('import type { O } from "k6/options";')).toMatchObject([{ isType: true }]);
  });

  it("takes the deepest room", () => {
    expect(roomOf("lab/net/agent/fabric.ts")).toBe("lab/net/agent");
    expect(roomOf("lab/run.ts")).toBe("lab");
    expect(roomOf("vitest.config.ts")).toBeNull();
  });
});
