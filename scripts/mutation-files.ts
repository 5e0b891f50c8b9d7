import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { CertificateFlaw } from "../lab/model/topology.ts";
import { CertificateAuthority } from "../lab/turn/certificate-authority.ts";
import { parseConfig } from "../lab/turn-config/parse-config.ts";
import { Settings } from "../lab/turn-config/settings.ts";
import type { ReadyMutation } from "./select-mutations.ts";

/** What a gate is given of a mutation, as its command line has it. */
export type MutationFiles = {
  /** The changed file. */
  config: string;
  /** `--file PATH=FILE`, for what is wrong with a certificate by itself. */
  files: string[];
  /** What only the lab can make: a certificate that clients refuse for its issuer, and for nothing else. */
  certificate?: CertificateFlaw;
};

/** What no file shows, as it is a matter of whom clients trust. */
const OF_THE_LAB: readonly unknown[] = ["untrusted", "incomplete-chain"] satisfies CertificateFlaw[];

/** Writes a mutation's files into `folder`. */
export async function mutationFiles(
  { base, mutation: { certificate }, text }: ReadyMutation,
  folder: string,
): Promise<MutationFiles> {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return relative(process.cwd(), path);
  };
  const config = write(basename(base.config.path), text);
  if (certificate === undefined) return { config, files: [] };
  if (OF_THE_LAB.includes(certificate)) return { config, files: [], certificate: certificate as CertificateFlaw };
  const settings = new Settings(parseConfig(text));
  const [realm, cert, pkey] = ["realm", "cert", "pkey"].map((option) => settings.textOf(option) ?? "") as [
    string,
    string,
    string,
  ];
  const authority = await CertificateAuthority.create("mutation");
  const issued = await authority.issue(realm, [], [], certificate === "other-key" ? undefined : certificate);
  const other = certificate === "other-key" ? await authority.issue(realm, []) : issued;
  return {
    config,
    files: [`${cert}=${write("fullchain.pem", issued.chainPem)}`, `${pkey}=${write("privkey.pem", other.keyPem)}`],
  };
}
