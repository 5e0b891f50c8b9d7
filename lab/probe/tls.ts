import type { ProbeResult } from "../model/probe.ts";
import { speaksDtls } from "./dtls.ts";
import { lookAtTls, type TlsLook, type TlsRefusal, type TlsVersion } from "./look-at-tls.ts";
import { fillSheet, type Question, type Sheet } from "./question.ts";
import type { ProbeLimits, ProbeTarget } from "./target.ts";
import { sayTlsFault } from "./tls-faults.ts";

const DAY_MS = 86_400_000;
/** Authorities of the web renew at 30 days left, and some of theirs live for 45 in all. */
const MIN_DAYS_LEFT = 14;
const MIN_RSA_BITS = 2_048;
const GROUP = { group: "tls", affects: "users whose clients connect over TLS" } as const;

export const TLS_QUESTIONS = {
  "tls-1.0": old("tls-1.0", "TLS 1.0", "no-tlsv1 (up to 4.6.1), no tlsv1 (from 4.7.0)", "tlsv1"),
  "tls-1.1": old("tls-1.1", "TLS 1.1", "no-tlsv1_1 (up to 4.6.1), no tlsv1_1 (from 4.7.0)", "tlsv1_1"),
  "tls-1.2": {
    ...GROUP,
    id: "tls-1.2",
    title: "A handshake of TLS 1.2",
    expected: "accepted",
    severity: "note",
    reason: "Clients that do not speak TLS 1.3 are left out.",
    fix: "no no-tlsv1_2",
    option: "no-tlsv1_2",
  },
  "tls-1.3": {
    ...GROUP,
    id: "tls-1.3",
    title: "A handshake of TLS 1.3",
    expected: "accepted",
    severity: "note",
    reason: "One round trip more for each connection. coturn 4.6.1 refuses it whatever it is told (ChangeLog, 4.6.2).",
    fix: "upgrade coturn to 4.6.2 or later",
    option: null,
  },
  "tls-chain": {
    ...GROUP,
    id: "tls-chain",
    title: "The certificate's chain, up to an authority that is trusted here",
    expected: "trusted",
    severity: "error",
    reason: "Clients end the handshake without a word that users could read (coturn#113, element-ios#2712).",
    fix: "cert=fullchain.pem: the certificate, then those that lead to the authority",
    option: "cert",
  },
  "tls-name": {
    ...GROUP,
    id: "tls-name",
    title: "The name in the certificate",
    expected: "the URL's",
    severity: "error",
    reason:
      "Clients hold the certificate against the name in the URL, and an address there against none but an address.",
    fix: "turns: URLs with the certificate's name, or a certificate with theirs",
    option: "cert",
  },
  "tls-days-left": {
    ...GROUP,
    id: "tls-days-left",
    title: "Until the certificate ends",
    expected: `at least ${MIN_DAYS_LEFT} days`,
    severity: "warning",
    reason: "coturn shows the certificate that it read at its start until it is told to read it again (SIGUSR2).",
    fix: "renew it, and have the renewal send coturn SIGUSR2",
    option: "cert",
  },
  "tls-key": {
    ...GROUP,
    id: "tls-key",
    title: "The certificate's key",
    expected: `EC, or RSA of at least ${MIN_RSA_BITS} bit`,
    severity: "warning",
    reason: "Shorter ones are refused by current clients.",
    fix: "a new key and certificate",
    option: "pkey",
  },
  "tls-cipher": {
    ...GROUP,
    id: "tls-cipher",
    title: "The cipher that is agreed on with a current client",
    expected: "an ephemeral key, and AEAD",
    severity: "note",
    reason: "What was recorded can be read with the server's key later on.",
    fix: "cipher-list=ECDHE+AESGCM:ECDHE+CHACHA20",
    option: "cipher-list",
  },
  dtls: {
    ...GROUP,
    id: "dtls",
    title: "A ClientHello of DTLS at the same port over UDP",
    expected: "silence",
    severity: "note",
    affects: null,
    reason: "No browser speaks DTLS to a TURN server; before 4.16.0 it takes memory of whoever asks (CVE-2026-73214).",
    fix: "no-dtls (up to 4.16), no dtls (from 4.17)",
    option: "no-dtls",
  },
} as const satisfies Record<string, Question>;
type Id = keyof typeof TLS_QUESTIONS;

const VERSIONS = { "tls-1.0": "TLSv1", "tls-1.1": "TLSv1.1", "tls-1.2": "TLSv1.2", "tls-1.3": "TLSv1.3" } as const;

/** Five handshakes, of which nothing is sent over any, and one datagram. */
export function askTls(target: ProbeTarget, limits: ProbeLimits, nowMs = Date.now()): Promise<ProbeResult[]> {
  return fillSheet<Id>(TLS_QUESTIONS, target.url, limits, async (sheet) => {
    const { timeoutMs } = limits;
    const usual = await lookAtTls(target, { timeoutMs });
    if ("code" in usual) throw new Error(`no TLS: ${usual.message}`);
    tellCertificate(sheet, usual, nowMs);
    for (const id of Object.keys(VERSIONS) as (keyof typeof VERSIONS)[]) {
      sheet.signal.throwIfAborted();
      tellVersion(sheet, id, VERSIONS[id], await lookAtTls(target, { timeoutMs, version: VERSIONS[id] }));
    }
    const startedAt = performance.now();
    const answers = await speaksDtls(target, timeoutMs);
    sheet.tell("dtls", {
      observed: answers ? "it answers" : "silence",
      verdict: answers ? "weak" : "ok",
      durationMs: performance.now() - startedAt,
    });
  });
}

/** Our own OpenSSL may know none of it; the connection may break for another reason. */
function tellVersion(
  sheet: Sheet<Id>,
  id: keyof typeof VERSIONS,
  version: TlsVersion,
  look: TlsLook | TlsRefusal,
): void {
  const isOld = id === "tls-1.0" || id === "tls-1.1";
  if (!("code" in look)) {
    sheet.tell(id, { observed: "accepted", verdict: isOld ? "weak" : "ok", durationMs: look.ms });
    return;
  }
  if (look.code === "ERR_SSL_NO_PROTOCOLS_AVAILABLE" || look.code === "ERR_SSL_NO_CIPHERS_AVAILABLE") {
    sheet.skip(id, `this machine's OpenSSL speaks no ${version}`);
    return;
  }
  const isRefusal = /^ERR_SSL_|^EPROTO$|^ECONNRESET$/.test(look.code);
  sheet.tell(id, {
    observed: isRefusal ? "refused" : look.code,
    verdict: !isRefusal ? "unclear" : isOld ? "ok" : "weak",
    ...(isRefusal ? {} : { why: look.message }),
  });
}

function tellCertificate(sheet: Sheet<Id>, look: TlsLook, nowMs: number): void {
  const { certificate, chainFault, nameFault, cipher, version, ms } = look;
  if (!certificate) throw new Error("the server shows no certificate");
  const daysLeft = Math.floor((certificate.notAfterMs - nowMs) / DAY_MS);
  // An end that is over is told by its own question.
  const isChain = chainFault !== null && chainFault !== "CERT_HAS_EXPIRED";
  sheet.tell("tls-chain", {
    observed: isChain ? `not trusted: ${sayTlsFault(chainFault)}` : "trusted",
    verdict: isChain ? "weak" : "ok",
    measured: { certificates: certificate.chain },
    durationMs: ms,
  });
  sheet.tell("tls-name", { observed: nameFault ?? certificate.subject, verdict: nameFault === null ? "ok" : "weak" });
  sheet.tell("tls-days-left", {
    observed: daysLeft < 0 ? `ended ${-daysLeft} days ago` : `${daysLeft} days`,
    verdict: daysLeft < MIN_DAYS_LEFT ? "weak" : "ok",
    severity: daysLeft < 0 ? "error" : "warning",
    measured: { daysLeft },
  });
  const isShort = certificate.isRsa && certificate.keyBits !== null && certificate.keyBits < MIN_RSA_BITS;
  sheet.tell("tls-key", { observed: certificate.key, verdict: isShort ? "weak" : "ok" });
  const isModern = version === "TLSv1.3" || (/^TLS_(ECDHE|DHE)_/.test(cipher) && /GCM|CCM|POLY1305/.test(cipher));
  sheet.tell("tls-cipher", { observed: `${cipher} (${version})`, verdict: isModern ? "ok" : "weak" });
}

function old(id: "tls-1.0" | "tls-1.1", what: string, fix: string, option: string) {
  return {
    ...GROUP,
    id,
    title: `A handshake of ${what}`,
    expected: "refused",
    severity: "warning",
    affects: null,
    reason: "Deprecated (RFC 8996); no current client needs it.",
    fix,
    option,
  } as const;
}
