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

it("masks the longer of two first, and no word of three letters", () => {
  expect(withoutCredentials("secret2 secret udp", ["secret", "secret2", "udp"])).toBe("*** *** udp");
});
