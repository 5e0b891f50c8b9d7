import { describe, expect, it } from "vitest";
import { addressToBytes, bytesToAddress, formatTransportAddress } from "./transport-address.ts";

describe("addresses", () => {
  it.each([
    ["1.2.3.4", "01020304", "1.2.3.4"],
    ["::", "00".repeat(16), "::"],
    ["::1", `${"00".repeat(15)}01`, "::1"],
    ["2001:DB8:0:0:1::1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["::ffff:1.2.3.4", "00000000000000000000ffff01020304", "::ffff:1.2.3.4"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008", "1:2:3:4:5:6:7:8"],
    ["fe80::", "fe800000000000000000000000000000", "fe80::"],
  ])("%s", (text, hex, canonical) => {
    expect(addressToBytes(text).toString("hex")).toBe(hex);
    expect(bytesToAddress(Buffer.from(hex, "hex"))).toBe(canonical);
  });

  it("refuses what is none", () => {
    for (const text of ["", "1.2.3", "localhost", "fe80::1%eth0"])
      expect(() => addressToBytes(text)).toThrow(RangeError);
    expect(bytesToAddress(Buffer.alloc(5))).toBeNull();
  });

  it("writes an IPv6 address in brackets", () => {
    expect(formatTransportAddress({ address: "::1", port: 3478 })).toBe("[::1]:3478");
    expect(formatTransportAddress({ address: "1.2.3.4", port: 3478 })).toBe("1.2.3.4:3478");
  });
});
