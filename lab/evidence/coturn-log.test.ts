import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ServerEvidence } from "../model/evidence.ts";
import { coturnLogReader, readCoturnLog } from "./coturn-log.ts";
import { EvidenceError } from "./reader.ts";
import { damaged } from "./test-damage.ts";

const fixture = (name: string) => ({ name, bytes: readFileSync(new URL(`fixtures/${name}`, import.meta.url)) });
const linesOf = (name: string) => fixture(name).bytes.toString().trimEnd().split("\n");
const file = (text: string, name = "turn.log") => ({ name, bytes: Buffer.from(text) });

const answersOf = ({ sessions }: ServerEvidence) =>
  sessions.map(({ user, answers }) => [
    user,
    ...answers.map((one) => `${one.method} ${one.errorNumber} ${one.reason}`.trim()),
  ]);

const ASKED = "ALLOCATE 401 Unauthorized: user <>, a challenge";

describe("readCoturnLog", () => {
  it("reads what 4.6.1 logs of users: each answer once, with the method that a refusal was of", () => {
    const server = readCoturnLog(linesOf("coturn-4.6.1-users.log"), "turn");
    expect(server).toMatchObject({ name: "turn", version: "4.6.1", realm: "turn.lab.test" });
    expect(answersOf(server)).toEqual([
      [
        "alice",
        ASKED,
        "ALLOCATE 0",
        "CREATE_PERMISSION 0",
        "CREATE_PERMISSION 403 Forbidden IP",
        "CREATE_PERMISSION 443 Peer Address Family Mismatch (4)",
        "CHANNEL_BIND 0",
        "CHANNEL_BIND 403 Forbidden IP",
        "CHANNEL_BIND 0",
        "REFRESH 0",
        "ALLOCATE 437 Mismatched allocation: wrong transaction ID",
        "REFRESH 438 Stale nonce",
        "REFRESH 0",
        "REFRESH 0",
      ],
      ["alice", ASKED, "ALLOCATE 401 Unauthorized: user alice credentials are incorrect"],
      ["mallory", ASKED, "ALLOCATE 401 Unauthorized: Cannot find credentials of user <mallory>"],
      ["", ASKED, "ALLOCATE 437 Allocation mismatch: wrong credentials: the realm value is incorrect"],
      ["alice", ASKED, "ALLOCATE 0", "REFRESH 0"],
      ["alice", ASKED, "ALLOCATE 486 Allocation Quota Reached"],
      ["bob", ASKED, "ALLOCATE 440 Unsupported address family"],
    ]);
    const [first, , , , tcp] = server.sessions;
    expect(first).toMatchObject({
      client: "81.2.64.2:41467",
      realm: "turn.lab.test",
      usage: { received: 14, sent: 13, peerReceived: 0, peerSent: 1 },
      closed: { reason: "allocation timeout" },
    });
    expect(first?.peers.map(({ address }) => address)).toEqual(["81.2.65.2", "169.254.169.254:80"]);
    expect(first?.deniedPeers.map(({ address, rule }) => [address, rule])).toEqual([
      ["10.0.0.7", "10.0.0.0-10.255.255.255"],
      ["192.168.1.20", "192.168.0.0-192.168.255.255"],
    ]);
    expect(tcp?.closed?.reason).toBe("TCP connection closed by client (callback)");
  });

  it("reads what 4.17.1 logs of users, with the time of each answer", () => {
    const server = readCoturnLog(linesOf("coturn-4.17.1-users.log"), "turn");
    expect(server.version).toBe("4.17.1");
    expect(answersOf(server).slice(0, 3)).toEqual([
      [
        "alice",
        "ALLOCATE 0",
        "CREATE_PERMISSION 0",
        "CREATE_PERMISSION 403 Forbidden IP",
        "CREATE_PERMISSION 443 Peer Address Family Mismatch (4)",
        "CHANNEL_BIND 0",
        "CHANNEL_BIND 403 Forbidden IP",
        "CHANNEL_BIND 403 Forbidden IP",
        "REFRESH 0",
        "ALLOCATE 437 Mismatched allocation: wrong transaction ID",
        "REFRESH 438 Stale nonce",
        "REFRESH 0",
        "REFRESH 0",
      ],
      ["alice", "ALLOCATE 401 Unauthorized: user alice credentials are incorrect"],
      ["mallory", "ALLOCATE 401 Unauthorized: Cannot find credentials of user <mallory>"],
    ]);
    expect(server.sessions[0]?.deniedPeers.at(-1)).toMatchObject({
      address: "169.254.169.254",
      rule: "link-local/unique-local/site-local scope",
    });
    expect(server.sessions[0]?.answers[0]).toMatchObject({
      loggedAt: Date.parse("2026-11-28T07:41:45.112Z"),
      at: { file: "turn", line: 58 },
    });
  });

  it.each(["4.6.1", "4.17.1"])("tells which time-limited credentials %s refused", (version) => {
    const server = readCoturnLog(linesOf(`coturn-${version}-secret.log`), "turn");
    const refused = server.sessions.filter(({ answers }) => answers.at(-1)?.errorNumber === 401);
    expect(refused.map(({ user }) => user.replace(/^\d+/, (digits) => `${digits.length}`))).toEqual([
      "10:alice",
      "10:bob",
      "10:carol",
      "13:dave",
      "erin",
    ]);
    expect(refused.every(({ user, answers }) => answers.at(-1)?.reason.endsWith(`user <${user}>`))).toBe(true);
  });

  it("keeps what the server says of itself", () => {
    const notes = (name: string, level: string) =>
      readCoturnLog(linesOf(name), "turn").notes.flatMap((note) => (note.level === level ? [note.text] : []));
    expect(notes("coturn-4.6.1-users.log", "warning")).toEqual([
      "Bad configuration format: denied-peer-ips",
      "Bad configuration format: static-auth-secrets",
      "WARNING: cannot find certificate file: /etc/nowhere/fullchain.pem (1)",
      "WARNING: cannot start TLS and DTLS listeners because certificate file is not set properly",
      "WARNING: cannot find private key file: /etc/nowhere/privkey.pem (1)",
      "WARNING: cannot start TLS and DTLS listeners because private key file is not set properly",
    ]);
    expect(notes("coturn-4.17.1-users.log", "error")).toEqual([
      expect.stringMatching(/^tls-listening-port 5349 is configured, but the TLS and DTLS listeners are disabled/),
    ]);
    expect(notes("coturn-4.17.1-users.log", "info")).toContain("IPv4. UDP listener opened on: 34.77.1.10:3478");
    expect(notes("coturn-4.17.1-option.log", "error")).toEqual(["turnserver: unrecognized option '--no-such-option'"]);
  });

  it("keeps no secret of a line that coturn repeats", () => {
    const { notes } = readCoturnLog(
      [
        '0: : Check config! The following line ends with semicolon: "static-auth-secret=north;" ',
        "0: : ERROR: Wrong user account: alice:hunter2",
        "0: : Bad configuration format: pasword=hunter2",
        "0: : CONFIG: Unknown argument: hunter2",
        '0: : Check config! The following line ends with semicolon: "realm=example.org;" ',
        "0: : ERROR: Cannot connect to database: host=db user=turn password=hunter2 connect_timeout=3",
      ],
      "turn",
    );
    expect(notes).toHaveLength(6);
    expect(JSON.stringify(notes)).not.toMatch(/hunter2|north/);
    expect(JSON.stringify(notes)).toContain("example.org");
  });

  it.each<[string, (line: string, number: number) => string]>([
    ["docker compose", (line) => `turn_1  | ${line}`],
    [
      "docker compose with colours and times",
      (line) => `\u001b[36mturn_1  |\u001b[0m 2026-11-21T01:54:31.242Z ${line}`,
    ],
    ["docker's JSON", (line) => JSON.stringify({ log: `${line}\n`, stream: "stdout", time: "2026-11-21T01:54:31.2Z" })],
    ["journald", (line) => `Nov 21 01:54:31 turn1 turnserver[812]: ${line}`],
    ["journald's JSON", (line) => JSON.stringify({ __REALTIME_TIMESTAMP: "1795225925000000", MESSAGE: line })],
    ["Kubernetes", (line) => `2026-11-21T01:54:31.242Z stdout F ${line}`],
    ["Windows", (line) => `${line}\r`],
    [
      "the way of 4.6.2 to 4.16",
      (line) => line.replace(/^(\d+): : (ERROR: )?/, (_, s, e) => `${s}: (28): ${e ?? "INFO: "}`),
    ],
    ["the way before 4.5.2", (line) => line.replace(/^(\d+): : /, "$1: ")],
    ["a date instead of seconds", (line) => line.replace(/^(\d+): : /, "2026-11-21T01:54:31+0000: : ")],
  ])("reads the same through %s", (_, wrap) => {
    const plain = readCoturnLog(linesOf("coturn-4.6.1-users.log"), "turn");
    const wrapped = readCoturnLog(linesOf("coturn-4.6.1-users.log").map(wrap), "turn");
    expect(answersOf(wrapped)).toEqual(answersOf(plain));
    expect(wrapped.sessions.map(({ closed, client, usage }) => [closed?.reason, client, usage])).toEqual(
      plain.sessions.map(({ closed, client, usage }) => [closed?.reason, client, usage]),
    );
    expect(wrapped.realm).toBe("turn.lab.test");
  });

  it("reads a slice, with the lines' own numbers", () => {
    const server = readCoturnLog(linesOf("coturn-4.6.1-users.log").slice(117), "turn", 118);
    expect(server.sessions).toHaveLength(1);
    expect(server.sessions[0]?.answers[0]).toMatchObject({ method: "REFRESH", errorNumber: 438, at: { line: 118 } });
    expect(server.version).toBe("4.6");
  });

  it("takes a session's number after a restart for another session", () => {
    const lines = linesOf("coturn-4.6.1-users.log");
    expect(readCoturnLog([...lines, ...lines], "turn").sessions).toHaveLength(14);
  });

  it("finds nothing in what is not coturn's", () => {
    expect(readCoturnLog(NGINX.split("\n"), "turn")).toMatchObject({ sessions: [], notes: [], version: null });
  });
});

const NGINX = `81.2.64.2 - - [21/Nov/2026:01:54:31 +0000] "GET /session 001 HTTP/1.1" 200 612 "-" "curl/8.5.0"
2026/11/21 01:54:31 [error] 812#812: *1 connect() failed (111: Connection refused) while connecting to upstream
Nov 21 01:54:31 web1 sshd[812]: Failed password for invalid user admin from 81.2.64.2 port 4022 ssh2`;

describe("coturnLogReader", () => {
  it("knows its own by the text", () => {
    for (const name of ["coturn-4.6.1-users.log", "coturn-4.17.1-secret.log", "coturn-4.17.1-option.log"])
      expect(coturnLogReader.recognizes(fixture(name))).toBe(true);
    for (const text of [NGINX, "", "{}", "a=candidate:1 1 udp 1 192.168.1.1 1 typ host", "session 1: peer"])
      expect(coturnLogReader.recognizes(file(text))).toBe(false);
    expect(coturnLogReader.recognizes(fixture("symmetric-relayed.pcap"))).toBe(false);
  });

  it("keeps the servers of one log of several containers apart", () => {
    const wrap = (container: string, lines: string[]) => lines.map((line) => `${container}  | ${line}`);
    const text = [
      ...wrap("web_1", NGINX.split("\n")),
      ...wrap("turn_1", linesOf("coturn-4.6.1-users.log")),
      ...wrap("turn_2", linesOf("coturn-4.17.1-secret.log")),
    ].join("\n");
    const { servers, understood, notUnderstood } = coturnLogReader.read(file(text, "compose.log"));
    expect(servers.map(({ name, version, sessions }) => [name, version, sessions.length])).toEqual([
      ["compose.log (turn_1)", "4.6.1", 7],
      ["compose.log (turn_2)", "4.17.1", 6],
    ]);
    expect(understood).toContain("version 4.6.1 (compose.log (turn_1)), 7 sessions, 5 that ended on an error");
    expect(notUnderstood).toEqual([]);
  });

  it.each<[string, (text: string) => Buffer]>([
    ["UTF-16 as PowerShell writes it", (text) => Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16 without a byte order mark", (text) => Buffer.from(text, "utf16le")],
    ["UTF-16, big endian", (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
    [
      "Windows-1252 with an umlaut in a name",
      (text) => Buffer.from(text.replaceAll("mallory", "m\u00e4llory"), "latin1"),
    ],
  ])("reads %s", (_, encode) => {
    const bytes = encode(fixture("coturn-4.6.1-users.log").bytes.toString());
    expect(coturnLogReader.recognizes({ name: "turn.log", bytes })).toBe(true);
    expect(coturnLogReader.read({ name: "turn.log", bytes }).understood).toBe(
      "coturn log of version 4.6.1 (turn.log), 7 sessions, 5 that ended on an error",
    );
  });

  it("says that a log without sessions was written without `verbose`", () => {
    const text = linesOf("coturn-4.6.1-users.log").slice(0, 68).join("\n");
    expect(coturnLogReader.read(file(text)).notUnderstood).toEqual([
      "turn.log: no line about a session: without `verbose` coturn writes none",
    ]);
  });

  it("says what a log that coturn wrote does not tell", () => {
    const text = "0: : turn server id=0 created\n0: : turn server id=1 created\n";
    expect(coturnLogReader.recognizes(file(text))).toBe(true);
    expect(() => coturnLogReader.read(file(text))).toThrow(/no line of it is about a session.*`verbose`/);
  });

  it("never hangs or breaks on a damaged log", () => {
    for (const name of ["coturn-4.6.1-users.log", "coturn-4.17.1-users.log"])
      for (const bytes of damaged(fixture(name).bytes, 200)) {
        coturnLogReader.recognizes({ name, bytes });
        try {
          coturnLogReader.read({ name, bytes });
        } catch (error) {
          expect(error).toBeInstanceOf(EvidenceError);
        }
      }
  });
});
