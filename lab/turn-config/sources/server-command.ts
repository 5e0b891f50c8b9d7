import type { CheckFinding } from "../../model/check.ts";
import { readArguments } from "./read-arguments.ts";
import type { Container, ServerSource, Word } from "./server-source.ts";

/** Programs that start the one behind them, and their options that take a word more. */
const STARTERS: Readonly<Record<string, readonly string[]>> = {
  sudo: ["-u", "-g", "-h", "-p", "-C", "--user", "--group"],
  exec: ["-a"],
  env: ["-u", "-C", "--unset", "--chdir"],
  nohup: [],
  setsid: [],
  time: [],
  nice: ["-n"],
  ionice: ["-c", "-n"],
  command: [],
  tini: ["-g"],
  "dumb-init": [],
  gosu: [],
  "su-exec": [],
  setpriv: [],
};
const WITH_USER = ["gosu", "su-exec"];
const SERVERS = ["turnserver", "coturn"];
const SHELLS = ["sh", "bash", "dash", "ash"];

const baseName = (path: string) => path.split("/").at(-1) ?? "";

/** The words from the program on, without what only starts it. */
export function withoutStarters(words: readonly Word[]): Word[] {
  const rest = [...words];
  for (let first = rest[0]; first; first = rest[0]) {
    const starter = baseName(first.text);
    const options = STARTERS[starter];
    if (options === undefined) break;
    rest.shift();
    if (WITH_USER.includes(starter)) rest.shift();
    for (let next = rest[0]; next; next = rest[0]) {
      if (/^[A-Za-z_]\w*=/.test(next.text)) rest.shift();
      else if (next.text.startsWith("-")) {
        rest.shift();
        if (options.includes(next.text)) rest.shift();
        if (next.text === "--") break;
      } else break;
    }
  }
  return rest;
}

/** turnserver's own words where these start one; null otherwise. */
export function serverWords(words: readonly Word[]): Word[] | null {
  const [program, ...rest] = withoutStarters(words);
  return program && SERVERS.includes(baseName(program.text)) ? rest : null;
}

/** `sh -c SCRIPT`: the script's word. */
export function shellScript(words: readonly Word[]): Word | null {
  const [program, ...rest] = withoutStarters(words);
  if (!program || !SHELLS.includes(baseName(program.text))) return null;
  const at = rest.findIndex(({ text }) => /^-[a-z]*c$/.test(text));
  return at === -1 ? null : (rest[at + 1] ?? null);
}

/** Where coturn looks for `turnserver.conf` without `-c` (coturn: `config_file_search_dirs`), and distributions have it. */
const USUAL_FILES = [
  "/etc",
  "/etc/turnserver",
  "/etc/coturn",
  "/usr/local/etc",
  "/usr/local/etc/turnserver",
  "/usr/local/etc/coturn",
].map((folder) => `${folder}/turnserver.conf`);

export type Around = {
  file: string;
  name: string | null;
  anchorLine: number;
  container: Container | null;
  findings?: readonly CheckFinding[];
};

/** A server out of its arguments and of what is around it. */
export function serverSource(
  words: readonly Word[],
  { file, name, anchorLine, container, findings = [] }: Around,
): ServerSource {
  const read = readArguments(file, words);
  return {
    file,
    name,
    anchorLine,
    arguments: read.arguments,
    configFile: read.isConfigFileOff
      ? null
      : read.configFile
        ? { paths: [read.configFile.path], isNamed: true, line: read.configFile.line }
        : { paths: USUAL_FILES, isNamed: false, line: anchorLine },
    container,
    findings: [...findings, ...read.findings],
  };
}

/** Whether an image's name says that coturn is in it. */
export function isCoturnImage(reference: string): boolean {
  return /(^|[/_-])(coturn|turnserver)([:@/_-]|$)/i.test(reference);
}

/** Images that carry coturn's own entry point, default command and version tags. */
export function isOfficialImage(reference: string): boolean {
  return /(^|\/)(coturn|instrumentisto)\/coturn([:@]|$)/.test(reference);
}

/** `coturn/coturn:4.6.2-r12` is 4.6.2; null where the tag leaves it open, as `latest` and `4.6` do. */
export function versionOfImage(reference: string): string | null {
  if (!isCoturnImage(reference)) return null;
  return /:(?:v)?(\d+\.\d+\.\d+(?:\.\d+)?)(?:[-_][\w.-]+)?(?:@sha256:[0-9a-f]+)?$/.exec(reference)?.[1] ?? null;
}
