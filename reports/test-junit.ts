import { readFileSync } from "node:fs";
import { XmlDocument, XsdValidator } from "libxml2-wasm";
import { expect } from "vitest";

/** Holds a text against the schema that CI servers share, and its counts against what it has. Returns the number of suites. */
export function expectJunit(text: string): number {
  using schema = XmlDocument.fromString(readFileSync(new URL("test-junit.xsd", import.meta.url), "utf8"));
  using validator = XsdValidator.fromDoc(schema);
  using document = XmlDocument.fromString(text);
  expect(() => validator.validate(document)).not.toThrow();
  const said = document.get("/testsuites/@tests")?.content;
  expect(said).toBe(String(document.find("//testcase").length));
  for (const kind of ["failure", "error"]) {
    expect(document.get(`/testsuites/@${kind}s`)?.content).toBe(String(document.find(`//${kind}`).length));
  }
  return document.find("//testsuite").length;
}
