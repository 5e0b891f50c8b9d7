import { type CertificateFlaw, hostnameOf } from "../model/topology.ts";
import type { ConfiguredServer } from "./configured-server.ts";
import { CONFIG_PATH } from "./coturn-config.ts";
import type { TurnServerPlan } from "./turn-server.ts";

type Issuer = {
  certificatePem: string;
  issue(
    hostname: string,
    addresses: readonly string[],
    aliases: readonly string[],
    flaw?: CertificateFlaw,
  ): Promise<{ chainPem: string; keyPem: string }>;
};
type ServerFile = { path: string; content: string | Buffer } | { path: string; linkTo: string };

/**
 * The files of such a server, readable for whichever user its image gives it. The certificate holds the names that clients
 * use and nothing else, as one from a public authority would: a URL with the server's address instead is refused over TLS.
 * Where they use the address, it has that. What somebody has given for a path stands there instead.
 */
export async function configFiles(
  { name, hostname, aliases, addresses, certificate: flaw }: TurnServerPlan,
  { config, certificate, logPath }: ConfiguredServer,
  ca: Issuer,
): Promise<ServerFile[]> {
  const isAddress = addresses.includes(hostname);
  const { chainPem, keyPem } = await (isAddress
    ? ca.issue(hostnameOf(name, undefined), addresses, aliases, flaw)
    : ca.issue(hostname, [], aliases, flaw));
  const { cert, pkey } = certificate;
  const own: ServerFile[] = [
    ...(cert === pkey
      ? [{ path: cert, content: `${chainPem}${keyPem}` }]
      : [
          { path: cert, content: chainPem },
          { path: pkey, content: keyPem },
        ]),
    ...(certificate.ca === null ? [] : [{ path: certificate.ca, content: ca.certificatePem }]),
  ];
  const given = config.files ?? [];
  return [
    { path: CONFIG_PATH, content: config.text },
    ...own.filter(({ path }) => !given.some((file) => file.path === path)),
    ...given.map(({ path, content }) => ({ path, content })),
    ...(logPath === null ? [] : [{ path: logPath, linkTo: "/proc/self/fd/1" }]),
  ];
}
