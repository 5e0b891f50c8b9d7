import { DtlsServer, type RTCDtlsTransport, type RTCPeerConnection } from "werift";
import { HandshakeOrder } from "./dtls-order.ts";
import { isStaleHandshake } from "./dtls-stale.ts";
import type { IceConnection } from "./werift-internals.ts";

/** More than any first flight; the rest is retransmitted. */
const MAX_EARLY_PACKETS = 16;

type Handshake = { msg_type: number; message_seq: number; fragment: Buffer };
type DtlsInternals = {
  connected: boolean;
  dtls: { flight: number; handshakeCache: Record<number, { data: { msg_type: number }[] } | undefined> };
  onHandleHandshakes: (handshakes: Handshake[]) => Promise<void>;
};

/**
 * Repairs the DTLS start of one peer connection.
 *
 * What arrives between ICE and DTLS start is kept: the controlled end may be ready a round trip before the
 * controlling one, werift drops its ClientHello then, and the retransmission comes half a second later. What comes before
 * its turn waits, see `dtls-order.ts`; what the handshake has left behind is ignored, see `dtls-stale.ts`.
 */
export function repairDtls(pc: RTCPeerConnection, connection: IceConnection): void {
  const [transport] = pc.dtlsTransports;
  if (!transport) return;
  const early: Buffer[] = [];
  const { unSubscribe } = connection.onData.subscribe((data) => {
    if (early.length < MAX_EARLY_PACKETS) early.push(data);
  });
  transport.onStateChange.once(() => {
    unSubscribe();
    // werift creates its socket right after this state change ("connecting"), before it yields.
    queueMicrotask(() => {
      sortHandshakes(transport);
      for (const data of early) connection.onData.execute(data);
    });
  });
}

function sortHandshakes({ dtls: socket }: RTCDtlsTransport): void {
  if (!socket) return;
  const internals = socket as unknown as DtlsInternals;
  const end = socket instanceof DtlsServer ? "server" : "client";
  const handle = internals.onHandleHandshakes;
  const order = new HandshakeOrder<Handshake>();
  internals.onHandleHandshakes = (handshakes) => {
    const { connected, dtls } = internals;
    // The far end's flight with keys: 4 comes from the server, 5 from the client (RFC 6347 section 4.2.4).
    const received = (dtls.handshakeCache[end === "server" ? 5 : 4]?.data ?? []).map((h) => h.msg_type);
    return handle(
      order.take(handshakes).filter((h) => !isStaleHandshake(end, { connected, flight: dtls.flight, received }, h)),
    );
  };
}

/** Ends werift's handshake retransmissions, which otherwise run on for up to 33 s after the session is closed. */
export function stopDtlsRetransmissions(pc: RTCPeerConnection): void {
  for (const { dtls } of pc.dtlsTransports) if (dtls) dtls.dtls.flight = Number.MAX_SAFE_INTEGER;
}
