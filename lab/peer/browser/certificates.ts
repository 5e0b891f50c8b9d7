const CERTIFICATE = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/g;

/** Each certificate of a PEM file (RFC 7468), as base64 of its DER. */
export function certificatesOf(pem: string): string[] {
  return [...pem.matchAll(CERTIFICATE)].map(([, base64 = ""]) => base64.replace(/\s+/g, ""));
}

/** One certificate as a PEM file of its own. */
export function pemOf(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
