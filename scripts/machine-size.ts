import { type MachineSize, SIZE_LIMITS } from "../lab/model/capacity.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { readBytes, readRate } from "./amounts.ts";

/** A machine's size as a command line has it, option by option. */
export type SizeOptions = { cpus?: string; memory?: string; nic?: string; openFiles?: string };

type Reader = { key: keyof MachineSize; read: (text: string) => number | null; expected: string };

const READERS: Readonly<Record<keyof SizeOptions, Reader>> = {
  cpus: { key: "cpus", read: readNumber, expected: `cores, as 0.25 or 2, at least ${SIZE_LIMITS.cpus.min}` },
  memory: { key: "memoryBytes", read: readBytes, expected: "memory, as 512M or 1G, at least 6M" },
  nic: { key: "nicBitsPerSecond", read: readRate, expected: "bits per second, as 100M or 1G, at least 256k" },
  openFiles: { key: "fileDescriptors", read: readNumber, expected: "a whole number from 64 to 1048576" },
};

/** `place`: what each fault says before the option's name. */
export function readSize(options: SizeOptions, place = (option: string) => `--${kebab(option)}`) {
  const size: MachineSize = {};
  const faults: Fault[] = [];
  for (const [option, { key, read, expected }] of Object.entries(READERS)) {
    const text = options[option as keyof SizeOptions];
    if (text === undefined) continue;
    const value = read(text);
    const { min, max } = SIZE_LIMITS[key];
    const isWhole = key !== "fileDescriptors" || Number.isInteger(value);
    if (value !== null && value >= min && value <= max && isWhole) size[key] = value;
    else faults.push({ place: place(option), expected, found: `"${text}"` });
  }
  return { size, faults };
}

/** Another size in one word: `cpus=0.5,memory=512M`. What it does not say is as `base` has it. */
export function readSizeWord(text: string, base: MachineSize): { size: MachineSize; faults: Fault[] } {
  const options: Record<string, string> = {};
  const faults: Fault[] = [];
  const names = Object.keys(READERS).map(kebab);
  for (const part of text.split(",")) {
    const [, name = "", value = ""] = /^([a-z-]+)=(.+)$/.exec(part.trim()) ?? [];
    if (names.includes(name)) options[camel(name)] = value;
    else {
      const place = `--predict ${text}`;
      faults.push({ place, expected: `${names.join("=…, ")}=…`, found: `"${part}"`, ...didYouMean(name, names) });
    }
  }
  const read = readSize(options, (option) => `--predict ${kebab(option)}`);
  return { size: { ...base, ...read.size }, faults: [...faults, ...read.faults] };
}

function readNumber(text: string): number | null {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
