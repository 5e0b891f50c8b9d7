import { type ReadSource, readCompose } from "./read-compose.ts";
import { readDockerfile } from "./read-dockerfile.ts";
import { readShellScript } from "./read-shell-script.ts";
import { readSystemdUnit } from "./read-systemd-unit.ts";

/** What a file that says how a coturn runs can be. */
export const SOURCE_KINDS = {
  config: "turnserver.conf",
  compose: "Docker Compose",
  dockerfile: "Dockerfile",
  unit: "systemd unit",
  script: "command line",
} as const;
export type SourceKind = keyof typeof SOURCE_KINDS;

/** By its name, else by what stands in it; what is nothing else is a turnserver.conf. */
export function sourceKind(file: string, text: string): SourceKind {
  const name = file.split("/").at(-1)?.toLowerCase() ?? "";
  if (/\.ya?ml$/.test(name)) return "compose";
  if (/^(dockerfile|containerfile)(\.|$)|\.(dockerfile|containerfile)$/.test(name)) return "dockerfile";
  if (/\.service(\.d\/.*\.conf)?$/.test(name)) return "unit";
  if (/\.(ba|da|k)?sh$/.test(name)) return "script";
  if (/\.conf$/.test(name)) return "config";
  if (text.startsWith("#!")) return "script";
  if (/^\[Service\]\s*$/m.test(text)) return "unit";
  if (/^services:\s*(#.*)?$/m.test(text)) return "compose";
  if (/^\s*FROM\s+\S+/i.test(text.replace(/^\s*(#.*)?$/gm, "").trimStart())) return "dockerfile";
  const isCommand = /^\s*(\S+=\S*\s+)*((sudo|exec|nohup|env)\s+)*([\w./-]*\/)?(turnserver|docker|podman)\s+\S/m.test(
    text,
  );
  return isCommand ? "script" : "config";
}

/** Every coturn that a file starts, which is no turnserver.conf itself. */
export function readSource(
  kind: Exclude<SourceKind, "config">,
  file: string,
  text: string,
  values: ReadonlyMap<string, string>,
): ReadSource {
  switch (kind) {
    case "compose":
      return readCompose(file, text, values);
    case "dockerfile":
      return readDockerfile(file, text, values);
    case "unit":
      return readSystemdUnit(file, text, values);
    case "script": {
      const servers = readShellScript(file, text, values);
      const expected = "a command that starts a turnserver, or a container of coturn's image";
      return { servers, faults: servers.length > 0 ? [] : [{ line: null, expected, found: "none" }] };
    }
  }
}
