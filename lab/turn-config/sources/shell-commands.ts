import { type Command, forEachChild, parse, type Word as ShellWord, type SyntaxNode, type WordPart } from "unbash";
import { interpolate, SHELL } from "./interpolate.ts";
import type { Word } from "./server-source.ts";

/** A value of a variable of the script: its words, and whether they are known before it runs. */
type Variable = { words: Word[] };

/**
 * The simple commands of a shell script in the order of the text, as words, with the script's own variables and `values`
 * filled in. Nothing is run: what a command puts out, and what the caller passes, is unknown. A name without a value stays
 * `${NAME}`.
 */
export function shellCommands(text: string, values: ReadonlyMap<string, string>, firstLine = 1): Word[][] {
  const script = parse(text);
  const lineAt = lineCounter(text, firstLine);
  const scope = new Map<string, Variable>();
  const commands: Word[][] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") {
      const words = commandWords(node, { values, scope, lineAt });
      if (words.length > 0) commands.push(words);
    }
    forEachChild(node, visit);
  };
  visit(script as SyntaxNode);
  return commands;
}

type Scope = { values: ReadonlyMap<string, string>; scope: Map<string, Variable>; lineAt: (offset: number) => number };

function commandWords(command: Command, scope: Scope): Word[] {
  for (const prefix of command.prefix) {
    if (prefix.type !== "Assignment") continue;
    const { name, value, append } = prefix;
    const words =
      value.type === "ArrayValue" ? value.elements.flatMap((word) => expand(word, scope)) : expand(value, scope);
    const before = append ? (scope.scope.get(name)?.words ?? []) : [];
    scope.scope.set(name, { words: [...before, ...words] });
  }
  if (!command.name) return [];
  const rest = command.args.flatMap((argument) =>
    argument.type === "Word"
      ? expand(argument, scope)
      : [{ text: argument.text, line: scope.lineAt(argument.pos), isKnown: true }],
  );
  return [...expand(command.name, scope), ...rest];
}

/** One word, or those of an array that stands for itself (`"${OPTIONS[@]}"`), or of an unquoted variable with blanks. */
function expand(word: ShellWord, { values, scope, lineAt }: Scope): Word[] {
  const line = lineAt(word.pos);
  const array = /^"?\$\{([A-Za-z_]\w*)\[[@*]\]\}"?$/.exec(word.text)?.[1];
  if (array !== undefined) return scope.get(array)?.words ?? [{ text: "", line, isKnown: false }];
  const parts = word.parts ?? [];
  if (parts.length === 0) return [{ text: word.value, line, isKnown: true }];
  let isKnown = true;
  const text = parts.map((part) => partText(part, { values, scope, lineAt }, () => (isKnown = false))).join("");
  const isBare = /^\$(\w+|\{\w+\})$/.test(word.text);
  // What a variable without quotes holds is parted at blanks.
  const words = isBare && isKnown ? text.split(/\s+/).filter((piece) => piece !== "") : [text];
  return words.map((piece) => ({ text: piece, line, isKnown }));
}

function partText(part: WordPart, scope: Scope, notKnown: () => void): string {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
    case "Glob":
      return part.value;
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.map((child) => partText(child, scope, notKnown)).join("");
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion": {
      const name = /^\$\{?([A-Za-z_]\w*)/.exec(part.text)?.[1];
      const own = name === undefined ? undefined : scope.scope.get(name);
      if (own?.words.some((word) => !word.isKnown)) notKnown();
      const owns = [...scope.scope].map(([key, { words }]) => [key, words.map(({ text }) => text).join(" ")] as const);
      const { text, isKnown } = interpolate(part.text, new Map([...scope.values, ...owns]), SHELL);
      // `$1`, `$@`, `$#`: the caller's.
      if (!isKnown || /^\$\{?[^A-Za-z_({]/.test(part.text)) notKnown();
      return isKnown ? text : "";
    }
    case "ArithmeticExpansion":
    case "ProcessSubstitution":
      notKnown();
      return "";
    default:
      return part.text;
  }
}

/** The line of an offset in a text. */
export function lineCounter(text: string, firstLine = 1): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + firstLine;
  };
}
