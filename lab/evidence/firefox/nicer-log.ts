import type { CandidateType } from "../../model/ice.ts";
import type { FirefoxDraft } from "./page.ts";

/** `ICE(PC:{…} 1795852218643418 (id=… url=…)): peer (…) is now checking`. */
const STATE = /^ICE\(PC:(.+?)\): peer \(.*\) is now (\w+)/;
const GATHERED = /^ICE\(PC:(.+?)\): All candidates initialized/;
/** Told to the page as connected, or failed where none succeeded. */
const CHECKED = /^ICE-PEER\(PC:(.+):default\): all checks completed success=(\d+) fail=\d+/;
/** `STUN-CLIENT(relay(IP4:192.168.1.10:44978/UDP|IP4:34.77.1.10:3478/UDP)::TURN): TEXT`. */
const CLIENT = /^STUN-CLIENT\((srflx|relay)\(IP[46]:(\S+?)\/(UDP|TCP|TLS)\|IP[46]:(\S+?)\/\w+\)[^)]*\): (.*)$/;
const ALLOCATED =
  /^TURN\(relay\(IP[46]:(\S+?)\/(UDP|TCP|TLS)\|.*\)\): Succ?esfully allocated addr IP[46]:(.+):(\d+)\/UDP/;

/**
 * Firefox's log of ICE (nICEr, stun_client_ctx.c, turn_client_ctx.c, ice_peer_ctx.c): states by the peer connection's own
 * name, servers' answers by the base that they were asked from. The server's address is often masked.
 */
export function addNicerLog(drafts: readonly FirefoxDraft[], lines: readonly string[], file: string): void {
  const refusals = new Map<string, { count: number; line: number; number: number }>();
  const answered = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const at = { file, path: `Connection Log, line ${index + 1}` };
    const state = STATE.exec(line);
    if (state) ofName(drafts, state[1])?.draft.iceState(state[2] ?? "", null, at);
    const checked = CHECKED.exec(line);
    if (checked) ofName(drafts, checked[1])?.draft.iceState(checked[2] === "0" ? "failed" : "connected", null, at);
    const gathered = GATHERED.exec(line);
    const whole = gathered && ofName(drafts, gathered[1]);
    if (whole) whole.draft.end.isGatheringComplete = true;
    const allocated = ALLOCATED.exec(line);
    if (allocated) {
      const [, base = "", , address = "", port] = allocated;
      answered.add(`${base}/${allocated[2]}`);
      const relay = {
        type: "relay" as const,
        protocol: "udp" as const,
        address: address.replace(/^\[|\]$/g, ""),
        port: Number(port),
        priority: 0,
      };
      ofBase(drafts, base)?.draft.candidate("own", relay, at);
    }
    const client = CLIENT.exec(line);
    if (!client) continue;
    const [, type = "", base = "", transport = "", , text = ""] = client;
    const number = /stun error code (\d{3})/.exec(text)?.[1];
    if (number !== undefined) {
      const key = `${base}/${transport}`;
      const before = refusals.get(key);
      refusals.set(key, { count: (before?.count ?? 0) + 1, line: index + 1, number: Number(number) });
    } else if (/timed out/i.test(text)) {
      addError(drafts, base, 701, `${asked(type as CandidateType)} over ${transport} timed out`, at.path, file);
    }
  }
  for (const [key, { count, line, number }] of refusals) {
    // The first 401 asks for the credential (RFC 8489 section 9.2).
    if (answered.has(key) || (number === 401 && count < 2)) continue;
    const [base = "", transport] = key.split("/");
    addError(drafts, base, number, `TURN over ${transport}: error ${number}`, `Connection Log, line ${line}`, file);
  }
}

const asked = (type: CandidateType) => (type === "relay" ? "TURN" : "STUN");

function addError(
  drafts: readonly FirefoxDraft[],
  base: string,
  errorCode: number,
  text: string,
  path: string,
  file: string,
): void {
  const draft = ofBase(drafts, base)?.draft;
  if (!draft || draft.end.urlErrors.some((one) => one.text === text && one.hostCandidate === base)) return;
  draft.urlError({ url: null, errorCode, text, code: null, hostCandidate: base, atMs: null }, { file, path });
}

const ofName = (drafts: readonly FirefoxDraft[], name = "") => drafts.find(({ id }) => id !== "" && id === name);

/** No two peer connections of a browser have one port at a time; TCP has ports of its own, and tells of none. */
const ofBase = (drafts: readonly FirefoxDraft[], base: string) =>
  drafts.find(({ draft }) => draft.end.marks?.own.includes(`base ${base}`)) ??
  (drafts.length === 1 ? drafts[0] : undefined);
