import { turnsWith } from "./_certificates.ts";

export default turnsWith("other-name", {
  description: "`turns:` with a certificate that names another host: TLS fails, and with it the call.",
  tags: ["certificates"],
});
