/**
 * Commands that a page shows, with what they printed. An HTML comment in front of a `sh` fence says how it is run:
 *
 *     <!-- run: exit 99 -->      by the unit tests, in a clean folder; what it prints is held against the `text` fence behind
 *     <!-- run: lab -->          needs Docker and time: by `node scripts/run-docs.ts --lab`, which writes down when
 *     <!-- not run: REASON -->   by nobody
 *
 * Words of `run`, between commas: `exit N` (else 0), `lab`, `stderr` (that is what is shown, else stdout).
 */

export type Block = {
  /** Lines of the page, from 1: where the fence of the command is. */
  line: number;
  command: string;
  run: { exit: number; lab: boolean; stream: "stdout" | "stderr" } | null;
  /** Why nobody runs it; null where it has no marker or is run. */
  notRun: string | null;
  /** The fence behind it, and where its text and the line of when it was made are in the page; null without one. */
  shown: { text: string; from: number; to: number; made: { from: number; to: number } } | null;
};

const BLOCK =
  /(?:^<!-- (?<kind>run|not run)(?:: (?<words>[^\n]*?))? -->\n+)?^```sh\n(?<command>.*?)^```\n(?:\n```text\n(?<shown>.*?)```\n(?<made>\n_Made on [^\n]*_\n)?)?/dgms;

/** @throws Error where a marker has a word that is none */
export function pageBlocks(page: string): Block[] {
  return [...page.matchAll(BLOCK)].map((match) => {
    const { kind, words = "", command = "", shown } = match.groups ?? {};
    const [from = 0, to = 0] = match.indices?.groups?.shown ?? [];
    const line = page.slice(0, match.index + match[0].indexOf("```sh")).split("\n").length;
    const end = match.index + match[0].length;
    return {
      line,
      command: command.trim(),
      run: kind === "run" ? readWords(words, line) : null,
      notRun: kind === "not run" ? words : null,
      shown: shown === undefined ? null : { text: shown, from, to, made: { from: to + "```\n".length, to: end } },
    };
  });
}

function readWords(words: string, line: number): NonNullable<Block["run"]> {
  const run: NonNullable<Block["run"]> = { exit: 0, lab: false, stream: "stdout" };
  for (const word of words.split(",").map((part) => part.trim())) {
    const [, exit] = /^exit (\d+)$/.exec(word) ?? [];
    if (exit !== undefined) run.exit = Number(exit);
    else if (word === "lab") run.lab = true;
    else if (word === "stderr") run.stream = "stderr";
    else if (word !== "") throw new Error(`line ${line}: expected exit N, lab or stderr; found "${word}"`);
  }
  return run;
}
