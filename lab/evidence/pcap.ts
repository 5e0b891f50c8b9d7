import { FILTER, isCapture, openCapture } from "./capture/capture-file.ts";
import { LINK_TYPES } from "./capture/packet.ts";
import { type Capture, CaptureCollector } from "./capture/read-capture.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEvidence } from "./reader.ts";

/** A capture of a call, by tcpdump, Wireshark or a browser's machine: pcap and pcapng. */
export const captureReader: EvidenceReader = {
  kind: "capture",

  recognizes: ({ bytes }: EvidenceFile) => isCapture(bytes),

  read({ name, bytes }: EvidenceFile): ReadEvidence {
    const file = openCapture(name, bytes);
    const collector = new CaptureCollector(name);
    collector.readAll(file);
    const capture = collector.result();
    const { evidence } = capture;
    const isEmpty = [evidence.transactions, evidence.tls, evidence.tcp, evidence.icmp, evidence.dtls].every(
      (found) => found.length === 0,
    );
    if (isEmpty)
      throw new EvidenceError(
        `${name}: expected STUN, TURN, TLS or DTLS of a call, found ${seen(capture)}. ${[...file.faults, ...said(name, capture)].join(". ")}${hint(capture)}`.trim(),
      );
    return {
      understood: inWords(capture),
      ends: [],
      servers: [],
      packets: [evidence],
      notUnderstood: [...file.faults, ...said(name, capture)],
    };
  },
};

function inWords({ evidence: { frames, transactions, tls, tcp, icmp, dtls } }: Capture): string {
  const checks = transactions.filter(({ isCheck }) => isCheck).length;
  const parts = [
    [transactions.length - checks, "STUN and TURN requests"],
    [checks, "connectivity checks"],
    [tcp.length, "TCP connections"],
    [tls.length, "TLS handshakes"],
    [dtls.length, "DTLS handshakes"],
    [icmp.length, "ICMP errors"],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return `capture of ${frames} frames: ${parts.join(", ")}`;
}

/** `210 frames (190 UDP, 20 ARP)`. */
function seen({ evidence: { frames }, protocols }: Capture): string {
  if (frames === 0) return "no frame at all";
  const most = [...protocols].sort((a, b) => b[1] - a[1]).slice(0, 6);
  const rest = protocols.size > most.length ? ", …" : "";
  return `${frames} frames (${most.map(([what, count]) => `${count} ${what}`).join(", ")}${rest})`;
}

/** What of it could not be read, each with why. */
function said(name: string, capture: Capture): string[] {
  const { cutShort, fragments, otherConnections, encrypted, left } = capture;
  return [
    ...(encrypted > 0
      ? [`${name}: ${encrypted} TLS connections: what is in them is encrypted, TURN over TLS with it`]
      : []),
    ...(cutShort > 0
      ? [
          `${name}: of ${cutShort} frames only the beginning was captured (snap length); capture whole ones: tcpdump -s 0`,
        ]
      : []),
    ...(fragments > 0
      ? [`${name}: ${fragments} IP fragments: datagrams are not put together, only first fragments were looked at`]
      : []),
    ...(otherConnections > 0
      ? [
          `${name}: ${otherConnections} TCP connections to hosts that nothing in it shows to be STUN or TURN servers were left out`,
        ]
      : []),
    ...(left > 0
      ? [`${name}: ${left} requests and connections beyond the bounds were left out; cut it down: ${FILTER}`]
      : []),
  ];
}

function hint({ protocols }: Capture): string {
  const link = [...protocols.keys()].find((what) => what.startsWith("link type"));
  return link ? ` Link types that are read: ${LINK_TYPES.join(", ")}.` : "";
}
