import { turnsWith } from "./_certificates.ts";

export default turnsWith("untrusted", {
  description: "`turns:` with a certificate of an authority that nobody knows: TLS fails, and with it the call.",
  tags: ["certificates"],
});
