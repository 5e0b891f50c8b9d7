import type { Source } from "../../model/evidence.ts";
import type { EndDraft } from "../ends/draft.ts";
import { givenServer } from "../ends/given-servers.ts";
import { isRecord, jsonOrNull } from "../ends/unknown.ts";

/** `rtcConfiguration` and what `setConfiguration` changed of it: today JSON, before 2023 a text of its own. */
export function addConfiguration(draft: EndDraft, connection: Record<string, unknown>, { file, path }: Source): void {
  if (connection.rtcConfiguration === undefined) return;
  setConfiguration(draft, connection.rtcConfiguration, { file, path: `${path}.rtcConfiguration` });
}

export function setConfiguration(draft: EndDraft, given: unknown, at: Source): void {
  const parsed = typeof given === "string" ? jsonOrNull(given) : given;
  const servers = isRecord(parsed) ? parsed.iceServers : typeof given === "string" ? oldServers(given) : null;
  if (Array.isArray(servers)) {
    draft.end.iceServers = servers.flatMap((one) => {
      const server = givenServer(one);
      return server ? [{ ...server, at }] : [];
    });
  } else if (isRecord(parsed)) draft.end.iceServers = [];
  const policy = isRecord(parsed)
    ? (parsed.iceTransportPolicy ?? "all")
    : /iceTransportPolicy: (\w+)/.exec(String(given))?.[1];
  if (policy === "all" || policy === "relay") draft.end.transportPolicy = policy;
}

/** `{ iceServers: [stun:a.example, turn:b.example], iceTransportPolicy: all, … }` */
function oldServers(text: string): { urls: string[] }[] | null {
  const list = /(?:iceServers|servers): \[([^\]]*)\]/.exec(text)?.[1];
  if (list === undefined) return null;
  return [...list.matchAll(/(?:stun|turn)s?:[^\s,}]+/gi)].map(([url]) => ({ urls: [url] }));
}
