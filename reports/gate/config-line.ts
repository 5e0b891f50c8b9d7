/** Where a person has to write something in the place of a word. */
const TO_FILL = /=.*(…|\b(PUBLIC|PRIVATE|NAME|VALUE|ADDRESS|REALM|SECRET)\b)/;

/** The options that a fix sets, where it is made of lines of a turnserver.conf that can be taken as they are; null otherwise. */
export function optionsOfLines(fix: string): string[] | null {
  const lines = fix.split("\n");
  const options = lines.map((line) => /^([A-Za-z][\w-]*)(?:=\S.*)?$/.exec(line)?.[1] ?? null);
  return options.every((option) => option !== null) && !lines.some((line) => TO_FILL.test(line)) ? options : null;
}

/** Options of which every line counts: one more does not undo another. */
export const ADDING_OPTIONS: readonly string[] = [
  "allowed-peer-ip",
  "denied-peer-ip",
  "user",
  "static-auth-secret",
  "aux-server",
];
