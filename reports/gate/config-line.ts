/** The option that a fix sets, where the fix is a line of a turnserver.conf and nothing else; null otherwise. */
export function optionOfLine(fix: string): string | null {
  return /^([A-Za-z][\w-]*)(?:=\S.*)?$/.exec(fix)?.[1] ?? null;
}
