import { describe, expect, it } from "vitest";
import { prometheusEndpoint } from "./prometheus-endpoint.ts";

describe("prometheusEndpoint", () => {
  const usual = { address: "127.0.0.1", port: 9641, path: "/metrics", isTls: false };

  it.each([
    [{ prometheus: true }, usual],
    // coturn takes any value for yes.
    [{ prometheus: 0 }, usual],
    [
      { prometheus: "", "prometheus-port": "9700", "prometheus-path": "/m" },
      { ...usual, port: 9700, path: "/m" },
    ],
    [{ prometheus: true, "prometheus-address": "::" }, usual],
    [
      { prometheus: true, "prometheus-address": "34.77.1.10", "prometheus-port": 80 },
      { ...usual, address: "34.77.1.10", port: 80 },
    ],
    [{ "prometheus-tls": true }, { ...usual, isTls: true }],
  ])("is where %o say", (options, endpoint) => {
    expect(prometheusEndpoint(options)).toEqual(endpoint);
  });

  it.each<Record<string, string | number | boolean>>([
    {},
    { prometheus: false },
    { "prometheus-port": 9641 },
    { "prometheus-tls": false },
    { "prometheus-tls": "off" },
  ])("is none with %o", (options) => {
    expect(prometheusEndpoint(options)).toBeNull();
  });
});
