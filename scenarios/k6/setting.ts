/** What a script is told by its environment: `k6 run -e RATE=50 …`. Nothing of k6 is in here. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws an Error that names the variable; k6 ends with 107 then */
export function wholeNumber(environment: Environment, name: string, otherwise: number): number {
  const given = environment[name];
  if (given === undefined || given === "") return otherwise;
  if (!/^[1-9]\d*$/.test(given)) throw new Error(`${name}: expected a whole number above 0, found "${given}"`);
  return Number(given);
}

/** @throws an Error that names the variable */
export function oneOf<W extends string>(environment: Environment, name: string, words: readonly W[], otherwise: W): W {
  const given = environment[name] || otherwise;
  const found = words.find((word) => word === given);
  if (found === undefined) throw new Error(`${name}: expected one of ${words.join(", ")}, found "${given}"`);
  return found;
}

/** @throws an Error that names the variable */
export function needed(environment: Environment, name: string): string {
  const given = environment[name];
  if (!given) throw new Error(`${name}: expected a value, found none`);
  return given;
}
