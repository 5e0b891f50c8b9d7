import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { CheckFinding } from "../model/check.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";
import { fileOf } from "./given-files.ts";
import { turnUrls } from "./turn-urls.ts";

const DAY_MS = 86_400_000;
/** Those who renew by themselves do it with a month to go; one that is nearer to its end was forgotten. */
const SOON_DAYS = 14;
const AFFECTED = "users who come over TLS";

export const CERTIFICATE_RULES = [
  { id: "certificate-unreadable", severity: "error", title: "The certificate or its key cannot be read." },
  { id: "certificate-key-mismatch", severity: "error", title: "The key is another certificate's." },
  { id: "certificate-expired", severity: "error", title: "The certificate has expired, or is not valid yet." },
  { id: "certificate-expires-soon", severity: "warning", title: "The certificate expires within two weeks." },
  { id: "certificate-other-name", severity: "error", title: "The certificate is for another name than URLs have." },
] as const;

/**
 * What is wrong with a certificate that was given with a file (`--file`), and the key beside it. `urls`: what clients have;
 * `nowMs`: Unix time. No word of a key is told. Pure.
 */
export function certificateFindings(config: TurnConfig, urls: readonly string[], nowMs: number): CheckFinding[] {
  const [cert, key] = [fileOf(config, "cert"), fileOf(config, "pkey")];
  if (config.facts.isTlsOff || !cert || !key) return [];
  const lines = new Settings(parseConfig(config.text));
  const finding = (
    rule: (typeof CERTIFICATE_RULES)[number]["id"],
    option: "cert" | "pkey",
    told: Pick<CheckFinding, "expected" | "found" | "reason" | "fix">,
  ): CheckFinding => ({
    rule,
    severity: rule === "certificate-expires-soon" ? "warning" : "error",
    file: config.file,
    line: lines.lineOf(option)?.number ?? null,
    option,
    ...told,
    affects: AFFECTED,
  });
  const certificate = attempt(() => new X509Certificate(cert.content));
  const privateKey = attempt(() =>
    createPrivateKey({ key: key.content, format: "pem", passphrase: lines.textOf("pkey-pwd") ?? "" }),
  );
  const unreadable = (option: "cert" | "pkey", expected: string, file: string) =>
    finding("certificate-unreadable", option, {
      expected,
      found: `${file}, which is none`,
      reason: "coturn starts without TLS and DTLS, and says so in its log alone.",
      fix: null,
    });
  const findings: CheckFinding[] = [];
  if (!certificate) findings.push(unreadable("cert", "a certificate in PEM, its chain behind it", cert.file));
  if (!privateKey) findings.push(unreadable("pkey", "a private key in PEM that pkey-pwd opens", key.file));
  if (!certificate) return findings;
  if (privateKey && !fits(certificate, privateKey)) {
    findings.push(
      finding("certificate-key-mismatch", "pkey", {
        expected: `the key of the certificate in ${cert.file}`,
        found: `another one in ${key.file}`,
        reason: "No TLS handshake comes to its end.",
        fix: "Give the key that this certificate was asked for with.",
      }),
    );
  }
  return [
    ...findings,
    ...dateFindings(certificate, nowMs, (rule, told) => finding(rule, "cert", told)),
    ...nameFindings(certificate, urls, (rule, told) => finding(rule, "cert", told)),
  ];
}

type Tell<R extends string> = (
  rule: R,
  told: Pick<CheckFinding, "expected" | "found" | "reason" | "fix">,
) => CheckFinding;

function dateFindings(
  { validFromDate, validToDate }: X509Certificate,
  nowMs: number,
  tell: Tell<"certificate-expired" | "certificate-expires-soon">,
): CheckFinding[] {
  const fix = "Renew it, and have coturn read it anew (SIGUSR2, or a restart).";
  const expected = "a certificate that is valid today";
  const day = (date: Date) => date.toISOString().slice(0, 10);
  if (nowMs < validFromDate.getTime()) {
    const reason = "Clients refuse it until then (RFC 5280 section 4.1.2.5).";
    return [tell("certificate-expired", { expected, found: `one from ${day(validFromDate)} on`, reason, fix: null })];
  }
  const leftDays = (validToDate.getTime() - nowMs) / DAY_MS;
  if (leftDays < 0) {
    const reason = "Clients refuse it, and nobody connects over TLS (RFC 5280 section 4.1.2.5).";
    return [tell("certificate-expired", { expected, found: `one that ended on ${day(validToDate)}`, reason, fix })];
  }
  if (leftDays >= SOON_DAYS) return [];
  return [
    tell("certificate-expires-soon", {
      expected: `a certificate with ${SOON_DAYS} days to go`,
      found: `one that ends on ${day(validToDate)}`,
      reason: "From then on nobody connects over TLS.",
      fix,
    }),
  ];
}

function nameFindings(
  certificate: X509Certificate,
  urls: readonly string[],
  tell: Tell<"certificate-other-name">,
): CheckFinding[] {
  const ofTls = turnUrls(urls).filter(({ transport }) => transport === "tls");
  const hosts = [...new Set(ofTls.map(({ host }) => host.toLowerCase()))];
  const holds = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
  return hosts
    .filter((host) => !holds(host))
    .map((host) =>
      tell("certificate-other-name", {
        expected: `a certificate for ${host}, as URLs have it`,
        found: certificate.subjectAltName ?? certificate.subject,
        reason: "Clients refuse it (RFC 6125), and nobody connects over TLS.",
        fix: `Ask for a certificate that has ${host} in its subjectAltName.`,
      }),
    );
}

function fits(certificate: X509Certificate, key: KeyObject): boolean {
  return attempt(() => certificate.checkPrivateKey(key)) ?? false;
}

function attempt<T>(what: () => T): T | null {
  try {
    return what();
  } catch {
    return null;
  }
}
