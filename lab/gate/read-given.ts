import type { Fault } from "../scenario/fault.ts";
import type { GivenProfile } from "./given-profile.ts";
import { readIceServers } from "./read-ice-servers.ts";
import { readProfile } from "./read-profile.ts";

/** A file as its command line names it, and what is in it. */
export type NamedText = { file: string; text: string };

export type GivenTexts = { profile: NamedText | null; iceServers: NamedText | null };

export type ReadGiven = {
  given: GivenProfile;
  /** Each under the file, or `command line`, that has them. */
  faults: { heading: string; faults: Fault[] }[];
};

/** What `--profile` and `--ice-servers` say together, for the gate and the check alike; with faults, what is left of it. Pure. */
export function readGiven({ profile, iceServers }: GivenTexts): ReadGiven {
  const faults: ReadGiven["faults"] = [];
  const read = profile ? readProfile({ text: profile.text }) : { given: {} };
  if ("faults" in read) faults.push({ heading: profile?.file ?? "", faults: read.faults });
  const list = iceServers ? readIceServers(iceServers.text) : null;
  if (list && "faults" in list) faults.push({ heading: iceServers?.file ?? "", faults: list.faults });
  const given = "given" in read ? read.given : {};
  if (!list || "faults" in list) return { given, faults };
  if (given.iceServers) {
    const expected = "no iceServers in the profile, or no --ice-servers beside it";
    const found = `iceServers in ${profile?.file} as well`;
    faults.push({ heading: "command line", faults: [{ place: "--ice-servers", expected, found }] });
  }
  // What an answer says of its credentials holds for those that the gate mints in their place.
  const lifetime = list.ttlSeconds === null ? {} : { credentialLifetimeS: list.ttlSeconds };
  return { given: { ...lifetime, ...given, iceServers: list.iceServers }, faults };
}
