import dgram from "node:dgram";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runInProcess } from "./test-session.ts";

type Send = (this: dgram.Socket, ...args: unknown[]) => void;

/** Content types of DTLS records (RFC 6347 section 4.1); SCTP is application data. */
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const RECORDS = [CHANGE_CIPHER_SPEC, HANDSHAKE, APPLICATION_DATA];

/** Loses the records for which `isLost` says so. `nth` counts a socket's records, each peer has one socket. */
function loseRecords(isLost: (record: { type: number; nth: number; socket: number }) => boolean): void {
  const send = dgram.Socket.prototype.send as Send;
  const sockets = new Map<dgram.Socket, { socket: number; sent: number }>();
  const lossy: Send = function (...args) {
    const type = (args[0] as Buffer)[0] ?? 0;
    if (!RECORDS.includes(type)) return send.apply(this, args);
    const counter = sockets.get(this) ?? { socket: sockets.size, sent: 0 };
    sockets.set(this, counter);
    if (!isLost({ type, nth: counter.sent++, socket: counter.socket })) send.apply(this, args);
  };
  vi.spyOn(dgram.Socket.prototype, "send").mockImplementation(lossy as never);
}

describe("the start of DTLS and SCTP", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("survives the loss of any one record at each end", async () => {
    // More than either end sends until the channel is open; two sockets make one session, so the pairs vary.
    const RECORDS_UNTIL_OPEN = 12;
    let lost = 0;
    loseRecords(({ nth, socket }) => {
      const isLost = nth === socket % RECORDS_UNTIL_OPEN;
      if (isLost) lost++;
      return isLost;
    });
    const sessions = Array.from({ length: RECORDS_UNTIL_OPEN * 2 }, () => runInProcess());
    const ends = (await Promise.all(sessions)).flatMap(({ offerer, answerer }) => [offerer, answerer]);
    expect(ends.flatMap(({ report }) => (report.failure ? [report.failure] : []))).toEqual([]);
    expect(ends.every(({ connected }) => connected)).toBe(true);
    expect(lost).toBe(ends.length);
  }, 20_000);

  it("sends SCTP's first chunks again every second, not every three", async () => {
    const LOST_COPIES = 5;
    let lost = 0;
    // One end's INIT and COOKIE-ECHO, or the other's answers to them: which end has socket 0 does not matter.
    loseRecords(({ type, socket }) => type === APPLICATION_DATA && socket === 0 && ++lost <= LOST_COPIES);
    // Within the 10 s from selected pair to open channel, which five times three seconds are not.
    const { offerer, answerer } = await runInProcess({ timeoutMs: 30_000 });
    expect([offerer.report.failure, answerer.report.failure]).toEqual([null, null]);
    expect(lost).toBeGreaterThan(LOST_COPIES);
  }, 30_000);

  it("says which of the two did not come about", async () => {
    const failureWithout = async (...types: number[]) => {
      loseRecords(({ type }) => types.includes(type));
      const { offerer, answerer } = await runInProcess({ timeoutMs: 2_000 });
      vi.restoreAllMocks();
      return [offerer.report.failure?.code, answerer.report.failure?.code];
    };
    expect(await failureWithout(HANDSHAKE)).toContain("dtls_failed");
    expect(await failureWithout(APPLICATION_DATA)).toContain("sctp_failed");
  }, 15_000);
});
