/** Why a file could not be read, in words: what the system calls it stands behind, for whoever looks it up. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "a folder",
  ENOTDIR: "a path that leads through a file",
  EACCES: "a file that this user may not read",
  EPERM: "a file that this user may not read",
  ELOOP: "symbolic links that lead in a circle",
  ENAMETOOLONG: "a name that is too long",
};

/** `no such file (ENOENT)`. */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string") return "nothing that can be read";
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
