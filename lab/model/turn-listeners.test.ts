import { describe, expect, it } from "vitest";
import { parseIceUrlKind } from "./ice.ts";
import { listenersOf, listensOn, portsToOpen } from "./turn-listeners.ts";

describe("parseIceUrlKind", () => {
  it("takes kinds with and without a port", () => {
    expect(parseIceUrlKind("stun")).toEqual({ use: "stun", transport: "udp", port: null });
    expect(parseIceUrlKind("tls")).toEqual({ use: "turn", transport: "tls", port: null });
    expect(parseIceUrlKind("tcp:80")).toEqual({ use: "turn", transport: "tcp", port: 80 });
    expect(parseIceUrlKind("udp:65535")?.port).toBe(65_535);
  });

  it.each(["", "turn", "stun:3478", "tls:", "tls:0", "tls:65536", "tls:0443", "TLS:443", "tcp:4 4", "dtls:443"])(
    "knows no kind %j",
    (text) => expect(parseIceUrlKind(text)).toBeNull(),
  );
});

const told = (options: Parameters<typeof listenersOf>[0]) =>
  listenersOf(options).map(({ transport, port }) => `${transport} ${port}`);

describe("listenersOf", () => {
  it("knows the listeners that the options leave", () => {
    expect(told({})).toEqual(["udp 3478", "tcp 3478", "tls 5349", "udp 5349"]);
    expect(told({ "no-tls": true, "listening-port": 443 })).toEqual(["udp 443", "tcp 443"]);
    expect(told({ "no-udp": true, "no-dtls": true })).toEqual(["tcp 3478", "tls 5349"]);
    expect(told({ "no-dtls": true, "tls-listening-port": "443" })).toEqual(["udp 3478", "tcp 3478", "tls 443"]);
  });

  it("counts every transport that is on at each aux-server, of either family once", () => {
    const aux = ["34.77.1.10:80", "[2a00::10]:80", "34.77.1.10:443"];
    const usual = ["tcp 3478", "tls 5349"];
    const further = ["tcp 80", "tls 80", "tcp 443", "tls 443"];
    expect(told({ "aux-server": aux, "no-udp": true })).toEqual([...usual, ...further]);
  });
});

describe("portsToOpen", () => {
  it("is what URLs name and the server has not, unless its options say", () => {
    expect(portsToOpen({}, [443, 3478, 80, 443, 5349])).toEqual([80, 443]);
    expect(portsToOpen({ "tls-listening-port": 443 }, [443, 80])).toEqual([80]);
    expect(portsToOpen({ "aux-server": false }, [443])).toEqual([]);
  });
});

describe("listensOn", () => {
  it("says where a URL finds somebody", () => {
    expect(listensOn({}, { transport: "tls", port: 443 })).toBe(true);
    expect(listensOn({ "aux-server": false }, { transport: "tls", port: 443 })).toBe(false);
    expect(listensOn({ "aux-server": "1.2.3.4:443" }, { transport: "tls", port: 443 })).toBe(true);
    expect(listensOn({ "no-tls": true }, { transport: "tls", port: 443 })).toBe(false);
    expect(listensOn({ "no-tls": true }, { transport: "tcp", port: 5349 })).toBe(false);
    expect(listensOn({ "no-dtls": true }, { transport: "udp", port: 5349 })).toBe(false);
    expect(listensOn({}, { transport: "udp", port: 5349 })).toBe(true);
  });
});
