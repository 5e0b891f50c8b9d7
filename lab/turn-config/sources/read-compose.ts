import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import { mountOf, networkOf } from "./docker-run.ts";
import { COMPOSE, interpolate } from "./interpolate.ts";
import { type PublishedPort, parsePublished, readPorts } from "./published-ports.ts";
import { inContainer, serversOf } from "./read-shell-script.ts";
import { isCoturnImage, serverSource, serverWords, shellScript } from "./server-command.ts";
import type { Container, Mount, ServerSource, Word } from "./server-source.ts";
import { splitWords } from "./split-words.ts";

/** A fault of the text itself; no text of the file is in it. */
export type SourceFault = { line: number | null; expected: string; found: string; hint?: string };

export type ReadSource = { servers: ServerSource[]; faults: SourceFault[] };

/** Aliases may be nested and repeat themselves without end. */
const MAX_DEPTH = 32;

/**
 * A Docker Compose file: every service whose image, command or entry point is a coturn. Anchors, aliases and merge keys are
 * followed, `${NAME:-default}` is filled from `values`; a name without a value stays `${NAME}`.
 */
export function readCompose(file: string, text: string, values: ReadonlyMap<string, string>): ReadSource {
  const lines = new LineCounter();
  // Their messages with `prettyErrors` would quote the file.
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true, strict: false });
  if (!Array.isArray(documents)) return { servers: [], faults: [noCompose("an empty document")] };
  const errors = documents.flatMap(({ errors }) => errors);
  if (errors.length > 0) {
    const faults = errors.slice(0, 5).map(({ code, pos }) => ({
      line: lines.linePos(pos[0]).line,
      expected: "YAML",
      found: code.toLowerCase().replaceAll("_", " "),
    }));
    return { servers: [], faults };
  }
  const [document] = documents;
  if (!document) return { servers: [], faults: [noCompose("an empty document")] };
  const reader = new ComposeReader(file, text, { document, lines, values });
  const services = reader.entries(reader.get(document.contents, "services"));
  if (services.length === 0) return { servers: [], faults: [noCompose("no services")] };
  const servers = services.flatMap(([name, service]) => reader.service(name, service));
  if (servers.length > 0) return { servers, faults: [] };
  const found = services.map(([name]) => name).join(", ");
  const expected = "a service that runs coturn: its image's name, its command or its entry point says so";
  return { servers, faults: [{ line: null, expected, found: found.slice(0, 120) }] };
}

function noCompose(found: string): SourceFault {
  const hint = "Of YAML files those of Docker Compose are read.";
  return { line: null, expected: "a Docker Compose file with services", found, hint };
}

type Context = { document: Document; lines: LineCounter; values: ReadonlyMap<string, string> };

class ComposeReader {
  readonly #file: string;
  readonly #text: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #values: ReadonlyMap<string, string>;

  constructor(file: string, text: string, { document, lines, values }: Context) {
    this.#file = file;
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
    this.#values = values;
  }

  service(name: string, service: unknown): ServerSource[] {
    if (!isMap(service)) return [];
    const imageNode = this.get(service, "image");
    const image = this.#scalar(imageNode);
    const environment = this.#environment(this.get(service, "environment"));
    const inside = new Map([
      ...this.#values,
      ...environment.flatMap(({ name: key, value }) => (value === null ? [] : [[key, value] as const])),
    ]);
    const own = (key: string) => this.#words(this.get(service, key)).map((word) => inContainer(word, inside, image));
    const [entrypoint, command] = [own("entrypoint"), own("command")];
    const words = [...entrypoint, ...command];
    const isCoturn = image !== null && isCoturnImage(image);
    if (!isCoturn && !serverWords(words) && !this.#startsServer(words)) return [];

    const { ports, hasOpenPorts } = this.#ports(this.get(service, "ports"));
    const container: Container = {
      image,
      mounts: [...this.#mounts(this.get(service, "volumes")), ...this.#configs(this.get(service, "configs"))],
      network: this.#network(service),
      ports,
      hasOpenPorts,
      isImageCommand: words.length === 0,
      variables: environment.map(({ name: key, line }) => ({ name: key, line })),
      publish: (port) => `- "${port}"`,
    };
    const anchorLine = this.#lineOf(imageNode) ?? this.#lineOf(service) ?? 1;
    const around = { file: this.#file, name, anchorLine, container };
    const server = serverWords(words);
    if (server) return [serverSource(server, around)];
    const started = serversOf(this.#file, words, { values: inside, container }, name);
    if (started.length > 0) return started.map((source) => ({ ...source, anchorLine }));
    // Arguments alone: the image's entry point has the program.
    const isArguments = entrypoint.length === 0 && (command[0]?.text.startsWith("-") ?? true);
    return [serverSource(isArguments ? command : [], around)];
  }

  #startsServer(words: readonly Word[]): boolean {
    return /(^|[\s/;&])turnserver\s/.test(shellScript(words)?.text ?? "");
  }

  /** A value of a map, aliases followed. */
  get(node: unknown, key: string): unknown {
    const map = this.#resolve(node);
    if (!isMap(map)) return null;
    const own = map.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key);
    if (own) return this.#resolve(own.value);
    for (const source of this.#merged(map)) {
      const found = this.get(source, key);
      if (found !== null) return found;
    }
    return null;
  }

  #merged(map: YAMLMap): unknown[] {
    return map.items
      .filter((pair) => isScalar(pair.key) && (pair.key.source === "<<" || pair.key.value === "<<"))
      .flatMap((pair) => {
        const value = this.#resolve(pair.value);
        return isSeq(value) ? value.items.map((item) => this.#resolve(item)) : [value];
      });
  }

  entries(node: unknown): [string, unknown][] {
    const map = this.#resolve(node);
    if (!isMap(map)) return [];
    return map.items.flatMap((pair): [string, unknown][] =>
      isScalar(pair.key) && pair.key.source !== "<<" ? [[String(pair.key.value), this.#resolve(pair.value)]] : [],
    );
  }

  #items(node: unknown): unknown[] {
    const seq = this.#resolve(node);
    return isSeq(seq) ? seq.items.map((item) => this.#resolve(item)) : [];
  }

  #resolve(node: unknown, depth = 0): unknown {
    if (!isAlias(node)) return node;
    return depth > MAX_DEPTH ? null : this.#resolve(node.resolve(this.#document), depth + 1);
  }

  #lineOf(node: unknown): number | null {
    const { range } = (node ?? {}) as Partial<Node>;
    return range ? this.#lines.linePos(range[0]).line : null;
  }

  #raw(node: unknown): string | null {
    if (!isScalar(node) || node.value === null) return null;
    // `3478` and `yes` are what was written, not what YAML makes of it.
    return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
  }

  #scalar(node: unknown): string | null {
    const raw = this.#raw(node);
    return raw === null ? null : interpolate(raw, this.#values, COMPOSE).text;
  }

  /** A command, as a list or as one text, each word with its line. */
  #words(node: unknown): Word[] {
    if (isSeq(node)) {
      return this.#items(node).flatMap((item) => {
        const text = this.#scalar(item);
        return text === null ? [] : [{ text, line: this.#lineOf(item) ?? 1, isKnown: true }];
      });
    }
    const raw = this.#raw(node);
    const range = (node as Partial<Node> | null)?.range;
    if (raw === null || !range) return [];
    let from = range[0];
    return splitWords(raw).map((word) => {
      // Where it stands in the source: YAML has folded lines, so it is looked for behind the word before.
      const wanted = raw.slice(word.start, word.end).split(/\s/)[0] ?? "";
      const at = this.#text.indexOf(wanted, from);
      if (at !== -1 && at < range[1]) from = at + wanted.length;
      const { text } = interpolate(word.text, this.#values, COMPOSE);
      return { text, line: this.#lines.linePos(Math.min(from, range[1]) - (at === -1 ? 0 : 1)).line, isKnown: true };
    });
  }

  #environment(node: unknown): { name: string; value: string | null; line: number }[] {
    if (isMap(node)) {
      return node.items.flatMap(({ key, value }) => {
        const name = this.#scalar(key);
        return name === null ? [] : [{ name, value: this.#scalar(this.#resolve(value)), line: this.#lineOf(key) ?? 1 }];
      });
    }
    return this.#items(node).flatMap((item) => {
      const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(this.#scalar(item) ?? "") ?? [];
      return name === undefined ? [] : [{ name, value: value ?? null, line: this.#lineOf(item) ?? 1 }];
    });
  }

  #network(service: YAMLMap): Container["network"] {
    const mode = this.#scalar(this.get(service, "network_mode"));
    if (mode !== null) return networkOf(mode);
    const joined = this.get(service, "networks");
    const names = isMap(joined)
      ? this.entries(joined).map(([key]) => key)
      : this.#items(joined).map((item) => this.#scalar(item) ?? "");
    const networks = this.get(this.#document.contents, "networks");
    const drivers = names.map((name) => this.#scalar(this.get(this.get(networks, name), "driver")) ?? "");
    if (drivers.some((driver) => /^(macvlan|ipvlan)$/.test(driver))) return "other";
    return drivers.includes("host") || names.includes("host") ? "host" : "published";
  }

  #ports(node: unknown): { ports: PublishedPort[]; hasOpenPorts: boolean } {
    const ports = this.#items(node).map((item) => {
      const line = this.#lineOf(item) ?? 1;
      return isMap(item) ? this.#longPort(item, line) : parsePublished(this.#scalar(item) ?? "", line);
    });
    return { ports: ports.filter((port) => port !== null), hasOpenPorts: ports.includes(null) };
  }

  #longPort(item: YAMLMap, line: number): PublishedPort | null {
    const text = (key: string) => this.#scalar(this.get(item, key));
    const container = readPorts(text("target") ?? "");
    if (container === null) return null;
    const published = text("published");
    const host = published === null ? null : readPorts(published);
    if (published !== null && host === null) return null;
    const protocol = text("protocol")?.toLowerCase() === "udp" ? "udp" : "tcp";
    return { hostAddress: text("host_ip"), host, container, protocol, line };
  }

  #mounts(node: unknown): Mount[] {
    return this.#items(node).flatMap((item): Mount[] => {
      const line = this.#lineOf(item) ?? 1;
      if (!isMap(item)) return mountOf(this.#scalar(item) ?? "", line);
      const [type, source, target] = ["type", "source", "target"].map((key) => this.#scalar(this.get(item, key)));
      return target ? [{ source: type === "bind" ? (source ?? null) : null, target, line }] : [];
    });
  }

  /** `configs` of a service lie at their `target`, or in the root under their name. */
  #configs(node: unknown): Mount[] {
    const declared = this.get(this.#document.contents, "configs");
    return this.#items(node).flatMap((item): Mount[] => {
      const name = isMap(item) ? this.#scalar(this.get(item, "source")) : this.#scalar(item);
      if (name === null) return [];
      const source = this.#scalar(this.get(this.get(declared, name), "file"));
      const target = (isMap(item) && this.#scalar(this.get(item, "target"))) || `/${name}`;
      return [{ source, target, line: this.#lineOf(item) ?? 1 }];
    });
  }
}
