import http from "node:http";
import type { AddressInfo } from "node:net";
import type {
  ApiOffer,
  IceServerApiFaultAnswer,
  IceServerApiSpec,
  IceServerProviderName,
} from "../../model/ice-server-api.ts";
import { providerFacts, SHORT_LIFETIME_S } from "../../model/ice-server-api.ts";
import { cloudflareApi } from "./cloudflare.ts";
import { coturnRestApi } from "./coturn-rest.ts";
import type { EmulatedAnswer, EmulatedApi, Mint } from "./emulated-api.ts";
import { meteredApi } from "./metered.ts";
import { staticApi } from "./static.ts";
import { twilioApi } from "./twilio.ts";
import { xirsysApi } from "./xirsys.ts";

const APIS: Readonly<Record<IceServerProviderName, () => EmulatedApi>> = {
  static: () => staticApi,
  "coturn-rest": () => coturnRestApi,
  cloudflare: () => cloudflareApi,
  twilio: () => twilioApi,
  xirsys: () => xirsysApi,
  metered: meteredApi,
};

export type EmulatorSpec = Pick<
  IceServerApiSpec,
  "provider" | "variant" | "handsOut" | "ttlSeconds" | "latencyMs" | "faults"
> & {
  offers: readonly ApiOffer[];
  mint: Mint;
};

export type StartedEmulator = AsyncDisposable & {
  baseUrl: string;
  /** What opens it, fresh for each. */
  keys: Readonly<Record<string, string>>;
  /** HTTP requests so far. */
  requestCount(): number;
};

/**
 * Starts a provider's API on loopback, at a port that nobody had. The one who disposes of it ends every connection, those
 * that wait for an answer that never comes included.
 */
export async function startEmulator(spec: EmulatorSpec): Promise<StartedEmulator> {
  const api = APIS[spec.provider]();
  const variant = spec.variant ?? providerFacts(spec.provider).variants[0] ?? "";
  const keys = api.freshKeys(variant);
  let requestNumber = 0;
  const server = http.createServer(async (request, response) => {
    requestNumber += 1;
    const number = requestNumber;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await new Promise((resolve) => setTimeout(resolve, spec.latencyMs ?? 0));
    const fault = spec.faults?.find(({ requests: [first, last] = [1, Number.POSITIVE_INFINITY] }) => {
      return first <= number && number <= last;
    })?.answer;
    if (fault === "timeout") return;
    if (fault === "reset") return request.socket.destroy();
    const asked = {
      method: request.method ?? "",
      url: new URL(request.url ?? "/", "http://emulator"),
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    const mint: Mint = (name, ttlSeconds) => spec.mint(name, lifetimeOf(fault, ttlSeconds));
    const { ttlSeconds } = spec;
    const offers =
      spec.handsOut === "round-robin"
        ? spec.offers.filter((_, at) => at === (number - 1) % spec.offers.length)
        : spec.offers;
    const right = () => api.answer(asked, { keys, variant, offers, ttlSeconds, mint, requestNumber: number });
    send(response, typeof fault === "number" ? api.refusal(fault) : right(), fault === "malformed");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    keys,
    requestCount: () => requestNumber,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function lifetimeOf(fault: IceServerApiFaultAnswer | undefined, ttlSeconds: number | null): number | null {
  if (fault === "expired") return -1;
  return fault === "short-lived" ? SHORT_LIFETIME_S : ttlSeconds;
}

/** Half of the right answer is what a proxy leaves that gave up in the middle of it. */
function send(response: http.ServerResponse, { status, body }: EmulatedAnswer, isHalf: boolean): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(isHalf ? text.slice(0, text.length >> 1) : text);
}
