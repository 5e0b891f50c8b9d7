import { describe, expect, it } from "vitest";
import { fillPlaceholders, type OtherServer, PLACEHOLDERS, placeholdersIn } from "./other-server.ts";
import { listenersAt, listensAt, relayRange, usualPort } from "./server-ports.ts";

describe("ports of a server that is not coturn", () => {
  const image: OtherServer = { reference: "pion", listeners: ["udp:3479", "tls:443"], relayPorts: { min: 1, max: 9 } };

  it("are those that it declares, whatever URLs ask for", () => {
    const listeners = [
      { transport: "udp", port: 3479 },
      { transport: "tls", port: 443 },
    ];
    expect(listenersAt({ image }, [80, 8443])).toEqual(listeners);
    expect(relayRange({ image })).toEqual({ min: 1, max: 9 });
    expect(relayRange({ image: { ...image, relayPorts: undefined } })).toEqual({ min: 49152, max: 65535 });
  });

  it("name URLs by their own transport, else as somebody would guess them", () => {
    expect(usualPort({ image }, "udp")).toBe(3479);
    expect(usualPort({ image }, "tls")).toBe(443);
    expect(usualPort({ image }, "tcp")).toBe(3479);
    expect(usualPort({ image: { ...image, listeners: ["tls:443"] } }, "udp")).toBe(3478);
    expect(usualPort({ image: { ...image, listeners: ["udp:1"] } }, "tls")).toBe(5349);
  });

  it("answer where it listens, and nowhere else", () => {
    expect(listensAt({ image }, { transport: "udp", port: null })).toBe(true);
    expect(listensAt({ image }, { transport: "tcp", port: null })).toBe(false);
    expect(listensAt({ image }, { transport: "tls", port: 443 })).toBe(true);
    expect(listensAt({ image }, { transport: "tls", port: 5349 })).toBe(false);
  });
});

it("an image that is a coturn's has the ports of its options", () => {
  const spec = { image: "coturn/coturn", options: { "listening-port": 80, "no-tls": true, "min-port": 50000 } };
  expect(usualPort(spec, "tcp")).toBe(80);
  expect(listenersAt(spec, [81]).map(({ transport, port }) => `${transport}:${port}`)).toEqual([
    "udp:80",
    "tcp:80",
    "udp:81",
    "tcp:81",
  ]);
  expect(relayRange(spec)).toEqual({ min: 50000, max: 65535 });
});

it("a DTLS port is no listener where either word switches DTLS off", () => {
  for (const [word, value] of [
    ["no-dtls", true],
    ["dtls", false],
  ] as const)
    expect(listenersAt({ options: { [word]: value } }, [])).not.toContainEqual({ transport: "udp", port: 5349 });
});

it("placeholders are filled, and what is none stays", () => {
  const values = Object.fromEntries(Object.keys(PLACEHOLDERS).map((name) => [name, `<${name}>`]));
  const text = 'a: {{address}}:{{ minPort }} {"b": {}} {{other}} {{{realm}}}';
  expect(placeholdersIn(text)).toEqual(["address", "minPort", "other", "realm"]);
  expect(fillPlaceholders(text, values as Record<keyof typeof PLACEHOLDERS, string>)).toBe(
    'a: <address>:<minPort> {"b": {}} {{other}} {<realm>}',
  );
});
