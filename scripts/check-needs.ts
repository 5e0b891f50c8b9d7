import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import type { GivenProfile } from "../lab/gate/given-profile.ts";
import { type NamedText, readGiven } from "../lab/gate/read-given.ts";
import { turnUrls } from "../lab/gate/turn-urls.ts";
import type { CheckFinding, CheckNeeds } from "../lab/model/check.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { unreadableFile } from "./unreadable-file.ts";

export type GivenNeeds = {
  /** Both undefined: nobody has said anything. */
  needs?: CheckNeeds;
  given?: GivenProfile;
  /** Findings as the profile weighs them. */
  weigh: (findings: readonly CheckFinding[]) => CheckFinding[];
  /** Those of a file under its name, those of the command line under `command line`. */
  faults: { heading: string; faults: Fault[] }[];
};

/** `--profile` and `--ice-servers`: what users need, and which rules count otherwise. Credentials of both stay unread. */
export function readGivenNeeds(options: { profile?: string; iceServers?: string }): GivenNeeds {
  const unread: Fault[] = [];
  const read = (place: string, what: string, file: string | undefined): NamedText | null => {
    if (file === undefined) return null;
    try {
      return { file, text: readFileSync(file, "utf8") };
    } catch (error) {
      unread.push(unreadableFile(place, what, file, error));
      return null;
    }
  };
  const { given, faults } = readGiven({
    profile: read("--profile", "a profile", options.profile),
    iceServers: read("--ice-servers", "a list of iceServers in JSON", options.iceServers),
  });
  const isGiven = options.profile !== undefined || options.iceServers !== undefined;
  return {
    ...(isGiven ? { needs: needsOf(given), given } : {}),
    weigh: (findings) => weighed(findings, given.rules ?? {}),
    faults: [...(unread.length > 0 ? [{ heading: "command line", faults: unread }] : []), ...faults],
  };
}

/** What nobody has said asks for nothing: one call of the least bitrate and duration. */
function needsOf(given: GivenProfile): CheckNeeds {
  const urls = (given.iceServers ?? []).flatMap((entry) => [entry.urls].flat());
  const hosts = new Set(turnUrls(urls).map(({ host }) => host));
  const [host] = hosts;
  return {
    urls,
    publicAddress: hosts.size === 1 && host !== undefined && isIPv4(host) ? host : null,
    concurrentCalls: given.concurrentCalls ?? 1,
    bitsPerSecond: given.bitsPerSecond ?? 1,
    callSeconds: given.callSeconds ?? 1,
    credentialLifetimeS: given.credentialLifetimeS ?? null,
    peerAddresses: given.peerAddresses ?? [],
  };
}

function weighed(findings: readonly CheckFinding[], rules: NonNullable<GivenProfile["rules"]>): CheckFinding[] {
  return findings.flatMap((finding) => {
    const weight = Object.hasOwn(rules, finding.rule) ? rules[finding.rule] : undefined;
    if (weight === "off") return [];
    return [weight === undefined ? finding : { ...finding, severity: weight }];
  });
}
