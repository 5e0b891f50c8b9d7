import { globSync } from "node:fs";
import { PROJECT_ROOT } from "../../lab/runtime/archive.ts";

/** The pages for users, from the project's root. */
export const PAGES: readonly string[] = ["README.md", ...globSync("docs/*.md", { cwd: PROJECT_ROOT }).toSorted()];
