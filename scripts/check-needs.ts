import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import type { GivenProfile } from "../lab/gate/given-profile.ts";
import { readIceServers } from "../lab/gate/read-ice-servers.ts";
import { readProfile } from "../lab/gate/read-profile.ts";
import { turnUrls } from "../lab/gate/turn-urls.ts";
import type { CheckFinding, CheckNeeds } from "../lab/model/check.ts";
import type { Fault } from "../lab/scenario/fault.ts";

export type GivenNeeds = {
  /** Undefined: nobody has said anything. */
  needs?: CheckNeeds;
  /** Findings as the profile weighs them. */
  weigh: (findings: readonly CheckFinding[]) => CheckFinding[];
  faults: { file: string; faults: Fault[] }[];
};

/** `--profile` and `--ice-servers`: what users need, and which rules count otherwise. Credentials of both stay unread. */
export function readGivenNeeds({ profile, iceServers }: { profile?: string; iceServers?: string }): GivenNeeds {
  const faults: GivenNeeds["faults"] = [];
  const read = <T extends object>(
    file: string | undefined,
    of: (text: string) => T | { faults: Fault[] },
  ): T | null => {
    if (file === undefined) return null;
    const text = readText(file);
    const result = typeof text === "string" ? of(text) : { faults: [text.fault] };
    if (!("faults" in result)) return result as T;
    faults.push({ file, faults: result.faults as Fault[] });
    return null;
  };
  const given = read(profile, (text) => readProfile({ text }))?.given ?? {};
  const list = read(iceServers, readIceServers);
  if (list && given.iceServers) {
    const expected = "no iceServers in the profile, or no --ice-servers beside it";
    faults.push({ file: "command line", faults: [{ place: "--ice-servers", expected, found: "both" }] });
  }
  const lifetime =
    list?.ttlSeconds === undefined || list.ttlSeconds === null ? {} : { credentialLifetimeS: list.ttlSeconds };
  const whole = { ...lifetime, ...given, ...(list ? { iceServers: list.iceServers } : {}) };
  const isGiven = profile !== undefined || iceServers !== undefined;
  return {
    ...(isGiven ? { needs: needsOf(whole) } : {}),
    weigh: (findings) => weighed(findings, given.rules ?? {}),
    faults,
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

function readText(file: string): string | { fault: Fault } {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? "unreadable";
    return { fault: { place: file, expected: "a file that can be read", found } };
  }
}
