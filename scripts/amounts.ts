/** Amounts as people write them on a command line; null: it is none. */

const RATE = /^(\d+(?:\.\d+)?)\s*([kMG]?)(?:bit(?:\/s)?|bps)?$/i;
const SIZE = /^(\d+(?:\.\d+)?)\s*([kMGT]?)(?:i?B)?$/i;
const DECIMAL: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
const BINARY: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bits per second: `500k`, `20M`, `1.5Gbit`. */
export const readRate = (text: string) => read(text, RATE, DECIMAL);

/** Bytes, in powers of 1,024 as of docker and free: `512M`, `1GiB`. */
export const readBytes = (text: string) => read(text, SIZE, BINARY);

function read(text: string, form: RegExp, units: Readonly<Record<string, number>>): number | null {
  const [, number, unit = ""] = form.exec(text.trim()) ?? [];
  const factor = units[unit.toLowerCase()];
  return number === undefined || factor === undefined ? null : Math.round(Number(number) * factor);
}
