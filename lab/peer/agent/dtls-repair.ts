import type { RTCPeerConnection } from "werift";
import type { IceConnection } from "./werift-internals.ts";

/** More than any first flight; the rest is retransmitted. */
const MAX_EARLY_PACKETS = 16;

/**
 * Keeps what arrives between ICE and DTLS start. The controlled end may be ready a round trip before the
 * controlling one, and werift drops its ClientHello then; the retransmission comes half a second later.
 */
export function keepEarlyDtls(pc: RTCPeerConnection, connection: IceConnection): void {
  const [dtls] = pc.dtlsTransports;
  if (!dtls) return;
  const early: Buffer[] = [];
  const { unSubscribe } = connection.onData.subscribe((data) => {
    if (early.length < MAX_EARLY_PACKETS) early.push(data);
  });
  dtls.onStateChange.once(() => {
    unSubscribe();
    // The DTLS socket subscribes in the same turn of the event loop in which the state changes to "connecting".
    setImmediate(() => {
      for (const data of early) connection.onData.execute(data);
    });
  });
}

/** Ends werift's handshake retransmissions, which otherwise run on for up to 33 s after the session is closed. */
export function stopDtlsRetransmissions(pc: RTCPeerConnection): void {
  for (const { dtls } of pc.dtlsTransports) if (dtls) dtls.dtls.flight = Number.MAX_SAFE_INTEGER;
}
