import { askJson } from "./ask-json.ts";
import { isRecord } from "./is-record.ts";
import { type IceServerProvider, IceServersError, type ListRequest } from "./provider.ts";
import { readW3cList } from "./w3c-list.ts";

/** Metered TURN (metered.ca/docs: turn-rest-api). Two kinds of keys: the account's secret, and one for each credential. */
export const meteredProvider: IceServerProvider = {
  realBaseUrl: ({ app = "" }) => `https://${app}.metered.live`,
  async fetch(request) {
    const { secretKey = "", apiKey: standing = "" } = request.keys;
    const isStanding = secretKey === "";
    const apiKey = isStanding ? standing : await createCredential(secretKey, request);
    const query = new URLSearchParams({ apiKey });
    const keys = { ...request.keys, created: apiKey };
    const { status, answer } = await askJson(
      { method: "GET", path: `/api/v1/turn/credentials?${query}` },
      { ...request, keys },
    );
    return { iceServers: readW3cList(answer, status), ttlSeconds: isStanding ? null : request.ttlSeconds, status };
  },
};

async function createCredential(secretKey: string, request: ListRequest): Promise<string> {
  const { status, answer } = await askJson(
    {
      method: "POST",
      path: `/api/v1/turn/credential?${new URLSearchParams({ secretKey })}`,
      headers: { "content-type": "application/json" },
      // Without an expiry Metered's credential never ends.
      body: JSON.stringify(request.ttlSeconds === null ? {} : { expiryInSeconds: request.ttlSeconds }),
    },
    request,
  );
  const apiKey = isRecord(answer) ? answer.apiKey : undefined;
  if (typeof apiKey === "string") return apiKey;
  throw new IceServersError("ice_servers_malformed", "the answer has no apiKey", status);
}
