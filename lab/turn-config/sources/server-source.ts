import type { CheckFinding } from "../../model/check.ts";
import type { PublishedPort } from "./published-ports.ts";
import type { ServerArgument } from "./read-arguments.ts";

/** Where something stands, as the user named the file; lines count from 1. */
export type Place = { file: string; line: number };

/** A word of a command line. `isKnown`: false where only the machine that runs it can say what it is (`$(hostname)`). */
export type Word = { text: string; line: number; isKnown: boolean };

/**
 * What a container has in its file system from outside. `source`: a path as it stands there, relative to the file that
 * names it; null is a volume, of which nobody here knows what is in it.
 */
export type Mount = { source: string | null; target: string; line: number };

/** A coturn that some file starts, and what of its surroundings decides whom it serves. Holds secrets. */
export type ServerSource = {
  file: string;
  /** A service of several; null where there is no other to tell it from. */
  name: string | null;
  /** Where findings go that have no line of their own. */
  anchorLine: number;
  /** As they stand in the file; of an image's own command none. */
  arguments: ServerArgument[];
  /** The configuration file that it reads: `-n` is none, without `-c` those of which coturn takes the first that is there. */
  configFile: { paths: readonly string[]; isNamed: boolean; line: number } | null;
  /** Null: it runs on the machine itself, and paths are that machine's. */
  container: Container | null;
  /** What reading found. */
  findings: CheckFinding[];
};

export type Container = {
  image: string | null;
  mounts: Mount[];
  /** `host`: all ports are the machine's. `other`: another container's, or a network with addresses of its own. */
  network: "published" | "host" | "other";
  ports: PublishedPort[];
  /** Some port is known only to the machine that runs it. */
  hasOpenPorts: boolean;
  /** It runs what the image starts by itself: the author gave no command. */
  isImageCommand: boolean;
  /** Names of variables that its environment has, with their lines. */
  variables: { name: string; line: number }[];
  /** How a port is published, for a fix: `ports: - "3478:3478/udp"`, `-p 3478:3478/udp`. */
  publish: (port: string) => string;
};
