import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Frame, openCapture } from "./capture/capture-file.ts";
import { captureReader } from "./pcap.ts";
import { EvidenceError } from "./reader.ts";
import { pcapngOf, pcapOf } from "./test-captures.ts";
import { damaged } from "./test-damage.ts";

const bytesOf = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const framesOf = (name: string) => [...openCapture(name, bytesOf(name)).frames];
const read = (bytes: Uint8Array, name = "call.pcap") => {
  const found = captureReader.read({ name, bytes });
  const [packets] = found.packets;
  if (!packets) throw new Error("no evidence");
  return { ...found, packets };
};
const fixture = (name: string) => read(bytesOf(name), name);

describe("captureReader", () => {
  it("reads a relayed call as one of its ends saw it", () => {
    const { packets, understood, notUnderstood } = fixture("symmetric-relayed.pcap");
    expect(understood).toBe(
      "capture of 215 frames: 19 STUN and TURN requests, 28 connectivity checks, 2 TCP connections, 1 TLS handshakes, 1 DTLS handshakes, 1 ICMP errors",
    );
    expect(notUnderstood).toEqual([
      "symmetric-relayed.pcap: 1 TLS connections: what is in them is encrypted, TURN over TLS with it",
    ]);
    const { transactions, tls, tcp, dtls, icmp } = packets;
    const [binding, challenge] = transactions;
    expect(binding).toEqual({
      at: { file: "symmetric-relayed.pcap", frame: 9 },
      transport: "udp",
      from: "192.168.1.10:44761",
      to: "34.77.1.10:3478",
      method: "BINDING",
      requests: 1,
      outcome: "success",
      errorNumber: null,
      reason: null,
      username: null,
      realm: null,
      mapped: "81.2.64.2:27070",
      relayed: null,
      peer: null,
      lifetimeS: null,
      answerTtl: 62,
      isCheck: false,
      askedAtS: expect.closeTo(0.00935, 4),
      answeredAtS: expect.closeTo(0.01043, 4),
    });
    // Behind a symmetric NAT each server sees another port of one socket.
    expect(challenge).toMatchObject({ method: "ALLOCATE", errorNumber: 401, reason: "Unauthorized", username: null });
    const relays = transactions.filter(({ relayed }) => relayed !== null);
    expect(
      relays.map(({ transport, relayed, lifetimeS, username }) => [transport, relayed, lifetimeS, username]),
    ).toEqual([
      ["tcp", "34.77.1.10:62192", 600, "lab-d437a622"],
      ["udp", "34.77.1.10:52646", 600, "lab-d437a622"],
    ]);
    expect(transactions.find(({ method }) => method === "CHANNEL_BIND")).toMatchObject({
      peer: "192.168.1.20:39156",
      outcome: "success",
    });
    // A check that was asked three times, and one that went through the end's own relay.
    const checks = transactions.filter(({ isCheck }) => isCheck);
    expect(checks).toContainEqual(
      expect.objectContaining({ from: "192.168.1.10:44761", to: "81.2.65.2:49027", requests: 3, outcome: "none" }),
    );
    expect(checks).toContainEqual(
      expect.objectContaining({
        from: "34.77.1.10:52646",
        to: "34.77.1.10:55845",
        outcome: "success",
        answerTtl: null,
      }),
    );
    expect(tcp.map(({ server, outcome }) => [server, outcome])).toEqual([
      ["34.77.1.10:3478", "connected"],
      ["34.77.1.10:5349", "connected"],
    ]);
    expect(tls[0]).toMatchObject({
      serverName: "turn.lab.test",
      outcome: "finished",
      hasClientData: true,
      certificate: { names: ["turn.lab.test", "34.77.1.10"], chainLength: 2 },
    });
    expect(dtls).toMatchObject([{ client: "34.77.1.10:55845", flights: 6, largestBytes: 423, isFinished: true }]);
    expect(icmp).toMatchObject([
      { type: "host unreachable", from: "192.168.1.10", about: "udp 192.168.1.10:44761 to 192.168.1.20:39156" },
    ]);
  });

  it("reads what a client asks a server, and the TTL that coturn 4.17.1 answers with", () => {
    const { transactions } = fixture("coturn-4.17.1-users.pcap").packets;
    const errors = transactions.filter(({ outcome }) => outcome === "error");
    expect(errors.map(({ method, errorNumber, username, peer }) => [method, errorNumber, username, peer])).toEqual([
      ["ALLOCATE", 401, null, null],
      ["CREATE_PERMISSION", 403, "alice", "10.0.0.7:0"],
      ["CREATE_PERMISSION", 443, "alice", "[::1]:0"],
      ["CHANNEL_BIND", 403, "alice", "192.168.1.20:5000"],
      ["CHANNEL_BIND", 403, "alice", "169.254.169.254:80"],
      ["ALLOCATE", 437, "alice", null],
      ["ALLOCATE", 401, null, null],
      ["ALLOCATE", 401, "alice", null],
      ["ALLOCATE", 401, null, null],
      ["ALLOCATE", 401, "mallory", null],
      ["ALLOCATE", 401, null, null],
      ["ALLOCATE", 437, "alice", null],
      ["ALLOCATE", 401, null, null],
      ["ALLOCATE", 401, null, null],
      ["ALLOCATE", 486, "alice", null],
      ["ALLOCATE", 401, null, null],
      ["ALLOCATE", 440, "bob", null],
      ["REFRESH", 438, "alice", null],
    ]);
    // The challenge of the stateless nonce leaves with 64, everything else with 1.
    expect(transactions.slice(0, 2).map(({ answerTtl }) => answerTtl)).toEqual([64, 1]);
    expect(transactions.every(({ isCheck }) => !isCheck)).toBe(true);
  });

  it("tells how TLS and TCP to a server ended", () => {
    const { packets, notUnderstood } = fixture("tls-servers.pcap");
    expect(packets.startedAt).toBe(Date.parse("2026-11-28T07:51:58.246Z"));
    expect(
      packets.tls.map(({ server, outcome, alert, alertFrom, certificate, closedBy, hasClientData }) => [
        server,
        outcome,
        alert,
        alertFrom,
        certificate?.chainLength ?? null,
        closedBy,
        hasClientData,
      ]),
    ).toEqual([
      // TLS 1.3, with a STUN request in it.
      ["34.77.1.10:5349", "finished", null, null, null, "client", true],
      // OpenSSL with TLS 1.2, of an expired certificate, and of one without its chain.
      ["34.77.1.10:5350", "alert", "certificate_expired", "client", 2, "client", false],
      ["34.77.1.10:443", "alert", "unknown_ca", "client", 1, "client", false],
      // OpenSSL with TLS 1.3, and Node, which says nothing and leaves.
      ["34.77.1.10:5350", "alert", "certificate_expired", "client", null, "client", false],
      ["34.77.1.10:5350", "reset", null, null, null, "client", false],
    ]);
    expect(packets.tls[1]?.certificate?.notAfter).toBeLessThan(packets.startedAt ?? 0);
    expect(packets.tcp.at(-1)).toMatchObject({ server: "34.77.1.10:3483", outcome: "refused" });
    expect(packets.icmp).toMatchObject([
      { type: "port unreachable", from: "34.77.1.10", about: expect.stringMatching(/^udp \S+ to 34\.77\.1\.10:3479$/) },
    ]);
    expect(packets.transactions).toMatchObject([{ method: "BINDING", outcome: "none", to: "34.77.1.10:3479" }]);
    expect(notUnderstood).toHaveLength(1);
  });

  it("reads the TLS that an HTTP proxy carries", () => {
    const { packets } = fixture("http-proxy.pcap");
    expect(packets.tls).toMatchObject([
      { server: "81.2.65.2:3128", serverName: "turn.lab.test", outcome: "finished", hasClientData: false },
    ]);
    expect(packets.tcp.map(({ outcome }) => outcome)).toEqual(["connected", "connected"]);
  });

  it("sees a DTLS handshake whose large flight never arrives", () => {
    expect(fixture("dtls-stuck.pcap").packets.dtls).toEqual([
      {
        client: "81.2.65.2:5001",
        server: "81.2.64.2:5000",
        flights: 8,
        largestBytes: 1372,
        isFinished: false,
        at: { file: "dtls-stuck.pcap", frame: 1 },
      },
    ]);
  });

  const frames = framesOf("tls-servers.pcap");
  const ip = (frame: Frame, head: Buffer, linkType: number): Frame => ({
    ...frame,
    linkType,
    bytes: Buffer.concat([head, frame.bytes.subarray(14)]),
    wireBytes: frame.wireBytes - 14 + head.length,
  });
  const ethernet = (tags: string) => Buffer.concat([Buffer.alloc(12), Buffer.from(`${tags}0800`, "hex")]);
  it.each<[string, Buffer]>([
    ["big endian", pcapOf(frames, { isLittle: false, perSecond: 1e6, linkType: 1 })],
    ["nanoseconds", pcapOf(frames, { isLittle: true, perSecond: 1e9, linkType: 1 })],
    ["big endian and nanoseconds", pcapOf(frames, { isLittle: false, perSecond: 1e9, linkType: 1 })],
    ["pcapng", pcapngOf(frames, { isLittle: true, linkType: 1 })],
    ["pcapng, big endian", pcapngOf(frames, { isLittle: false, linkType: 1 })],
    ["pcapng, nanoseconds", pcapngOf(frames, { isLittle: true, linkType: 1, tsresol: 9 })],
    ...(
      [
        ["one VLAN tag", ethernet("81000064"), 1],
        ["two VLAN tags", ethernet("88a8000a81000064"), 1],
        ["raw IP", Buffer.alloc(0), 101],
        ["loopback of BSD", Buffer.from("02000000", "hex"), 0],
        ["Linux cooked", Buffer.concat([Buffer.alloc(14), Buffer.from("0800", "hex")]), 113],
        ["Linux cooked v2", Buffer.concat([Buffer.from("0800", "hex"), Buffer.alloc(18)]), 276],
      ] as const
    ).map(([name, head, linkType]): [string, Buffer] => [
      name,
      pcapOf(
        frames.map((frame) => ip(frame, head, linkType)),
        { isLittle: true, perSecond: 1e6, linkType },
      ),
    ]),
  ])("reads the same out of %s", (_, bytes) => {
    const { packets } = read(bytes, "tls-servers.pcap");
    const wanted = fixture("tls-servers.pcap").packets;
    expect({ ...packets, startedAt: null }).toEqual({ ...wanted, startedAt: null });
    expect(packets.startedAt).toBe(wanted.startedAt);
  });

  it("counts what was captured on two interfaces once", () => {
    const twice = frames.flatMap((frame) => [frame, { ...frame, atS: frame.atS + 0.0001 }]);
    const { packets } = read(pcapOf(twice, { isLittle: true, perSecond: 1e6, linkType: 1 }));
    expect(packets.transactions.map(({ requests }) => requests)).toEqual([1]);
    expect(packets.tls.map(({ outcome }) => outcome)).toEqual(["finished", "alert", "alert", "alert", "reset"]);
    const dtls = framesOf("dtls-stuck.pcap").flatMap((frame) => [frame, frame]);
    expect(read(pcapOf(dtls, { isLittle: true, perSecond: 1e6, linkType: 1 })).packets.dtls[0]?.flights).toBe(8);
  });

  it("puts the segments of a stream in order, each byte once", () => {
    // Ethernet, IPv4 and TCP with 12 bytes of options.
    const header = 14 + 20 + 32;
    const piece = (frame: Frame, start: number, end: number): Frame => {
      const bytes = Buffer.concat([
        frame.bytes.subarray(0, header),
        frame.bytes.subarray(header + start, header + end),
      ]);
      bytes.writeUInt16BE(bytes.length - 14, 16);
      bytes.writeUInt32BE(frame.bytes.readUInt32BE(38) + start, 38);
      return { ...frame, bytes, wireBytes: bytes.length };
    };
    const cut = frames.flatMap((frame) => {
      const length = frame.bytes.length - header;
      if (frame.bytes.readUInt8(23) !== 6 || length < 60) return [frame];
      return [piece(frame, 40, length), piece(frame, 0, 30), piece(frame, 20, 45), piece(frame, 0, 30)];
    });
    expect(cut.length).toBeGreaterThan(frames.length + 20);
    const { packets } = read(pcapOf(cut, { isLittle: true, perSecond: 1e6, linkType: 1 }));
    const plain = fixture("tls-servers.pcap").packets;
    const without = (all: typeof plain.tls) => all.map(({ at, ...rest }) => rest);
    expect(without(packets.tls)).toEqual(without(plain.tls));
  });

  it("uses what is whole of a file that is cut off, and says where", () => {
    const whole = bytesOf("symmetric-relayed.pcap");
    const { packets, notUnderstood } = read(whole.subarray(0, 20_000));
    expect(packets.frames).toBeGreaterThan(50);
    expect(notUnderstood).toContainEqual(
      `call.pcap: cut off after frame ${packets.frames}, in the middle of a record; what is before it was read`,
    );
    const next = pcapngOf(frames, { isLittle: true, linkType: 1 });
    expect(read(next.subarray(0, 9000)).notUnderstood).toContainEqual(expect.stringMatching(/cut off after frame \d+/));
    const broken = Buffer.from(whole);
    broken.writeUInt32LE(0xffffff, 24 + 8 + 16 + whole.readUInt32LE(32));
    expect(() => read(broken)).toThrow(/broken after frame 1, where a frame of 16777215 bytes would begin/);
  });

  it("reads a gzip, and what is whole of a damaged one", () => {
    const packed = gzipSync(bytesOf("symmetric-relayed.pcap"));
    expect(captureReader.recognizes({ name: "x", bytes: packed })).toBe(true);
    expect(read(packed).packets.frames).toBe(215);
    const { packets, notUnderstood } = read(packed.subarray(0, packed.length - 4000));
    expect(packets.frames).toBeGreaterThan(50);
    expect(notUnderstood[0]).toBe("call.pcap: a damaged or cut gzip; what could be unpacked of it was read");
    expect(captureReader.recognizes({ name: "x", bytes: gzipSync("{}") })).toBe(false);
  });

  it("says of which frames only the beginning was captured", () => {
    const short = framesOf("symmetric-relayed.pcap").map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, 96) }));
    const { packets, notUnderstood } = read(pcapOf(short, { isLittle: true, perSecond: 1e6, linkType: 276 }));
    expect(packets.tcp).toHaveLength(2);
    expect(notUnderstood).toContainEqual(expect.stringMatching(/of \d+ frames only the beginning was captured.*-s 0/));
  });

  it("says what was seen where nothing is of a call", () => {
    const arp = Buffer.concat([Buffer.alloc(12), Buffer.from("0806", "hex"), Buffer.alloc(28)]);
    const dns = framesOf("dtls-stuck.pcap").slice(0, 1);
    for (const frame of dns) frame.bytes = Buffer.concat([frame.bytes.subarray(0, 42), Buffer.alloc(40, 0xff)]);
    const others = [...dns, ...dns, { number: 1, atS: 1, linkType: 1, bytes: arp, wireBytes: 42 }];
    expect(() => read(pcapOf(others, { isLittle: true, perSecond: 1e6, linkType: 1 }))).toThrow(
      /call.pcap: expected STUN, TURN, TLS or DTLS of a call, found 3 frames \(2 UDP, 1 ARP\)/,
    );
    expect(() => read(pcapOf([], { isLittle: true, perSecond: 1e6, linkType: 1 }))).toThrow(/found no frame at all/);
    expect(() => read(pcapOf(others, { isLittle: true, perSecond: 1e6, linkType: 127 }))).toThrow(
      /3 link type 127.*Link types that are read: 0, 1,/,
    );
  });

  it("knows its own by the first bytes", () => {
    const is = (bytes: Uint8Array) => captureReader.recognizes({ name: "x", bytes });
    expect(is(bytesOf("dtls-stuck.pcap"))).toBe(true);
    expect(is(pcapngOf([], { isLittle: false, linkType: 1 }))).toBe(true);
    expect([Buffer.alloc(0), Buffer.from("{}"), bytesOf("coturn-4.6.1-users.log")].some(is)).toBe(false);
  });

  it("never hangs or breaks on a damaged capture", () => {
    const files = ["symmetric-relayed.pcap", "tls-servers.pcap", "dtls-stuck.pcap", "coturn-4.17.1-users.pcap"].map(
      bytesOf,
    );
    for (const whole of [...files, pcapngOf(frames, { isLittle: true, linkType: 1 })])
      for (const bytes of damaged(whole, 120)) {
        try {
          if (captureReader.recognizes({ name: "x", bytes })) captureReader.read({ name: "x", bytes });
        } catch (error) {
          expect(error).toBeInstanceOf(EvidenceError);
        }
      }
  });
});
