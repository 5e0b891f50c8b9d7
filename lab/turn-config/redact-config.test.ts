import { expect, it } from "vitest";
import { redactConfig } from "./redact-config.ts";

const CONFIG = `
# last year: static-auth-secret=old-secret-of-ours
listening-port=3478
external-ip=34.1.2.3/10.0.0.2
user=alice:wonderland
user = bob:0xabcdef0123
static-auth-secret=the-shared-secret
static-auth-secrte=a-misspelt-secret
psql-userdb="host=db password=of-the-database"
realm=the-shared-secret.example.org
use-auth-secret
nothing-known
fingerprint
  denied-peer-ip=10.0.0.0-10.255.255.255
`;

it("keeps where and how, and nothing that opens anything", () => {
  expect(redactConfig(CONFIG)).toEqual([
    "listening-port=3478",
    "external-ip=34.1.2.3/10.0.0.2",
    "user=alice:***",
    "user=bob:***",
    "static-auth-secret=***",
    "static-auth-secrte=***",
    "psql-userdb=***",
    "realm=***.example.org",
    "use-auth-secret",
    "***",
    "fingerprint",
    "denied-peer-ip=10.0.0.0-10.255.255.255",
  ]);
});

it("shows nothing of a user without a colon, which may be a key", () => {
  expect(redactConfig("user=0x1234567890")).toEqual(["user=:***"]);
});
