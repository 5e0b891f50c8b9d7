import type { OtherServer } from "./model/other-server.ts";
import type { Topology } from "./model/topology.ts";

/** Options whose text says where and how, never what opens it. Everything else that is text is masked. */
const SHOWN = new Set([
  "allowed-peer-ip",
  "aux-server",
  "cipher-list",
  "denied-peer-ip",
  "external-ip",
  "listening-ip",
  "realm",
  "relay-ip",
  "server-name",
]);

/** A scenario as the log may hold it: others read it, so it keeps no password, secret or key of any kind. */
export function withoutSecrets<S extends { topology: Topology }>(scenario: S): S {
  const servers = Object.entries(scenario.topology.turnServers ?? {}).map(([name, server]) => {
    const { credential, options, configValues, image, ...rest } = server;
    const shown = Object.entries(options ?? {}).map(([key, value]) => {
      const isText = typeof value === "string" || Array.isArray(value);
      // A number may come as text; nobody's secret is one.
      const isPublic = !isText || SHOWN.has(key) || /^\d{1,9}$/.test(String(value));
      return [key, isPublic ? value : "***"] as const;
    });
    return [
      name,
      {
        ...rest,
        // An address or a password: their names tell enough.
        ...(configValues
          ? { configValues: Object.fromEntries(Object.keys(configValues).map((key) => [key, "***"])) }
          : {}),
        ...(credential ? { credential: { username: credential.username, password: "***" } } : {}),
        ...(options ? { options: Object.fromEntries(shown) } : {}),
        ...(image ? { image: typeof image === "string" ? image : otherWithoutSecrets(image) } : {}),
      },
    ] as const;
  });
  return { ...scenario, topology: { ...scenario.topology, turnServers: Object.fromEntries(servers) } };
}

/** Of a server that is not coturn nobody knows which argument, variable or line opens it. */
function otherWithoutSecrets({ command, env, files, ...rest }: OtherServer): OtherServer {
  const masked = (texts: Record<string, string>) => Object.fromEntries(Object.keys(texts).map((name) => [name, "***"]));
  return {
    ...rest,
    ...(command ? { command: command.map((word, index) => (index === 0 ? word : "***")) } : {}),
    ...(env ? { env: masked(env) } : {}),
    ...(files ? { files: masked(files) } : {}),
  };
}
