import { isIPv4 } from "node:net";
import type { RawIceServer } from "../model/topology.ts";
import { specialUse, whyNotPublic } from "../scenario/public-address.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { turnUrls } from "./turn-urls.ts";

/** Where the machine stands that both files are run on. `privateAddress`: null where it has the public one itself. */
export type MachinePlace = { publicAddress: string; privateAddress: string | null };

/** Of a machine that nobody says an address of. */
const LAB_ADDRESS = "34.77.1.10";

type Sides = { candidate: TurnConfig; baseline: TurnConfig | null; iceServers?: readonly RawIceServer[] };

/**
 * The machine is the baseline's. Without one it is where clients are told to look for it, else where the candidate says; a
 * candidate that says something else than this runs here all the same, and is found out.
 */
export function machinePlace({ candidate, baseline, iceServers = [] }: Sides): MachinePlace {
  const own = baseline?.facts.place;
  const ofCandidate = candidate.facts.place;
  const publicAddress =
    [own?.publicAddress, ...turnAddresses(iceServers), ofCandidate.publicAddress].find(isUsable) ?? LAB_ADDRESS;
  const ownPrivate = behindNat(own ? own.privateAddress : ofCandidate.privateAddress);
  // Of one machine one file may say more than the other; a baseline that says nothing contradicts nobody.
  const saysNothing = own?.publicAddress === null && own.privateAddress === null;
  const isSame = saysNothing || own?.publicAddress === ofCandidate.publicAddress;
  return { publicAddress, privateAddress: ownPrivate ?? (isSame ? behindNat(ofCandidate.privateAddress) : null) };
}

/** A second public address is none that a machine has behind a NAT. */
const behindNat = (address: string | null) => (address !== null && specialUse(address) !== null ? address : null);

const isUsable = (address: string | null | undefined): address is string =>
  typeof address === "string" && whyNotPublic(address) === null;

function turnAddresses(iceServers: readonly RawIceServer[]): string[] {
  const hosts = iceServers.flatMap(({ urls }) => turnUrls([urls].flat())).map(({ host }) => host);
  return hosts.filter((host) => isIPv4(host));
}
