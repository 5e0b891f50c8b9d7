import type { IceParameters } from "../protocol.ts";

/** The user name fragment and password of a session description's first transport (RFC 8839 section 5.4). */
export function iceParametersOf(sdp: string): IceParameters {
  return { ufrag: attribute(sdp, "ice-ufrag"), password: attribute(sdp, "ice-pwd") };
}

/** The same description with another generation's user name and password, and without the old one's candidates. */
export function withIceParameters(sdp: string, { ufrag, password }: IceParameters): string {
  return sdp
    .split("\r\n")
    .filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line))
    .map((line) => line.replace(/^a=ice-ufrag:.*/, `a=ice-ufrag:${ufrag}`))
    .map((line) => line.replace(/^a=ice-pwd:.*/, `a=ice-pwd:${password}`))
    .join("\r\n");
}

/**
 * The same description with another role in DTLS, which a restart leaves as it is: an offer leaves it open, an answer says
 * what follows from the own end's (RFC 8842 section 5).
 */
export function withSetup(sdp: string, setup: "actpass" | "active" | "passive"): string {
  return sdp.replace(/^a=setup:.*$/gm, `a=setup:${setup}`);
}

/** The DTLS role of the far end, by the description of the two that is an answer. */
export function farSetup(local: string, remote: string): "active" | "passive" {
  const own = /^a=setup:(active|passive)\s*$/m.exec(local)?.[1];
  if (own) return own === "active" ? "passive" : "active";
  return /^a=setup:passive\s*$/m.test(remote) ? "passive" : "active";
}

/** Which media section a candidate belongs to: the first whose user name fragment is the candidate's, else the first. */
export function sectionOf(sdp: string, ufrag: string): number {
  const sections = sdp.split(/^m=/m).slice(1);
  const index = sections.findIndex((section) => section.split("\r\n").includes(`a=ice-ufrag:${ufrag}`));
  return Math.max(0, index);
}

/** Every user name of a description, each once: sections that are not bundled have their own. */
export function ufragsOf(sdp: string): string[] {
  return [...new Set([...sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)].map(([, ufrag]) => ufrag ?? ""))];
}

export function hasUfrag(sdp: string | undefined, ufrag: string): boolean {
  return sdp?.split("\r\n").includes(`a=ice-ufrag:${ufrag}`) ?? false;
}

function attribute(sdp: string, name: string): string {
  const value = new RegExp(`^a=${name}:(.*)$`, "m").exec(sdp)?.[1]?.trim();
  if (!value) throw new Error(`the description has no a=${name}`);
  return value;
}
