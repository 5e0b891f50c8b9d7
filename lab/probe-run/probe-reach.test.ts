import { expect, it } from "vitest";
import { parseIceUrl } from "../model/ice-url.ts";
import { listenerOption } from "./probe-reach.ts";

it("names a line of the listeners only where options say that nobody listens there", () => {
  const of = (url: string, options: Record<string, string | number | boolean>) => {
    const parsed = parseIceUrl(url);
    if ("error" in parsed) throw new Error(parsed.error);
    return listenerOption(parsed, options);
  };
  expect(of("stun:turn.example.org", {})).toBeNull();
  expect(of("turn:turn.example.org:3478?transport=udp", { "stun-only": true })).toBeNull();
  expect(of("turn:turn.example.org?transport=tcp", { "no-tcp": true })).toBe("no-tcp");
  expect(of("turns:turn.example.org:5349", { "no-tls": true })).toBe("no-tls");
  const moved = { "listening-port": 3479, "tls-listening-port": 5439, "aux-server": "10.164.0.2:443" };
  expect(of("stun:turn.example.org:3478", moved)).toBe("listening-port");
  expect(of("turns:turn.example.org:5349", moved)).toBe("tls-listening-port");
  expect(of("turns:turn.example.org:443", moved)).toBeNull();
});
