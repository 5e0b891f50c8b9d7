import type { ConfigLine } from "../parse-config.ts";
import { readRange } from "../read-value.ts";
import type { Settings } from "../settings.ts";
import { compareVersions } from "../version.ts";
import {
  type AddressNumber,
  type AddressSpan,
  addressNumber,
  bytesOf,
  isCovered,
  spanOfPrefix,
  spanOfRange,
} from "./address-number.ts";

/** One line of `denied-peer-ip` or `allowed-peer-ip`. */
export type AclRange = { span: AddressSpan; line: ConfigLine };

export type AclVerdict = {
  isAllowed: boolean;
  /** The line that says so; null where coturn itself does, or nothing. */
  line: ConfigLine | null;
};

/**
 * Whom a coturn relays to, as `good_peer_addr` and `ioa_addr_in_range` read it (4.6.1 and 4.17.1, src/server/ns_turn_server.c,
 * src/client/ns_turn_ioaddr.c): what is denied without asking comes first, then `allowed-peer-ip`, then `denied-peer-ip`.
 */
export class PeerAcl {
  readonly allowed: readonly AclRange[];
  readonly denied: readonly AclRange[];
  readonly #settings: Settings;
  readonly #version: string | null;

  constructor(settings: Settings, version: string | null) {
    this.allowed = rangesOf(settings, "allowed-peer-ip");
    this.denied = rangesOf(settings, "denied-peer-ip");
    this.#settings = settings;
    this.#version = version;
  }

  verdictOn(address: string): AclVerdict {
    const number = addressNumber(address);
    if (!number) return { isAllowed: true, line: null };
    if (this.isBuiltIn(number)) return { isAllowed: false, line: null };
    const holds = ({ span }: AclRange) => this.#holds(span, number);
    const allowed = this.allowed.find(holds);
    if (allowed) return { isAllowed: true, line: allowed.line };
    const denied = this.denied.find(holds);
    return { isAllowed: !denied, line: denied?.line ?? null };
  }

  /** Whether every address of a range is denied, but for single exceptions. */
  isDenied(span: AddressSpan): boolean {
    const builtIn = this.#builtInSpans();
    const denied = this.denied.flatMap((range) => asTaken(range.span));
    const isReopened = this.allowed.some((range) => isCovered(span, asTaken(range.span)));
    return isCovered(span, builtIn) || (!isReopened && isCovered(span, [...builtIn, ...denied]));
  }

  /** What coturn denies before it looks at any range. */
  isBuiltIn({ family, value }: AddressNumber): boolean {
    return this.#builtInSpans().some((span) => span.family === family && span.first <= value && value <= span.last);
  }

  #builtInSpans(): AddressSpan[] {
    const prefixes = ["0.0.0.0/8", "::/128"];
    if (this.#settings.isOn("no-multicast-peers")) prefixes.push("224.0.0.0/3", "ff00::/8");
    if (!this.#settings.isOn("allow-loopback-peers")) prefixes.push("127.0.0.0/8", "::1/128");
    if (this.deniesInternal) prefixes.push("169.254.0.0/16", "fe80::/10", "fc00::/7", "fec0::/10");
    return prefixes.map(spanOfPrefix);
  }

  /** Link-local, unique local and site-local peers are refused whatever the file says (ChangeLog 4.13.1, #1947). */
  get deniesInternal(): boolean {
    return this.#version !== null && compareVersions(this.#version, "4.13.1") >= 0;
  }

  #holds(span: AddressSpan, { family, value }: AddressNumber): boolean {
    // A bound of zeros is none (`addr_any`), and IPv4 sorts before IPv6.
    const isAbove =
      span.first === 0n || (span.family === family ? this.#isAtMost(span.first, value, family) : span.family < family);
    const isBelow =
      span.last === 0n || (span.family === family ? this.#isAtMost(value, span.last, family) : family < span.family);
    return isAbove && isBelow;
  }

  /** Before 4.16.0 IPv6 addresses were compared byte by byte, each for itself (CVE-2026-73213). */
  #isAtMost(a: bigint, b: bigint, family: 4 | 6): boolean {
    const isWhole = family === 4 || this.#version === null || compareVersions(this.#version, "4.16.0") >= 0;
    if (isWhole) return a <= b;
    const right = bytesOf(b);
    return bytesOf(a).every((byte, index) => byte <= (right[index] ?? 0));
  }
}

const ALL: readonly AddressSpan[] = [spanOfPrefix("0.0.0.0/0"), spanOfPrefix("::/0")];
const ALL_IPV4 = spanOfPrefix("0.0.0.0/0");

/**
 * What a range comes to: one that ends with zeros has no end, and one that begins with `::` takes all of IPv4 with it
 * (field failure F28, measured with 4.17.1).
 */
export function asTaken(span: AddressSpan): AddressSpan[] {
  if (span.last === 0n) return [...ALL];
  if (span.family === 6 && span.first === 0n) return [ALL_IPV4, span];
  return [span];
}

function rangesOf(settings: Settings, option: string): AclRange[] {
  return settings.linesOf(option).flatMap((line) => {
    const range = readRange(line.value);
    const span = range && spanOfRange(range);
    return span ? [{ span, line }] : [];
  });
}
