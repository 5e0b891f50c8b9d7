import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellsThatCannotWork } from "../lab/gate/cells-that-cannot-work.ts";
import { faultLines } from "../lab/gate/judge-mutation.ts";
import { readSide } from "../lab/gate/read-side.ts";
import type { CheckFinding, CheckNeeds } from "../lab/model/check.ts";
import type { GateProfile } from "../lab/model/gate-profile.ts";
import { checkConfig } from "../lab/turn-config/check-config.ts";
import { parseConfig } from "../lab/turn-config/parse-config.ts";
import { readPlace } from "../lab/turn-config/server-place.ts";
import { Settings } from "../lab/turn-config/settings.ts";
import { LAB_COTURN_VERSION } from "../lab/turn-config/version.ts";
import { gateDeployments } from "../scenarios/_gate-deployments.ts";
import { SCENARIO_FOLDER } from "./select.ts";
import { type ReadyMutation, selectMutations } from "./select-mutations.ts";

const selected = await selectMutations(["gate-mutations"]);
const all = selected?.all ?? [];
const faults = all.filter((one) => one.kind === "fault");

/** What the check is told of those who use the server; of a good config its own address. */
function needsOf(profile: string, config: string): CheckNeeds {
  const { iceServers, credentialLifetimeS, ...rest } = JSON.parse(profile) as GateProfile;
  const { place } = readPlace(new Settings(parseConfig(config)));
  return {
    ...rest,
    credentialLifetimeS,
    urls: iceServers.flatMap(({ urls }) => urls),
    publicAddress: place.publicAddress,
  };
}

function check(text: string, { base }: ReadyMutation, version = LAB_COTURN_VERSION): CheckFinding[] {
  const needs = needsOf(base.profile.text, base.config.text);
  return checkConfig({ file: base.config.path, text, values: new Map(), version, needs });
}

/** Errors that the base has not. */
function freshErrors(one: ReadyMutation): CheckFinding[] {
  const known = new Set(check(one.base.config.text, one).map(keyOf));
  const findings = check(one.text, one, one.mutation.version);
  return findings.filter((finding) => finding.severity === "error" && !known.has(keyOf(finding)));
}

const keyOf = ({ rule, option, found }: CheckFinding) => `${rule} ${option} ${found.replaceAll(/\bline \d+/g, "line")}`;

describe("the gate's mutations", () => {
  it("are as many as were asked for, of both kinds", () => {
    expect(faults.length).toBeGreaterThanOrEqual(40);
    expect(all.length - faults.length).toBeGreaterThanOrEqual(15);
  });

  it.each(["configs/gate-good.turnserver.conf", "configs/gate-users.turnserver.conf"])(
    "begin with a good %s",
    (path) => {
      const one = all.find(({ base }) => base.config.path.endsWith(path));
      expect(one && check(one.base.config.text, one).filter(({ severity }) => severity === "error")).toEqual([]);
    },
  );

  it.each(all.filter(({ kind }) => kind === "harmless"))("$mutation.name raises no alarm", (one) => {
    expect(freshErrors(one)).toEqual([]);
  });

  it.each(faults.filter(({ mutation }) => isOfTheFile(mutation.caught)))(
    "$mutation.name is told by the file",
    (one) => {
      const lines = faultLines(one.mutation, one.text);
      const named = freshErrors(one).filter(({ rule }) => one.mutation.caught.check?.includes(rule));
      expect(named).not.toEqual([]);
      if (lines !== null) expect(named.some(({ line }) => line !== null && lines.includes(line))).toBe(true);
    },
  );
});

describe.each(gateDeployments)(
  "$name as its document has it",
  ({ config, profile, values, repaired, fails, notes }) => {
    const read = (path: string) => readFileSync(join(SCENARIO_FOLDER, path), "utf8");
    const findingsOf = (side: { config: string; profile: string; values: Readonly<Record<string, string>> }) => {
      const given = new Map(Object.entries(side.values));
      const parsed = readSide("candidate", {
        file: side.config,
        text: read(side.config),
        values: given,
        version: LAB_COTURN_VERSION,
        makeSecret: () => "made-0123456789",
      });
      if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
      const needs = needsOf(read(side.profile), parsed.config.text);
      const { networks, iceServers } = JSON.parse(read(side.profile)) as GateProfile;
      return [
        ...checkConfig({
          file: side.config,
          text: read(side.config),
          values: given,
          version: LAB_COTURN_VERSION,
          needs,
        }),
        ...cellsThatCannotWork({ networks, iceServers }, parsed.config),
      ];
    };

    it.each(fails)("fails for $names", ({ names }) => {
      const rules = findingsOf({ config, profile, values }).filter(({ severity }) => severity === "error");
      expect(rules.map(({ rule }) => rule)).toEqual(expect.arrayContaining([expect.toBeOneOf([...names])]));
    });

    it("has no other errors than those", () => {
      const errors = findingsOf({ config, profile, values }).filter(({ severity }) => severity === "error");
      const named = fails.flatMap(({ names }) => names);
      expect(errors.map(({ rule }) => rule).filter((rule) => !named.includes(rule))).toEqual([]);
    });

    it.each(notes)("is told of $names", ({ names }) => {
      const rules = findingsOf({ config, profile, values }).map(({ rule }) => rule);
      expect(rules).toEqual(expect.arrayContaining([expect.toBeOneOf([...names])]));
    });

    it("has nothing left of it when repaired", () => {
      const rules = findingsOf(repaired);
      expect(rules.filter(({ severity }) => severity === "error")).toEqual([]);
      const left = notes.filter(({ isLeft }) => !isLeft).flatMap(({ names }) => names);
      expect(rules.map(({ rule }) => rule).filter((rule) => left.includes(rule))).toEqual([]);
    });
  },
);

/** Whether nothing but the check is to catch it. */
const isOfTheFile = (caught: object) => Object.keys(caught).every((layer) => layer === "check");
