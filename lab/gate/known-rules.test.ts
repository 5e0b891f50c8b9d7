import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { isKnownRule, KNOWN_RULES } from "./known-rules.ts";

const LAB = fileURLToPath(new URL("../", import.meta.url));

/** Sources that ask or judge, with the ids that stand in them as data. */
function idsIn(folder: string, accept: (name: string) => boolean, pattern: RegExp): string[] {
  return readdirSync(join(LAB, folder))
    .filter((name) => name.endsWith(".ts") && !/test/.test(name) && accept(name))
    .flatMap((name) => [...readFileSync(join(LAB, folder, name), "utf8").matchAll(pattern)])
    .flatMap(([, id]) => id ?? []);
}

it("holds every id that a probe or the gate itself has", () => {
  const probes = [
    ...idsIn("probe", () => true, /\bid: "([^"]+)"/g),
    ...idsIn(".", (name) => name.startsWith("probe-"), /\bid: "([^"]+)"/g),
  ];
  const own = idsIn("gate", () => true, /\brule: "([^"]+)"/g);
  expect(probes.length).toBeGreaterThan(30);
  // A server that does not run cannot be set aside.
  expect([...probes, ...own].filter((id) => !isKnownRule(id))).toEqual(["server-does-not-start"]);
});

it("holds each once, and knows probes of addresses and ports", () => {
  expect(KNOWN_RULES.filter((id, index) => KNOWN_RULES.indexOf(id) !== index)).toEqual([]);
  for (const id of ["peer-10.0.0.1", "peer-::ffff:10.0.0.1", "peer-needed-the-sfu", "port-5766"])
    expect(isKnownRule(id), id).toBe(true);
  for (const id of ["peer-", "port-x", "unknown-optoin"]) expect(isKnownRule(id), id).toBe(false);
});
