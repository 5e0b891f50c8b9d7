/** Something this machine lacks and the lab may not or cannot provide itself, with the commands that do. */
export class MissingError extends Error {
  override readonly name = "MissingError";
  readonly commands: readonly string[];

  constructor(what: string, commands: readonly string[], options?: { cause?: unknown }) {
    super([what, ...commands.map((command) => `  ${command}`)].join("\n"), options);
    this.commands = commands;
  }
}
