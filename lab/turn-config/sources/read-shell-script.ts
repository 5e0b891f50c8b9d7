import { hasServerEntrypoint, readDockerRun } from "./docker-run.ts";
import { interpolate, SHELL } from "./interpolate.ts";
import { isCoturnImage, serverSource, serverWords, shellScript } from "./server-command.ts";
import type { Container, ServerSource, Word } from "./server-source.ts";
import { shellCommands } from "./shell-commands.ts";

type Values = ReadonlyMap<string, string>;

/** Every turnserver that a shell script, or a single command line, starts: by itself or in a container. */
export function readShellScript(file: string, text: string, values: Values): ServerSource[] {
  const found = shellCommands(text, values).flatMap((command) => serversOf(file, command, { values, container: null }));
  const isSeveral = found.length > 1;
  return found.map((source) => (isSeveral ? { ...source, name: `line ${source.anchorLine}` } : source));
}

type Inside = { values: Values; container: Container | null };

/** The servers that one command starts. `values`: what is known of its environment. */
export function serversOf(
  file: string,
  command: readonly Word[],
  { values, container }: Inside,
  name: string | null = null,
): ServerSource[] {
  const [first] = command;
  if (!first) return [];
  const own = serverWords(command);
  if (own) return [serverSource(own, { file, name, anchorLine: first.line, container })];
  const script = shellScript(command);
  if (script) {
    const inner = shellCommands(script.text, values, script.line);
    return inner.flatMap((words) => serversOf(file, words, { values, container }, name));
  }
  const run = readDockerRun(command);
  if (!run) return [];
  const inside = new Map([...values, ...run.environment]);
  const words = run.words.map((word) => inContainer(word, inside, run.container.image));
  if (hasServerEntrypoint(run) || (isCoturnImage(run.container.image ?? "") && !words.some(isProgram))) {
    return [serverSource(words, { file, name, anchorLine: run.line, container: run.container })];
  }
  const entrypoint = run.entrypoint === null ? [] : [{ text: run.entrypoint, line: run.line, isKnown: true }];
  return serversOf(file, [...entrypoint, ...words], { values: inside, container: run.container }, name);
}

const isProgram = ({ text }: Word, index: number) => index === 0 && !text.startsWith("-");

/** The official image's entry point hands every argument through a shell once more (docker-entrypoint.sh). */
export function inContainer(word: Word, values: Values, _image: string | null): Word {
  if (!/[$`]/.test(word.text)) return word;
  const { text, isKnown } = interpolate(word.text, values, SHELL);
  return { ...word, text, isKnown: word.isKnown && isKnown };
}
