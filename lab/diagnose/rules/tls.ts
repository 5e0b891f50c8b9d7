import type { FailureCode } from "../../model/failure.ts";
import { serverAt, telling } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";
import { hostOf } from "../host-of.ts";

const BY_FLAW: Record<string, FailureCode> = {
  expired: "turn_tls_expired",
  "incomplete-chain": "turn_tls_incomplete_chain",
  "other-name": "turn_tls_wrong_name",
  untrusted: "turn_tls_unknown_ca",
};

/** Node's (OpenSSL's) codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const BY_TEXT: readonly [RegExp, FailureCode][] = [
  [/CERT_HAS_EXPIRED|certificate has expired|certificate_expired/i, "turn_tls_expired"],
  [/ALTNAME|hostname|common.?name/i, "turn_tls_wrong_name"],
  [/UNABLE_TO_VERIFY_LEAF_SIGNATURE/i, "turn_tls_incomplete_chain"],
  [/SELF_SIGNED_CERT|DEPTH_ZERO/i, "turn_tls_unknown_ca"],
];

/** A TURN server's certificate that this client does not take. */
export const tls: Rule = (facts) => {
  // A browser only says that it did not get there; what the server's certificate lacks says why.
  const failed = telling(facts).filter(
    ({ outcome, transport }) =>
      outcome === "tls" || (transport === "tls" && (outcome === "unreached" || outcome === "silence")),
  );
  return failed.flatMap(({ server, text, at, outcome }) => {
    const because = [reason(`${server}: ${text}`, at)];
    const flaw = serverAt(facts, hostOf(server))?.certificateFlaw;
    const byFlaw = flaw ? BY_FLAW[flaw] : undefined;
    if (byFlaw)
      return [
        finding(byFlaw, "certain", `TLS to ${server} failed, and its certificate is ${flaw}.`, [
          ...because,
          reason(`the lab gave the server a certificate that is ${flaw}`),
        ]),
      ];
    if (outcome !== "tls") return [];
    const byText = BY_TEXT.find(([pattern]) => pattern.test(text))?.[1];
    if (byText) {
      const isSure = byText === "turn_tls_expired" || byText === "turn_tls_wrong_name";
      const unknown = isSure
        ? []
        : ["Whether an intermediate certificate or the authority itself is missing: look at the chain."];
      return [finding(byText, isSure ? "certain" : "likely", `TLS to ${server} failed: ${text}.`, because, unknown)];
    }
    return [
      finding("turn_tls_failed", "likely", `TLS to ${server} failed: ${text}.`, because, [
        "What of its certificate the client did not take.",
      ]),
    ];
  });
};

const BY_ALERT: Record<string, FailureCode> = {
  certificate_expired: "turn_tls_expired",
  unknown_ca: "turn_tls_unknown_ca",
};

/** A handshake in a capture that a client broke off (RFC 8446 section 6.2). */
export const tlsCaptured: Rule = ({ packets }) =>
  packets.flatMap(({ tls: attempts }) =>
    attempts.flatMap((one) => {
      const { server, alert, alertFrom, certificate, serverName, outcome, at } = one;
      if (outcome !== "alert" || alertFrom !== "client" || !alert) return [];
      const because = [reason(`the client ended the TLS handshake with ${server} with alert ${alert}`, at)];
      const isNamed = !certificate || !serverName || certificate.names.some((name) => matchesName(name, serverName));

      const code: FailureCode = !isNamed
        ? "turn_tls_wrong_name"
        : alert === "unknown_ca" && certificate?.chainLength === 1
          ? "turn_tls_incomplete_chain"
          : (BY_ALERT[alert] ?? "turn_tls_failed");
      const names = certificate
        ? [reason(`the certificate names ${certificate.names.join(", ")}; ${certificate.chainLength} sent`, at)]
        : [];
      const isSure = code === "turn_tls_expired" || code === "turn_tls_wrong_name";
      return [
        finding(code, isSure ? "certain" : "likely", `A client refused the certificate of ${server} (${alert}).`, [
          ...because,
          ...names,
        ]),
      ];
    }),
  );

/** RFC 6125 section 6.4.3. */
function matchesName(pattern: string, host: string): boolean {
  const [name, wanted] = [pattern.toLowerCase(), host.toLowerCase()];
  return name === wanted || (name.startsWith("*.") && wanted.slice(wanted.indexOf(".")) === name.slice(1));
}
