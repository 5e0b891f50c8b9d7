import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const DEFAULT_SOCKET = "/var/run/docker.sock";

/** A place where an engine may answer, in the words of DOCKER_HOST. */
export type EngineEndpoint = {
  /** Where this place comes from, for messages. */
  source: string;
  host: string;
  /** Whether somebody asked for this engine: then no other is taken in its stead. */
  chosen: boolean;
  /** Folder with ca.pem, cert.pem and key.pem. */
  certPath?: string;
};

type Surroundings = { env: NodeJS.ProcessEnv; home: string };

/** Where to look for an engine, in the order of the Docker CLI: DOCKER_HOST, context, default socket; then rootless ones. */
export function engineEndpoints({ env, home }: Surroundings = { env: process.env, home: homedir() }): EngineEndpoint[] {
  if (env.DOCKER_HOST) return [{ source: "DOCKER_HOST", host: env.DOCKER_HOST, chosen: true }];
  const context = contextEndpoint(env, env.DOCKER_CONFIG || join(home, ".docker"));
  if (context) return [context];
  const sockets = [
    { source: "default socket", path: DEFAULT_SOCKET },
    ...(env.XDG_RUNTIME_DIR ? [{ source: "rootless socket", path: join(env.XDG_RUNTIME_DIR, "docker.sock") }] : []),
    { source: "user's socket", path: join(home, ".docker/run/docker.sock") },
  ];
  return sockets.map(({ source, path }) => ({ source, host: `unix://${path}`, chosen: false }));
}

/** The context that `docker context use` or DOCKER_CONTEXT names (docker/cli: cli/context/store). */
function contextEndpoint(env: NodeJS.ProcessEnv, configFolder: string): EngineEndpoint | null {
  const name = env.DOCKER_CONTEXT || currentContext(configFolder);
  if (!name || name === "default") return null;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(configFolder, "contexts/meta", id, "meta.json")) as ContextMeta | null;
  const host = meta?.Endpoints?.docker?.Host;
  // A context that is named but not stored: say so instead of taking another engine.
  if (!host) return { source: `docker context ${name}`, host: "", chosen: true };
  const certPath = join(configFolder, "contexts/tls", id, "docker");
  const found = { source: `docker context ${name}`, host, chosen: true };
  return existsSync(certPath) ? { ...found, certPath } : found;
}

type ContextMeta = { Endpoints?: { docker?: { Host?: string } } };

function currentContext(configFolder: string): string | undefined {
  return (readJson(join(configFolder, "config.json")) as { currentContext?: string } | null)?.currentContext;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
