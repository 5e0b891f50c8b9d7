import type { EndEvidence, Evidence, Source, StunTransaction, UrlError } from "../model/evidence.ts";
import type { SeenFailureCode } from "../model/failure.ts";
import type { TurnTransport } from "../model/ice.ts";
import { parseIceUrl, type StunUrl, type TurnUrl } from "../model/ice-url.ts";

/** What a STUN or TURN server said to a question, or how far the question came, by whoever saw it. */
export type ServerAnswer = {
  /** The end that asked, where it is known. */
  end: EndEvidence | null;
  use: "stun" | "turn";
  /** A URL, or `ADDRESS:PORT`. */
  server: string;
  transport: TurnTransport | null;
  port: number | null;
  /** STUN's error number, or how far it came. */
  outcome: number | "silence" | "unreached" | "no-name" | "tls" | "proxy";
  method: string;
  text: string;
  username: string | null;
  at: Source;
};

/** STUN error numbers of what the lab's own peers say. */
const NUMBERS: Partial<Record<SeenFailureCode, number>> = {
  turn_unauthorized: 401,
  turn_forbidden: 403,
  turn_allocation_mismatch: 437,
  turn_wrong_credentials: 441,
  turn_unsupported_transport: 442,
  turn_quota_reached: 486,
  turn_insufficient_capacity: 508,
};

const OUTCOMES: Partial<Record<SeenFailureCode, ServerAnswer["outcome"]>> = {
  turn_no_answer: "silence",
  stun_no_answer: "silence",
  turn_connect_failed: "unreached",
  turn_tls_failed: "tls",
  dns_failed: "no-name",
  proxy_refused: "proxy",
  proxy_unauthorized: "proxy",
  proxy_failed: "proxy",
};

/** W3C: 701 is a server that could not be reached. libwebrtc says in its text how far it came (p2p/base/turn_port.cc). */
function outcomeOf({ code, errorCode, text, hostCandidate }: UrlError): ServerAnswer["outcome"] | null {
  if (code !== null) {
    const leading = Number(/^\s*(\d{3})\b/.exec(text)?.[1]);
    const number = NUMBERS[code] ?? (code === "turn_error" && leading >= 300 ? leading : undefined);
    return number ?? OUTCOMES[code] ?? null;
  }
  // A name is looked up once for each address family that the host has, and need not have them all.
  if (/lookup/i.test(text)) return hostCandidate?.startsWith("[") ? null : "no-name";
  if (errorCode !== null && errorCode >= 300 && errorCode < 600) return errorCode;
  if (/tls|ssl|certificate/i.test(text)) return "tls";
  if (/connect/i.test(text)) return "unreached";
  return errorCode === null ? null : "silence";
}

const parsedOf = (url: string | null): StunUrl | TurnUrl | null => {
  const parsed = url === null ? null : parseIceUrl(url);
  return parsed && "kind" in parsed ? parsed : null;
};

/** Errors and silences of the ends' own servers. */
function fromEnds({ ends }: Evidence): ServerAnswer[] {
  return ends.flatMap((end) =>
    end.urlErrors.flatMap((error): ServerAnswer[] => {
      const outcome = outcomeOf(error);
      if (outcome === null) return [];
      const parsed = parsedOf(error.url);
      const isStun = parsed ? parsed.kind === "stun" : /stun/i.test(error.text) || error.code === "stun_no_answer";
      return [
        {
          end,
          use: isStun ? "stun" : "turn",
          server: error.url ?? "a server that is not named",
          transport: parsed?.kind === "turn" ? parsed.transport : isStun ? "udp" : null,
          port: parsed?.port ?? null,
          outcome,
          method: isStun ? "BINDING" : "ALLOCATE",
          text: error.text,
          username: null,
          at: error.at,
        },
      ];
    }),
  );
}

/**
 * Errors that a server's log holds and that nothing mended: the challenge that begins each allocation (401, RFC 8489
 * section 9.2) and a nonce that was followed (438) are followed by a success.
 */
function fromLogs({ servers }: Evidence): ServerAnswer[] {
  return servers.flatMap(({ name, sessions }) =>
    sessions.flatMap(({ answers, user }) =>
      answers.flatMap(({ method, errorNumber, reason: text, at }, index): ServerAnswer[] => {
        const isSettled = answers.slice(index + 1).some((later) => later.method === method && later.errorNumber === 0);
        if (errorNumber === 0 || isSettled) return [];
        // The challenge alone: whoever did not come back was not refused.
        if (errorNumber === 401 && /user <>/.test(text)) return [];
        return [
          {
            end: null,
            use: "turn",
            server: name,
            transport: null,
            port: null,
            outcome: errorNumber,
            method: method.toUpperCase(),
            text,
            username: /user <([^>]+)>/.exec(text)?.[1] ?? (user === "" ? null : user),
            at,
          },
        ];
      }),
    ),
  );
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

/** What a capture shows of questions to servers; checks between peers are none. */
function fromCaptures({ packets }: Evidence): ServerAnswer[] {
  return packets.flatMap(({ transactions }) => {
    /** When each question was answered well at last. */
    const settledAtS = new Map<string, number>();
    const keyOf = ({ from, to, method }: StunTransaction) => `${from} ${to} ${method}`;
    for (const one of transactions)
      if (one.outcome === "success")
        settledAtS.set(keyOf(one), Math.max(settledAtS.get(keyOf(one)) ?? 0, one.askedAtS));
    return transactions.flatMap((one): ServerAnswer[] => {
      if (one.isCheck || one.outcome === "success") return [];
      if ((settledAtS.get(keyOf(one)) ?? -1) >= one.askedAtS) return [];
      if (one.errorNumber === 401 && one.username === null) return [];
      const method = one.method.toUpperCase().replaceAll("-", "_");
      return [
        {
          end: null,
          use: method === "BINDING" ? "stun" : "turn",
          server: one.to,
          transport: one.transport,
          port: portOf(one.to),
          outcome: one.errorNumber ?? "silence",
          method,
          text: one.reason ?? "",
          username: one.username,
          at: one.at,
        },
      ];
    });
  });
}

/** All that went wrong with servers. */
export const answersOf = (evidence: Evidence): ServerAnswer[] => [
  ...fromEnds(evidence),
  ...fromLogs(evidence),
  ...fromCaptures(evidence),
];
