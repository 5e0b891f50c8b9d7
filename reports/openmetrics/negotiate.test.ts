import { expect, it } from "vitest";
import { formatFor } from "./negotiate.ts";

it.each([
  // Prometheus 2.42, and 3 with its own order.
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "openmetrics",
  ],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
    "openmetrics",
  ],
  ["application/openmetrics-text", "openmetrics"],
  ['application/openmetrics-text; version="1.0.0"; charset=utf-8', "openmetrics"],
  ["text/plain;version=0.0.4;q=0.9, application/openmetrics-text;version=1.0.0;q=0.2", "prometheus"],
  ["application/openmetrics-text;version=0.0.1", "prometheus"],
  ["application/openmetrics-text;q=0", "prometheus"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "prometheus"],
  ["*/*", "prometheus"],
  ["", "prometheus"],
  [undefined, "prometheus"],
])("%s is answered with %s", (accept, format) => expect(formatFor(accept)).toBe(format));
