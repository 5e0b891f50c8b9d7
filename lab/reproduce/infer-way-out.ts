import type { Reason } from "../model/diagnosis.ts";
import type { EndEvidence, Seen, UrlError } from "../model/evidence.ts";
import type { Candidate, TurnTransport } from "../model/ice.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import type { Conclusion } from "./conclusion.ts";
import type { FieldEnd } from "./field-ends.ts";

/** A URL of an end's list, and what came of it. `gave`: the candidate that names it. */
type Tried = {
  url: string;
  transport: TurnTransport;
  port: number;
  use: "stun" | "turn";
  gave: Seen<Candidate> | null;
  error: Seen<UrlError> | null;
};

/** An answer is an answer: who was told 401 has been reached. */
const isSilent = ({ errorCode, code }: UrlError): boolean =>
  code !== null
    ? ["stun_no_answer", "turn_no_answer", "turn_connect_failed", "turn_tls_failed"].includes(code)
    : errorCode === 701 || errorCode === null;

/** What an end's network lets out, by which of its URLs gave something and which were silent. */
export function inferWayOut(end: FieldEnd): Conclusion[] {
  const proxy = end.seen.urlErrors.find(
    ({ code, text }) => code?.startsWith("proxy_") || /\bproxy\b|\b407\b/i.test(text),
  );
  if (proxy) {
    return [
      of(end, "proxy", proxy.code ? "likely" : "possible", `${end.name} goes out through an HTTP proxy`, [
        { text: `${proxy.url ?? "a server"}: ${proxy.text}`, at: proxy.at },
      ]),
    ];
  }
  const tried = triedBy(end.seen);
  const udp = tried.filter(({ transport }) => transport === "udp");
  const passed = udp.find(({ gave }) => gave !== null) ?? null;
  const anyUdp =
    passed?.gave ?? end.seen.candidates.find(({ type, protocol }) => type === "srflx" && protocol === "udp");
  if (anyUdp) {
    return [of(end, "open", "certain", `UDP leaves the network of ${end.name}`, [reasonOf(anyUdp)])];
  }
  const silent = udp.flatMap(({ error }) => (error && isSilent(error) ? [error] : []));
  // One URL of several that is silent says nothing of the network: its server may be dead.
  if (udp.length === 0 || silent.length < udp.length) return [];
  const over = tried.filter(({ transport, gave }) => transport !== "udp" && gave !== null);
  const because = silent.slice(0, 4).map(errorReason);
  if (over.length === 0) return withoutAny(end, tried, because);
  return [...throughTcp(end, tried, over), udpBlocked(end, silent, over, because)];
}

/** What got through, and what on the same host did not, tells how little the network lets out. */
function throughTcp(end: FieldEnd, tried: readonly Tried[], over: readonly Tried[]): Conclusion[] {
  const isOn443 = over.every(({ port }) => port === 443);
  const others = tried.filter(
    ({ transport, port, error }) => transport !== "udp" && port !== 443 && error && isSilent(error),
  );
  const plain = tried.find(
    ({ transport, port, error }) => transport === "tcp" && port === 443 && error && isSilent(error),
  );
  const isTls = over.some(({ transport }) => transport === "tls");
  if (!isOn443 || (others.length === 0 && !plain)) return [];
  const because = [
    ...over.flatMap(({ gave }) => (gave ? [reasonOf(gave)] : [])),
    ...[...others, plain].flatMap((one) => (one?.error ? [errorReason(one.error)] : [])),
  ];
  const value = plain && isTls ? "tls-443" : "only-443";
  const text = `${end.name}'s network lets out ${value === "tls-443" ? "TLS on port 443" : "TCP to port 443"}, and nothing else that was tried`;
  return [of(end, value, "likely", text, because)];
}

function udpBlocked(
  end: FieldEnd,
  silent: readonly Seen<UrlError>[],
  over: readonly Tried[],
  because: Reason[],
): Conclusion {
  const places = new Set(silent.map(({ url }) => url));
  const gave = over.flatMap((one) => (one.gave ? [reasonOf(one.gave)] : []));
  const text = `UDP does not leave the network of ${end.name}: every server that was asked over UDP is silent, and TCP passes`;
  return of(end, "udp-blocked", places.size > 1 ? "likely" : "possible", text, [...because, ...gave.slice(0, 1)]);
}

function withoutAny(end: FieldEnd, tried: readonly Tried[], because: Reason[]): Conclusion[] {
  const isAllSilent = tried.every(({ error }) => error !== null && isSilent(error));
  const isTcpTried = tried.some(({ transport }) => transport !== "udp");
  const hosts = new Set(tried.flatMap(({ url }) => hostOf(url) ?? []));
  if (!isAllSilent) return [];
  return [
    isTcpTried
      ? of(end, "nothing", "possible", `${end.name} reaches none of its servers, over UDP or TCP`, because)
      : of(
          end,
          "udp-blocked",
          "possible",
          `${end.name} reaches no server over UDP${hosts.size > 1 ? "" : ", and asked only one host"}; TCP was not tried`,
          because,
        ),
  ];
}

function triedBy(end: EndEvidence): Tried[] {
  const urls = new Set([
    ...(end.iceServers ?? []).flatMap(({ urls }) => urls),
    ...end.candidates.flatMap(({ url }) => url ?? []),
    ...end.urlErrors.flatMap(({ url }) => url ?? []),
  ]);
  return [...urls].flatMap((url): Tried[] => {
    const parsed = parseIceUrl(url);
    if ("error" in parsed) return [];
    const gave = end.candidates.find((one) => one.url !== undefined && isSameUrl(one.url, url)) ?? null;
    const error = gave ? null : (end.urlErrors.find((one) => one.url !== null && isSameUrl(one.url, url)) ?? null);
    const transport = parsed.kind === "stun" ? "udp" : parsed.transport;
    return [{ url, transport, port: parsed.port, use: parsed.kind, gave, error }];
  });
}

/** A browser writes out what the application left to the defaults. */
export function isSameUrl(one: string, other: string): boolean {
  const [a, b] = [parseIceUrl(one), parseIceUrl(other)];
  if ("error" in a || "error" in b) return one === other;
  return JSON.stringify(a).toLowerCase() === JSON.stringify(b).toLowerCase();
}

export function hostOf(url: string): string | null {
  const parsed = parseIceUrl(url);
  return "error" in parsed ? null : parsed.host.toLowerCase();
}

const of = (
  end: FieldEnd,
  value: Conclusion<"way_out">["value"],
  confidence: Conclusion["confidence"],
  text: string,
  because: Reason[],
): Conclusion<"way_out"> => ({
  fact: "way_out",
  of: end.name,
  value,
  confidence,
  text,
  because,
});

const reasonOf = ({ type, address, port, url, at }: Seen<Candidate>): Reason => ({
  text: `${type} candidate ${address}:${port}${url === undefined ? "" : ` from ${url}`}`,
  at,
});

const errorReason = ({ url, errorCode, text, at }: Seen<UrlError>): Reason => ({
  text: `${url ?? "a server"}: ${[errorCode, text].filter((part) => part !== null && part !== "").join(" ")}`,
  at,
});
