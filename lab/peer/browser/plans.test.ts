import { describe, expect, it } from "vitest";
import { planChromium } from "./chromium.ts";
import { planFirefox } from "./firefox.ts";

const CERTIFICATE = "TUlJQg==";
const proxy = { host: "192.168.1.1", port: 8888 };

describe("Chromium", () => {
  const argsOf = (settings: Partial<Parameters<typeof planChromium>[0]>) =>
    planChromium({ certificates: [], ...settings }, "/tmp/p").args;

  it("trusts the lab's authority by policy, and ignores no error", () => {
    const { files, args } = planChromium({ certificates: [CERTIFICATE] }, "/tmp/p");
    expect(files.map(({ path }) => path)).toEqual(["/etc/chromium/policies/managed/turnlab.json"]);
    expect(JSON.parse(files[0]?.content ?? "")).toMatchObject({
      CACertificates: [CERTIFICATE],
      DnsOverHttpsMode: "off",
    });
    expect(args.filter((arg) => /certificate|insecure|web-security/.test(arg))).toEqual([]);
  });

  it("goes through the proxy where there is one, and else through none", () => {
    expect(argsOf({ proxy })).toContain("--proxy-server=http://192.168.1.1:8888");
    expect(argsOf({})).toContain("--no-proxy-server");
  });

  it("hides addresses unless told not to; fake media does not lift that by itself", () => {
    for (const args of [argsOf({}), argsOf({ mdns: true })]) {
      expect(args).toContain("--enable-features=WebRtcHideLocalIpsWithMdns");
      expect(args).not.toContain("--use-fake-ui-for-media-stream");
    }
    const disabled = argsOf({ mdns: false }).find((arg) => arg.startsWith("--disable-features="));
    expect(disabled).toMatch(/[=,]WebRtcHideLocalIpsWithMdns$/);
    expect(argsOf({ mdns: false })).toContain("--use-fake-ui-for-media-stream");
  });

  it("names each list of features once: of two switches the last one counts", () => {
    const names = argsOf({ mdns: true, proxy }).map((arg) => arg.split("=")[0]);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("Firefox", () => {
  const preferencesOf = (settings: Partial<Parameters<typeof planFirefox>[0]>): Record<string, unknown> => {
    const [{ name, content = "" } = {}] = planFirefox({ certificates: [], ...settings }, "/tmp/p").profileFiles;
    expect(name).toBe("user.js");
    const lines = content.trimEnd().split("\n");
    return Object.fromEntries(lines.map((line) => JSON.parse(line.replace(/^user_pref\((.*)\);$/, "[$1]"))));
  };

  it("trusts each authority by policy, from a file of its own", () => {
    const { files } = planFirefox({ certificates: [CERTIFICATE, "TUlJQw=="] }, "/tmp/p");
    const installed = ["/etc/firefox/policies/authority-0.pem", "/etc/firefox/policies/authority-1.pem"];
    expect(files.map(({ path }) => path)).toEqual([...installed, "/etc/firefox/policies/policies.json"]);
    expect(JSON.parse(files[2]?.content ?? "")).toMatchObject({ policies: { Certificates: { Install: installed } } });
    expect(files[0]?.content).toContain(`\n${CERTIFICATE}\n`);
  });

  it("goes through the proxy where there is one, and else through none", () => {
    expect(preferencesOf({ proxy })).toMatchObject({
      "network.proxy.type": 1,
      "network.proxy.ssl": "192.168.1.1",
      "network.proxy.ssl_port": 8888,
    });
    expect(preferencesOf({})).toMatchObject({ "network.proxy.type": 0 });
  });

  it("lets automation touch its own pages only where a dump is wanted", () => {
    const argsOf = (dumps?: boolean) => planFirefox({ certificates: [], dumps }, "/tmp/p").args;
    expect(argsOf()).not.toContain("--remote-allow-system-access");
    expect(argsOf(true)).toContain("--remote-allow-system-access");
  });

  it("hides addresses unless told not to", () => {
    const hides = (mdns?: boolean) => preferencesOf({ mdns })["media.peerconnection.ice.obfuscate_host_addresses"];
    expect([hides(), hides(true), hides(false)]).toEqual([true, true, false]);
  });
});
