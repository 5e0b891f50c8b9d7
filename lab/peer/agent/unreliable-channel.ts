import type { RTCDataChannel, RTCPeerConnection } from "werift";
import { CHANNEL } from "../course/endpoint.ts";

/** DataChunk flags, RFC 9260 section 3.3.1. */
const FIRST_FRAGMENT = 0b10;
const LAST_FRAGMENT = 0b01;

type Chunk = { flags: number; sentCount: number; maxRetransmits?: number; abandoned: boolean; retransmit: boolean };
type Sctp = {
  sentQueue: Chunk[];
  outboundQueue: Chunk[];
  rto: number;
  cwnd: number;
  maxPayloadSize: number;
  timer1Start(chunk: unknown): void;
  timer1Cancel(): void;
  timer3Expired(): void;
  timer3Cancel(): void;
  maybeAbandon(chunk: Chunk): boolean;
};

/** RTO.Initial, RFC 9260 section 16: how long INIT and COOKIE-ECHO wait for an answer before they are sent again. */
const INITIAL_RTO_S = 1;

/** RFC 9260 section 7.2.1: at most 4 MTU; werift's own beginning. */
const INITIAL_WINDOW_PACKETS = 3;

/**
 * An unordered channel that never retransmits, so that a lost packet is a lost message. Four faults of werift 0.25.2
 * are repaired on the instance: a second INIT ACK, answer to an INIT that was sent again, that comes while the first one is
 * being answered starts a timer twice, which throws and ends the process (RFC 9260 section 5.2.3 discards it); `maxRetransmits: 0` is read as unset (reliable), `maybeAbandon` abandons the first chunk
 * in the queue instead of the lost one, and the association starts with RFC 4960's 3 s between retransmissions, where
 * browsers take 1 s or less: at 5 % of loss each way one call in 200 used up its 10 s on four losses.
 */
export function createUnreliableChannel(pc: RTCPeerConnection): RTCDataChannel {
  const channel = pc.createDataChannel(CHANNEL.label, CHANNEL.options);
  const sctp = sctpOf(pc);
  sctp.rto = INITIAL_RTO_S;
  const startTimer1 = sctp.timer1Start.bind(sctp);
  sctp.timer1Start = (chunk) => {
    sctp.timer1Cancel();
    startTimer1(chunk);
  };
  sctp.maybeAbandon = (chunk) => {
    if (chunk.abandoned) return true;
    if (chunk.maxRetransmits === undefined || chunk.sentCount <= chunk.maxRetransmits) return false;
    for (const fragment of fragmentsOf(chunk, sctp.sentQueue)) {
      fragment.abandoned = true;
      fragment.retransmit = false;
    }
    return true;
  };
  return channel;
}

/**
 * The packets of an association that has fallen silent travel another path now. All that is unanswered is lost, and so is
 * what could not even be sent, as it would be for media, which nobody keeps: else it came seconds late, in one burst, and
 * counted as delivered. T3-rtx is not waited for: RTP has no such timer, and libwebrtc's runs for up to 3 s
 * (media/sctp/dcsctp_transport.cc, kMaxTimerBackoffDuration). The congestion window begins anew as on any new path.
 */
export function startOverAfterSilence(pc: RTCPeerConnection): void {
  const sctp = sctpOf(pc);
  for (const chunk of sctp.outboundQueue) chunk.abandoned = true;
  sctp.sentQueue.push(...sctp.outboundQueue.splice(0));
  for (const chunk of sctp.sentQueue) chunk.abandoned = true;
  sctp.timer3Cancel();
  sctp.timer3Expired();
  sctp.cwnd = INITIAL_WINDOW_PACKETS * sctp.maxPayloadSize;
}

function sctpOf(pc: RTCPeerConnection): Sctp {
  const sctp = pc.sctpTransport?.sctp as unknown as Sctp | undefined;
  if (!sctp) throw new Error("the peer connection has no SCTP transport");
  return sctp;
}

/** All chunks of one message: TSNs of a message are consecutive (RFC 9260 section 6.9). */
function fragmentsOf(chunk: Chunk, queue: readonly Chunk[]): Chunk[] {
  let first = queue.indexOf(chunk);
  if (first < 0) return [chunk];
  let last = first;
  const has = (index: number, flag: number) => ((queue[index]?.flags ?? flag) & flag) !== 0;
  while (first > 0 && !has(first, FIRST_FRAGMENT)) first--;
  while (last < queue.length - 1 && !has(last, LAST_FRAGMENT)) last++;
  return queue.slice(first, last + 1);
}
