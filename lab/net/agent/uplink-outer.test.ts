import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeFrame, FrameReader, type UplinkFrame } from "./uplink-frames.ts";

const SERVER = "127.0.0.9";
const OUTER = fileURLToPath(new URL("uplink-outer.ts", import.meta.url));

describe("the outer end of an uplink", () => {
  let stack: AsyncDisposableStack;
  let folder: string;
  beforeEach(() => {
    stack = new AsyncDisposableStack();
    folder = mkdtempSync(join(tmpdir(), "turnlab-outer-"));
    stack.defer(() => rmSync(folder, { recursive: true }));
  });
  afterEach(() => stack.disposeAsync());

  /** What echoes, over UDP and TCP, and what it was sent from. */
  async function startServer() {
    const udp = createSocket("udp4");
    const from: { address: string; port: number }[] = [];
    udp.on("message", (bytes, rinfo) => {
      from.push(rinfo);
      udp.send(bytes, rinfo.port, rinfo.address);
    });
    await new Promise<void>((resolve) => udp.bind(0, SERVER, resolve));
    const tcp = net.createServer((client) => client.pipe(client));
    await new Promise<void>((resolve) => tcp.listen(0, SERVER, resolve));
    stack.defer(() => void udp.close());
    stack.defer(() => void tcp.close());
    const tcpPort = (tcp.address() as net.AddressInfo).port;
    return { udpPort: udp.address().port, tcpPort, from };
  }

  /** The process, and this test as its inner end. */
  async function startOuter(ports: { protocol: "udp" | "tcp"; port: number }[]) {
    const socket = join(folder, "uplink.sock");
    const settings = JSON.stringify({ socket, address: SERVER, ports });
    const child = spawn(process.execPath, [OUTER, settings], { stdio: ["pipe", "pipe", "inherit"] });
    stack.defer(() => void child.kill("SIGKILL"));
    const answers: Record<string, unknown>[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => answers.push(JSON.parse(line)));
    const ask = async (op: string) => {
      answers.length = 0;
      child.stdin.write(`${JSON.stringify({ id: 1, op })}\n`);
      await vi.waitUntil(() => answers.length > 0, { timeout: 5_000, interval: 5 });
      return answers[0]?.result as Record<string, unknown>;
    };
    await ask("ready");
    const inner = net.connect(socket);
    await once(inner, "connect");
    stack.defer(() => void inner.destroy());
    const frames: UplinkFrame[] = [];
    const reader = new FrameReader();
    inner.on("data", (chunk) => frames.push(...reader.read(chunk)));
    const tell = (...sent: UplinkFrame[]) => void inner.write(Buffer.concat(sent.map(encodeFrame)));
    const heard = (holds: (frame: UplinkFrame) => boolean) =>
      vi.waitUntil(() => frames.find(holds), { timeout: 5_000, interval: 5 });
    return { child, socket, ask, frames, tell, heard };
  }

  it("takes datagrams and bytes to the ports on its list, and counts them", { timeout: 20_000 }, async () => {
    const { udpPort, tcpPort } = await startServer();
    const ports = [
      { protocol: "udp" as const, port: udpPort },
      { protocol: "tcp" as const, port: tcpPort },
    ];
    const { ask, tell, heard } = await startOuter(ports);
    tell(
      { kind: "open", flow: 1, protocol: "udp", port: udpPort },
      { kind: "data", flow: 1, bytes: Buffer.from("ping") },
    );
    expect(await heard(({ kind, flow }) => kind === "data" && flow === 1)).toMatchObject({
      bytes: Buffer.from("ping"),
    });
    tell(
      { kind: "open", flow: 2, protocol: "tcp", port: tcpPort },
      { kind: "data", flow: 2, bytes: Buffer.from("bytes") },
    );
    expect(await heard(({ kind, flow }) => kind === "data" && flow === 2)).toMatchObject({
      bytes: Buffer.from("bytes"),
    });
    tell({ kind: "end", flow: 2 });
    await heard(({ kind, flow }) => kind === "end" && flow === 2);
    await heard(({ kind, flow }) => kind === "close" && flow === 2);
    expect(await ask("count")).toMatchObject({
      open: 1,
      ports: [
        { protocol: "udp", port: udpPort, flows: 1, bytesOut: 4, bytesIn: 4 },
        { protocol: "tcp", port: tcpPort, flows: 1, bytesOut: 5, bytesIn: 5 },
      ],
    });
  });

  it("opens nothing to other ports, and lets nobody in but the server", { timeout: 20_000 }, async () => {
    const { udpPort, tcpPort, from } = await startServer();
    const { ask, frames, tell, heard } = await startOuter([{ protocol: "udp", port: udpPort }]);
    tell(
      { kind: "open", flow: 1, protocol: "tcp", port: tcpPort },
      { kind: "open", flow: 2, protocol: "udp", port: 53 },
    );
    await heard(({ kind, flow }) => kind === "close" && flow === 1);
    await heard(({ kind, flow }) => kind === "close" && flow === 2);

    tell(
      { kind: "open", flow: 3, protocol: "udp", port: udpPort },
      { kind: "data", flow: 3, bytes: Buffer.from("first") },
    );
    await heard(({ kind, flow }) => kind === "data" && flow === 3);
    const stranger = createSocket("udp4");
    stack.defer(() => void stranger.close());
    // The server's own address, but another port: as a relay of it would.
    await new Promise<void>((resolve) => stranger.bind(0, SERVER, resolve));
    await new Promise((resolve) => stranger.send("intruder", from[0]?.port ?? 0, "127.0.0.1", resolve));
    tell({ kind: "data", flow: 3, bytes: Buffer.from("second") });
    await vi.waitUntil(() => frames.filter(({ kind }) => kind === "data").length >= 2, { timeout: 5_000 });
    const texts = frames.flatMap((frame) => (frame.kind === "data" ? [frame.bytes.toString()] : []));
    expect(texts).toEqual(["first", "second"]);
    expect(await ask("count")).toMatchObject({ open: 1, ports: [{ flows: 1, bytesIn: 11 }] });
  });

  it("says that a server refuses, takes no second inner end, and ends with its stdin", {
    timeout: 20_000,
  }, async () => {
    const { tcpPort } = await startServer();
    const closed = tcpPort === 9 ? 10 : 9;
    const { child, socket, ask, tell, heard } = await startOuter([{ protocol: "tcp", port: closed }]);
    tell({ kind: "open", flow: 1, protocol: "tcp", port: closed });
    await heard(({ kind, flow }) => kind === "close" && flow === 1);
    expect((await ask("count")).lastError).toContain("ECONNREFUSED");
    expect(existsSync(socket), "nobody else can come").toBe(false);
    const exited = once(child, "exit");
    child.stdin.end();
    expect((await exited)[0]).toBe(0);
  });
});
