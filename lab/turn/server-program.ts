import { fillPlaceholders, type OtherServer, type PlaceholderName } from "../model/other-server.ts";
import { CERTIFICATE_PATH, CONFIG_PATH, KEY_PATH, renderConfig } from "./coturn-config.ts";

/** What runs in a server's container, and from which files. */
export type ServerProgram = {
  command: string[];
  env: Record<string, string>;
  files: { path: string; content: string }[];
};

export function coturnProgram(options: Parameters<typeof renderConfig>[0]): ServerProgram {
  return {
    command: ["turnserver", "-c", CONFIG_PATH],
    env: {},
    files: [{ path: CONFIG_PATH, content: renderConfig(options) }],
  };
}

export type OtherFacts = Omit<Record<PlaceholderName, string>, "certificate" | "key">;

/** `ownCommand`: the image's ENTRYPOINT and CMD, which run where the spec has no command. */
export function otherProgram(other: OtherServer, facts: OtherFacts, ownCommand: readonly string[]): ServerProgram {
  const values = { ...facts, certificate: CERTIFICATE_PATH, key: KEY_PATH };
  const fill = (text: string) => fillPlaceholders(text, values);
  return {
    command: (other.command ?? ownCommand).map(fill),
    env: Object.fromEntries(Object.entries(other.env ?? {}).map(([name, value]) => [name, fill(value)])),
    files: Object.entries(other.files ?? {}).map(([path, content]) => ({ path, content: fill(content) })),
  };
}
