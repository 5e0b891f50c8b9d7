import type { TurnServerPlan } from "./turn-server.ts";

/** Where coturn keeps secrets that change while it runs (`userdb`); made by turnadmin at the first secret. */
export const SECRET_DATABASE = "/tmp/turndb";

type Run = (argv: string[], environment: Record<string, string>) => Promise<string>;

/**
 * Changes the secrets of a server: new ones first, then those that are to go, so that there is no moment without. coturn
 * asks its database at each new authentication (src/apps/relay/userdb.c, get_auth_secrets; measured with 4.6.1: without a
 * restart, both at once, and an allocation that lives outlives its secret). `static-auth-secret` lines never change.
 */
export async function storeSecrets(
  { realm }: Pick<TurnServerPlan, "realm">,
  { before, after }: { before: readonly string[]; after: readonly string[] },
  run: Run,
): Promise<void> {
  const tell = async (option: "-s" | "-X", secret: string) => {
    const line = `turnadmin ${option} "$SECRET" -r "$REALM" -b ${SECRET_DATABASE}`;
    await run(["sh", "-c", line], { SECRET: secret, REALM: realm });
  };
  for (const secret of after.filter((one) => !before.includes(one))) await tell("-s", secret);
  for (const secret of before.filter((one) => !after.includes(one))) await tell("-X", secret);
}
