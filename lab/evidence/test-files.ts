import { readFileSync } from "node:fs";
import type { EvidenceFile } from "./reader.ts";

/** For tests: a dump that this lab's own browser made, cut to one call. */
export const fixture = (name: string): EvidenceFile => ({
  name,
  bytes: readFileSync(new URL(`fixtures/${name}`, import.meta.url)),
});

export const textFile = (text: string, name = "app.log"): EvidenceFile => ({ name, bytes: Buffer.from(text) });
