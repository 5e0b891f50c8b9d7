import { createHmac } from "node:crypto";
import type { RawIceServer } from "../model/topology.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";

/**
 * A list as it was handed out once holds credentials that have expired since. Those that the file's own secret has made are
 * taken out, so that fresh ones are made of it; others stay, for calls to say what they are worth (draft-uberti-behave-turn-rest-00).
 */
export function withoutMinted(
  iceServers: readonly RawIceServer[],
  config: TurnConfig,
): { iceServers: RawIceServer[]; note: string | null } {
  const source = config.facts.credential;
  if (source.kind !== "secret") return { iceServers: [...iceServers], note: null };
  const secrets = new Settings(parseConfig(config.text)).valuesOf("static-auth-secret");
  const isOurs = ({ username = "", credential }: RawIceServer) => {
    const [expiry = ""] = username.split(source.separator);
    if (credential === undefined || !/^\d{9,11}$/.test(expiry)) return false;
    return secrets.some((secret) => createHmac("sha1", secret).update(username).digest("base64") === credential);
  };
  const kept = iceServers.map((entry) => (isOurs(entry) ? { urls: entry.urls } : entry));
  const count = iceServers.filter(isOurs).length;
  const note = `${count === 1 ? "a credential" : `${count} credentials`} of the list: made anew with the secret of ${config.file}, which made it`;
  return { iceServers: kept, note: count === 0 ? null : note };
}
