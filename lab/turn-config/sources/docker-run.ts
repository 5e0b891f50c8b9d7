import { type PublishedPort, parsePublished } from "./published-ports.ts";
import { isOfficialImage, withoutStarters } from "./server-command.ts";
import type { Container, Mount, Word } from "./server-source.ts";

/** What `docker run` starts. */
export type DockerRun = {
  container: Container;
  /** Of the image's entry point, where another one is asked for. */
  entrypoint: string | null;
  /** Behind the image's name. */
  words: Word[];
  line: number;
  environment: Map<string, string>;
};

const CLIENTS = ["docker", "podman", "nerdctl"];
const VERBS = ["run", "create"];
/** Options of `docker run` that take no value (docker run --help; podman's beside them). */
const FLAGS = new Set(
  [
    "detach interactive tty rm init privileged publish-all read-only no-healthcheck oom-kill-disable quiet help replace",
    "sig-proxy disable-content-trust use-api-socket no-hosts no-hostname rmi tls-verify http-proxy env-host",
  ]
    .join(" ")
    .split(" ")
    .map((name) => `--${name}`),
);
const SHORT_FLAGS = /^-[ditPqhu]*[ditPq]$/;

/** The words of a command that starts a container; null where it does not. */
export function readDockerRun(command: readonly Word[]): DockerRun | null {
  const [client, ...rest] = withoutStarters(command);
  if (!client || !CLIENTS.includes(client.text.split("/").at(-1) ?? "")) return null;
  while (rest[0]?.text === "container" || /^--(context|host|log-level)=/.test(rest[0]?.text ?? "")) rest.shift();
  const verb = rest.shift();
  if (!verb || !VERBS.includes(verb.text)) return null;

  const mounts: Mount[] = [];
  const ports: PublishedPort[] = [];
  const environment = new Map<string, string>();
  const variables: Container["variables"] = [];
  let [network, entrypoint, hasOpenPorts]: [Container["network"], string | null, boolean] = ["published", null, false];
  for (let word = rest[0]; word?.text.startsWith("-"); word = rest[0]) {
    rest.shift();
    const { name, value } = option(word, rest);
    if (name === "--publish") {
      const port = value === null ? null : parsePublished(value, word.line);
      if (port) ports.push(port);
      else hasOpenPorts = true;
    } else if (name === "--network") network = networkOf(value ?? "");
    else if (name === "--volume") mounts.push(...mountOf(value ?? "", word.line));
    else if (name === "--mount") mounts.push(...longMountOf(value ?? "", word.line));
    else if (name === "--entrypoint") entrypoint = value;
    else if (name === "--env") {
      const [, key = "", given] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(value ?? "") ?? [];
      if (key !== "") variables.push({ name: key, line: word.line });
      if (given !== undefined) environment.set(key, given);
    }
    if (name === "--publish-all") hasOpenPorts = true;
  }
  const image = rest.shift();
  if (!image) return null;
  const container: Container = {
    image: image.text,
    mounts,
    network,
    ports,
    hasOpenPorts,
    isImageCommand: rest.length === 0 && entrypoint === null,
    variables,
    publish: (port) => `-p ${port}`,
  };
  return { container, entrypoint, words: rest, line: image.line, environment };
}

/** Whether its words are turnserver's own: the image's entry point is a turnserver's. */
export function hasServerEntrypoint({ container, entrypoint, words }: DockerRun): boolean {
  const [first] = words;
  return entrypoint === null && isOfficialImage(container.image ?? "") && (!first || first.text.startsWith("-"));
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  "-p": "--publish",
  "-P": "--publish-all",
  "-v": "--volume",
  "-e": "--env",
  "--net": "--network",
};

/** One option with its value, which may be the word behind it; that is taken out of `rest`. */
function option({ text }: Word, rest: Word[]): { name: string; value: string | null } {
  const long = /^(--[^=]+)(?:=(.*))?$/s.exec(text);
  if (long) {
    const name = LONG_NAMES[long[1] ?? ""] ?? long[1] ?? "";
    if (long[2] !== undefined) return { name, value: long[2] };
    return { name, value: FLAGS.has(name) ? null : (rest.shift()?.text ?? null) };
  }
  if (SHORT_FLAGS.test(text)) return { name: text.includes("P") ? "--publish-all" : text, value: null };
  const short = /^(-[A-Za-z])=?(.*)$/s.exec(text);
  // `-dp 3478:3478`: flags, then one that takes a value.
  const bundle = /^-[ditqP]+([A-Za-z])$/.exec(text);
  const letter = bundle ? `-${bundle[1]}` : (short?.[1] ?? text);
  const attached = bundle ? "" : (short?.[2] ?? "");
  return { name: LONG_NAMES[letter] ?? letter, value: attached === "" ? (rest.shift()?.text ?? null) : attached };
}

export function networkOf(mode: string): Container["network"] {
  if (mode === "host") return "host";
  return /^(service|container|ns):|^none$|macvlan|ipvlan/.test(mode) ? "other" : "published";
}

/** `SOURCE:TARGET[:OPTIONS]`; a volume has a name in the place of a path, or nothing. */
export function mountOf(text: string, line: number): Mount[] {
  const [first = "", second] = text.split(/:(?=\/|[a-z,]+$)/i);
  if (!second?.startsWith("/")) return first.startsWith("/") ? [{ source: null, target: first, line }] : [];
  return [{ source: /^[./~$]/.test(first) ? first : null, target: second, line }];
}

function longMountOf(text: string, line: number): Mount[] {
  const parts = new Map(text.split(",").map((part) => part.split("=", 2) as [string, string | undefined]));
  const source = parts.get("source") ?? parts.get("src");
  const target = parts.get("target") ?? parts.get("dst") ?? parts.get("destination");
  return target ? [{ source: (parts.get("type") === "bind" && source) || null, target, line }] : [];
}
