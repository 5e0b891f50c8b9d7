import type { CheckFinding, CheckNeeds } from "../model/check.ts";
import type { GateCell, GateSide } from "../model/gate.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import type { Fault } from "../scenario/fault.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { canAnyWork, cellsThatCannotWork } from "./cells-that-cannot-work.ts";
import { certificateFindings } from "./certificate-findings.ts";
import { deriveProfile } from "./derive-profile.ts";
import { firewallFindings } from "./firewall-findings.ts";
import { ungivenPaths } from "./given-files.ts";
import type { GivenProfile } from "./given-profile.ts";
import { type MachineSize, machineFaults } from "./machine-faults.ts";
import { type MachinePlace, machinePlace } from "./machine-place.ts";
import { withoutMinted } from "./minted-entries.ts";
import { missingFiles } from "./missing-files.ts";
import { planCells } from "./plan-cells.ts";
import { turnUrls } from "./turn-urls.ts";
import { type UrlHosts, urlHosts } from "./url-hosts.ts";

/** All that is decided of a gate before anything is started. */
export type GatePlan = {
  /** With secrets. `iceServers`: what of the list clients in the lab are given. */
  profile: GateProfile;
  place: MachinePlace;
  hosts: UrlHosts;
  cells: GateCell[];
  /** For the check of either file. */
  needs: CheckNeeds;
  /** What no call can come to, and what is wrong with given certificates; by side. */
  findings: Record<GateSide, CheckFinding[]>;
  notes: string[];
};

export type GateInput = {
  given: GivenProfile;
  candidate: TurnConfig;
  baseline: TurnConfig | null;
  machine: MachineSize;
  /** Unix time. */
  nowMs: number;
};

/** Profile, place, cells and certain failures of a gate, or why there can be none. Pure. */
export function planGate(input: GateInput): GatePlan | { faults: Fault[] } {
  const { candidate, baseline, machine, nowMs } = input;
  const source = baseline ?? candidate;
  const listed = input.given.iceServers && withoutMinted(input.given.iceServers, source);
  const given = { ...input.given, ...(listed ? { iceServers: listed.iceServers } : {}) };
  const place = machinePlace({ candidate, baseline, ...(given.iceServers ? { iceServers: given.iceServers } : {}) });
  const derived = deriveProfile(given, { config: source, publicAddress: place.publicAddress });
  if ("faults" in derived) return derived;
  const hosts = urlHosts(derived.profile.iceServers, place, source.facts.hostname);
  const tooMuch = machineFaults(derived.profile, machine);
  if ("faults" in hosts) return { faults: [...tooMuch, ...hosts.faults] };
  if (tooMuch.length > 0) return { faults: tooMuch };
  const profile = { ...derived.profile, iceServers: hosts.iceServers };
  if (baseline && !canAnyWork(profile, baseline)) return { faults: [uselessBaseline(profile, baseline)] };
  const urls = [...new Set(profile.iceServers.flatMap((entry) => entry.urls))];
  const findingsOf = (config: TurnConfig) => [
    ...cellsThatCannotWork(profile, config),
    ...certificateFindings(config, urls, nowMs),
    ...firewallFindings(profile, config),
  ];
  return {
    profile,
    place,
    hosts,
    cells: planCells(profile, source),
    needs: needsOf(profile, { urls, place, baseline }),
    findings: {
      candidate: [...missingFiles(candidate, baseline), ...findingsOf(candidate)],
      baseline: baseline ? findingsOf(baseline) : [],
    },
    notes: [
      ...derived.notes,
      ...(listed?.note ? [listed.note] : []),
      ...hosts.notes,
      ...fileNotes(candidate, baseline),
    ],
  };
}

/** Nothing that a candidate does could be told from what was there already. */
function uselessBaseline(profile: GateProfile, baseline: TurnConfig): Fault {
  const [first] = cellsThatCannotWork(profile, baseline);
  return {
    place: `${baseline.file} (the baseline)`,
    expected: "a baseline on which at least one kind of call can work",
    found: first?.reason ?? "none",
    ...(first?.fix ? { hint: first.fix } : {}),
  };
}

function needsOf(
  { concurrentCalls, bitsPerSecond, callSeconds, credentialLifetimeS, peerAddresses }: GateProfile,
  { urls, place, baseline }: { urls: string[]; place: MachinePlace; baseline: TurnConfig | null },
): CheckNeeds {
  // Of a candidate alone it is the file's own, or the lab's, unless clients have it.
  const isKnown =
    baseline?.facts.place.publicAddress === place.publicAddress ||
    turnUrls(urls).some(({ host }) => host === place.publicAddress);
  const publicAddress = isKnown ? place.publicAddress : null;
  return { urls, publicAddress, concurrentCalls, bitsPerSecond, callSeconds, credentialLifetimeS, peerAddresses };
}

function fileNotes(candidate: TurnConfig, baseline: TurnConfig | null): string[] {
  const paths = [candidate, ...(baseline ? [baseline] : [])]
    .filter(({ facts }) => !facts.isTlsOff)
    .flatMap(ungivenPaths)
    .filter(({ option }) => option === "cert" || option === "pkey");
  const unique = [...new Set(paths.map(({ path }) => path))];
  if (unique.length === 0) return [];
  return [`certificates are the lab's own where none was given (--file PATH=FILE): ${unique.join(", ")}`];
}
