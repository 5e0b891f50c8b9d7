/** A word as it stands in a text, from `start` up to `end`; `text` is without its quotes. */
export type SplitWord = { text: string; start: number; end: number };

/**
 * Splits a command line at blanks as Docker Compose and systemd do: quotes keep words together and vanish, a backslash
 * takes the next character as it is. Nothing is expanded, and blanks inside `${…}` and `$(…)` part nothing.
 */
export function splitWords(text: string): SplitWord[] {
  const words: SplitWord[] = [];
  let word: SplitWord | null = null;
  let quote = "";
  const open: string[] = [];
  const add = (at: number, characters: string) => {
    word ??= { text: "", start: at, end: at };
    word.text += characters;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (quote !== "'" && character === "\\" && at + 1 < text.length) {
      at += 1;
      // A line that goes on in the next one.
      if (text[at] !== "\n") add(at - 1, text[at] ?? "");
      continue;
    }
    if (open.length > 0 || (quote !== "'" && /^\$[{(]/.test(text.slice(at, at + 2)))) {
      if (character === "$" && /[{(]/.test(text[at + 1] ?? "")) {
        open.push(text[at + 1] === "{" ? "}" : ")");
        add(at, text.slice(at, at + 2));
        at += 1;
      } else {
        if (character === open.at(-1)) open.pop();
        add(at, character);
      }
      continue;
    }
    if (quote !== "" ? character === quote : character === '"' || character === "'") {
      quote = quote === "" ? character : "";
      add(at, "");
    } else if (quote === "" && /\s/.test(character)) {
      if (word) words.push({ ...(word as SplitWord), end: at });
      word = null;
    } else add(at, character);
  }
  if (word) words.push({ ...(word as SplitWord), end: text.length });
  return words;
}
