import { expect, it } from "vitest";
import { withoutCredentials } from "./without-credentials.ts";

it("masks passwords as they are, in JSON inside of JSON, and in HTML", () => {
  const secret = 'a"b\\c<d&e';
  const inner = JSON.stringify({ credential: secret });
  const html = `<td title="a&quot;b\\c&lt;d&amp;e">a"b\\c&lt;d&amp;e</td>`;
  expect(withoutCredentials(secret, [secret])).toBe("***");
  expect(JSON.parse(JSON.parse(withoutCredentials(JSON.stringify(inner), [secret])))).toEqual({ credential: "***" });
  expect(withoutCredentials(html, [secret])).toBe('<td title="***">***</td>');
});

it("masks what Chromium's JSON writes by its number, in JSON inside of JSON too", () => {
  const secret = 'ab<c"d\u2028';
  const inner = `{"credential":"ab\\u003Cc\\"d\\u2028"}`;
  expect(withoutCredentials(inner, [secret])).toBe('{"credential":"***"}');
  expect(withoutCredentials(JSON.stringify({ inner }), [secret])).toBe('{"inner":"{\\"credential\\":\\"***\\"}"}');
});

it("masks the longer of two first", () => {
  expect(withoutCredentials("secret2 secret", ["secret", "secret2"])).toBe("*** ***");
});

it("masks a password of three letters where passwords stand, and leaves words alone", () => {
  const dump = JSON.stringify({
    rtcConfiguration: JSON.stringify({ credential: "udp" }),
    candidate: "1 1 udp 2130706431",
  });
  expect(withoutCredentials(dump, ["udp", ""])).toBe(dump.replace('credential\\":\\"udp', 'credential\\":\\"***'));
  expect(withoutCredentials('{ "credential": "a.c", "password": "abc" }', ["a.c"])).toBe(
    '{ "credential": "***", "password": "abc" }',
  );
});
