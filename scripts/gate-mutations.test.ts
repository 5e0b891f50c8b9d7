import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultLines } from "../lab/gate/judge-mutation.ts";
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

/** Whether nothing but the check is to catch it. */
const isOfTheFile = (caught: object) => Object.keys(caught).every((layer) => layer === "check");
