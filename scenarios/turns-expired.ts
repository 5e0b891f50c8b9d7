import { turnsWith } from "./_certificates.ts";

export default turnsWith("expired", {
  description: "`turns:` with a certificate that expired yesterday: TLS fails, and with it the call.",
  tags: ["certificates"],
});
