import { askJson } from "./ask-json.ts";
import { isRecord } from "./is-record.ts";
import type { IceServerProvider } from "./provider.ts";
import { readW3cList } from "./w3c-list.ts";

/** Cloudflare Realtime TURN (cloudflare-docs: realtime/turn/generate-credentials). */
export const cloudflareProvider: IceServerProvider = {
  realBaseUrl: () => "https://rtc.live.cloudflare.com",
  async fetch(request) {
    const { keyId = "", apiToken = "" } = request.keys;
    const ttl = request.ttlSeconds ?? 86_400;
    const { status, answer } = await askJson(
      {
        method: "POST",
        path: `/v1/turn/keys/${encodeURIComponent(keyId)}/credentials/generate-ice-servers`,
        headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
        body: JSON.stringify({ ttl }),
      },
      request,
    );
    return { iceServers: readW3cList(isRecord(answer) ? answer.iceServers : null, status), ttlSeconds: ttl, status };
  },
};
