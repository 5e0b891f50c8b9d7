/** What one key of turnserver.conf is, as data: a linter reads the same table (`known-options.ts`). */

/**
 * How coturn reads a value (src/apps/relay/mainrelay.c, `set_option`).
 * `flag`: on without a value, else a word for yes or no; a word that is neither ends the server. `switch`: on, whatever
 * its value says, be it `0`. `nothing`: known, and without effect. `integer`: as C's atoi reads it. `external-address`:
 * `PUBLIC` or `PUBLIC/PRIVATE`. `address-range`: `A` or `A-B`; no prefix lengths. `address-port`: `A:PORT`.
 * `user`: `NAME:PASSWORD` or `NAME:0xKEY`.
 */
export type OptionKind =
  | "flag"
  | "switch"
  | "nothing"
  | "integer"
  | "port"
  | "text"
  | "path"
  | "device"
  | "address"
  | "external-address"
  | "address-range"
  | "address-port"
  | "user"
  | "secret"
  | "database";

export type ConfigOption = {
  kind: OptionKind;
  /** The key that is the same thing under another name. */
  aliasOf?: string;
  /** As an argument; in the file short forms are unknown. */
  short?: string;
  /** Every line adds to the others; otherwise the last one counts. */
  isList?: true;
  /** May stand without a value although it takes one. */
  isValueOptional?: true;
  /** Least and greatest value that mean something. */
  range?: readonly [min: number, max: number];
  /** The words it knows. */
  words?: readonly string[];
  /** The first version that knows it; absent: older than 4.5.1.0. */
  since?: string;
  /** The first version that knows it no more. */
  until?: string;
  /** What it asks for is what coturn does unasked, from this version on. */
  isDefaultSince?: string;
  /** From this version on it does nothing, or, where `isTaken`, what it did, and coturn warns. */
  deprecated?: { since: string; instead?: string; isTaken?: true };
  /** Only in builds with this library; Debian's package is built without. */
  needsBuild?: "libprom" | "libmongoc";
  /** Says how the server is run, watched and sped up; no call goes another way because of it. */
  isOperation?: true;
};
