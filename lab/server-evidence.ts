import { readCoturnLog } from "./evidence/coturn-log.ts";
import type { ServerEvidence, ServerSession } from "./model/evidence.ts";
import type { ServerLogs } from "./server-logs.ts";

/** Whose calls a server's sessions may be. */
export type Callers = {
  /** Addresses that packets of these peers have when they come to a server, and where a proxy stands its own. */
  addresses: ReadonlySet<string>;
  /** User names that were given to this call, and to no other; empty where all calls have one. */
  users: ReadonlySet<string>;
};

/** What a server's log says of one call; `since`: when that began, Unix ms. Lines are numbered as in the file `log` of it. */
export function serverEvidence(
  server: { name: string; log: string },
  logs: Pick<ServerLogs, "before" | "since">,
  since: number,
  callers: Callers,
): ServerEvidence {
  const first = logs.before(server.name, since);
  const latest = logs.since(server.name, since);
  const read = (lines: typeof latest) =>
    readCoturnLog(
      lines.map(({ text }) => text),
      server.log,
      lines[0]?.number ?? 1,
    );
  const [ofStart, ofCall] = [read(first), read(latest)];
  return {
    ...ofStart,
    name: server.name,
    version: ofStart.version ?? ofCall.version,
    sessions: ofCall.sessions.filter((session) => isOf(session, callers)),
    notes: [...ofStart.notes, ...ofCall.notes],
  };
}

/** Sessions of other calls that ran beside it say nothing of this one; one that does not tell may be its own. */
function isOf({ user, client }: ServerSession, { addresses, users }: Callers): boolean {
  if (user !== "" && users.size > 0) return users.has(user);
  const address = client?.slice(0, client.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  return address === undefined || addresses.size === 0 || addresses.has(address);
}
