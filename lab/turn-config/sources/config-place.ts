import { isOfficialImage } from "./server-command.ts";
import type { Mount, ServerSource } from "./server-source.ts";

/**
 * Where a server's configuration file is. `none`: it reads none. `beside`: at one of these paths, of which the first
 * that is there counts, relative to the file that starts the server. `away`: on another machine, in an image, or in a
 * volume. `missing`: it names one, and its container has none there.
 */
export type ConfigPlace =
  | { kind: "none" }
  | { kind: "beside"; paths: string[]; line: number }
  | { kind: "away"; path: string; line: number }
  | { kind: "missing"; path: string; line: number };

export function configPlace({ configFile, container, anchorLine }: ServerSource): ConfigPlace {
  if (configFile === null) return { kind: "none" };
  const [first = ""] = configFile.paths;
  const { line } = configFile;
  if (container === null) {
    const isBeside = configFile.isNamed && isRelative(first);
    return isBeside ? { kind: "beside", paths: [first], line } : { kind: "away", path: first, line };
  }
  const held = configFile.paths.flatMap((path) => heldBy(path, container.mounts));
  const beside = held.flatMap(({ path }) => (path !== null && isRelative(path) ? [path] : []));
  if (beside.length > 0) return { kind: "beside", paths: beside, line: held[0]?.line ?? anchorLine };
  const [away] = held;
  if (away) return { kind: "away", path: away.path ?? first, line: away.line };
  const isBare = container.image !== null && isOfficialImage(container.image);
  if (!configFile.isNamed) return isBare ? { kind: "none" } : { kind: "away", path: first, line };
  return isBare ? { kind: "missing", path: first, line } : { kind: "away", path: first, line };
}

/** Others are the machine's on which the server runs. */
const isRelative = (path: string) => !/^[/~]/.test(path) && !path.includes("${");

/** The path outside of a path in the container: by the deepest mount that holds it. */
function heldBy(path: string, mounts: readonly Mount[]): { path: string | null; line: number }[] {
  const [mount] = mounts
    .filter(({ target }) => path === target || path.startsWith(`${bare(target)}/`))
    .toSorted((a, b) => b.target.length - a.target.length);
  if (!mount) return [];
  const { source, line } = mount;
  const inside = path === mount.target ? "" : path.slice(bare(mount.target).length);
  return [{ path: source === null ? null : inside === "" ? source : `${bare(source)}${inside}`, line }];
}

const bare = (path: string) => path.replace(/\/+$/, "");
