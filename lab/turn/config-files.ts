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
type ServerFile = { path: string; content: string } | { path: string; linkTo: string };

/**
 * The files of such a server, readable for whichever user its image gives it. The certificate holds the names that clients
 * use and nothing else, as one from a public authority would: a URL with the server's address instead is refused over TLS.
 * Where they use the address, it has that.
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
  return [
    { path: CONFIG_PATH, content: config.text },
    ...(cert === pkey
      ? [{ path: cert, content: `${chainPem}${keyPem}` }]
      : [
          { path: cert, content: chainPem },
          { path: pkey, content: keyPem },
        ]),
    ...(certificate.ca === null ? [] : [{ path: certificate.ca, content: ca.certificatePem }]),
    ...(logPath === null ? [] : [{ path: logPath, linkTo: "/proc/self/fd/1" }]),
  ];
}
