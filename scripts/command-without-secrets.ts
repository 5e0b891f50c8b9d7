/** Options whose values open something: all of it, or what follows the name. */
const SECRET = new Set(["--turn-password"]);
const NAMED = new Set(["--set"]);

/** The words of a command line as the log may hold them; who repeats it puts in again what `***` stands for. */
export function commandWithoutSecrets(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const [, option = "", value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (value !== undefined && SECRET.has(option)) return `${option}=***`;
    if (value !== undefined && NAMED.has(option)) return `${option}=${nameAlone(value)}`;
    const before = words[index - 1] ?? "";
    if (SECRET.has(before)) return "***";
    return NAMED.has(before) ? nameAlone(word) : word;
  });
}

function nameAlone(pair: string): string {
  const at = pair.indexOf("=");
  return at < 0 ? "***" : `${pair.slice(0, at)}=***`;
}
