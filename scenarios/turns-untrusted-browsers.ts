import { turnsWith } from "./_certificates.ts";

export default turnsWith("untrusted", {
  description: "`turns:` with a certificate of an authority that neither Chromium nor Firefox knows: nothing connects.",
  tags: ["browsers"],
  engines: { offerer: { engine: "chromium" }, answerer: { engine: "firefox" } },
});
