import { compareVersions } from "../turn-config/version.ts";

/** A line of its own (`--version`, since 4.6), or the name in a usage text: `Coturn-4.5.2 'dan Eider'`. */
export function versionIn(text: string): string | null {
  const [, alone] = /^\s*v?(\d+(?:\.\d+)+)\s*$/m.exec(text) ?? [];
  const [, named] = /coturn[- ]v?(\d+(?:\.\d+)+)/i.exec(text) ?? [];
  return alone ?? named ?? null;
}

/** Whether a version is that one or a later one; false where it is not known. */
export function isAtLeast(version: string | null, least: string): boolean {
  return version !== null && compareVersions(version, least) >= 0;
}
