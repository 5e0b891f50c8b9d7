import type { Diagnosis } from "../../model/diagnosis.ts";
import type { TlsAttempt } from "../../model/evidence.ts";
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

/**
 * A handshake in a capture that a client broke off: by an alert (RFC 8446 section 6.2), or, as Node does, by leaving without a
 * word of its own. With TLS 1.3 the certificate is not in the clear.
 */
export const tlsCaptured: Rule = ({ packets }) =>
  packets.flatMap(({ tls: attempts, startedAt = null }) =>
    attempts.flatMap((one): Diagnosis[] => {
      const { server, alert, alertFrom, certificate, serverName, at, closedBy, hasClientData } = one;
      const isAlert = alert !== null && alertFrom === "client";
      const isLeft = closedBy === "client" && hasClientData === false;
      if (!isAlert && !isLeft) return [];
      const how = isAlert
        ? `ended the TLS handshake with ${server} with alert ${alert}`
        : `left ${server} without a word`;
      const because = [
        reason(`the client ${how}`, at),
        ...(certificate
          ? [reason(`the certificate names ${certificate.names.join(", ")}; ${certificate.chainLength} sent`, at)]
          : []),
      ];
      const code = flawSeen(one, startedAt, alert, serverName);
      const isSure = code === "turn_tls_expired" || code === "turn_tls_wrong_name";
      const confidence = isSure ? "certain" : isAlert ? "likely" : "possible";
      const unknown = certificate
        ? []
        : ["What the certificate is: it is not in the clear in this handshake (TLS 1.3)."];
      return [finding(code, confidence, `A client refused the certificate of ${server}.`, because, unknown)];
    }),
  );

function flawSeen(
  { certificate }: TlsAttempt,
  startedAt: number | null,
  alert: string | null,
  serverName: string | null,
): FailureCode {
  if (certificate && startedAt !== null && certificate.notAfter < startedAt) return "turn_tls_expired";
  if (certificate && serverName && !certificate.names.some((name) => matchesName(name, serverName)))
    return "turn_tls_wrong_name";
  if (certificate?.chainLength === 1 && (alert === null || alert === "unknown_ca")) return "turn_tls_incomplete_chain";
  return (alert && BY_ALERT[alert]) || "turn_tls_failed";
}

/** A server's log of clients that left before they had said a word over TLS (coturn's words for a broken handshake). */
export const tlsLogged: Rule = (facts) => {
  if (facts.lab) return [];
  return facts.servers.flatMap(({ name, sessions }): Diagnosis[] => {
    const left = sessions.filter(
      ({ closed, user, usage }) =>
        /TLS\/TCP socket buffer operation error/.test(closed?.reason ?? "") && user === "" && !usage?.received,
    );
    const [first] = left;
    if (!first?.closed) return [];
    const because = [reason(`session ${first.id} closed: ${first.closed.reason}`, first.closed.at)];
    const unknown = ["What of the certificate the clients did not take: the server does not learn it."];
    const summary = `${left.length} of ${name}'s TLS connections ended before a word was said.`;
    return [finding("turn_tls_failed", "possible", summary, because, unknown)];
  });
};

/** RFC 6125 section 6.4.3. */
function matchesName(pattern: string, host: string): boolean {
  const [name, wanted] = [pattern.toLowerCase(), host.toLowerCase()];
  return name === wanted || (name.startsWith("*.") && wanted.slice(wanted.indexOf(".")) === name.slice(1));
}
