import type { TurnServerPlan } from "./turn-server.ts";

type Run = (argv: string[], environment: Record<string, string>) => Promise<string>;

/**
 * coturn's command line on its loopback (src/apps/relay/turn_admin_server.c): the password, `ps USER` for the sessions of a
 * user, `cs ID` to cancel one. It takes whatever comes in one piece for one command (4.6.1), so each waits for the prompt
 * after the one before.
 */
const SCRIPT = String.raw`
set -e
exec 7<>/dev/tcp/127.0.0.1/5766
prompt() { IFS= read -r -d '>' -t 3 -u 7 _; }
printf '%s\r\n' "$CLI_PASSWORD" >&7
prompt
sessions() {
  printf 'ps %s\r\n' "$CUT_USER" >&7
  while IFS= read -r -t 3 -u 7 line; do
    case "$line" in
      *id=*) line=\${line#*id=}; echo "\${line%%,*}" ;;
      *"Total sessions:"*) prompt; return 0 ;;
    esac
  done
  return 1
}
ids=$(sessions)
for id in $ids; do printf 'cs %s\r\n' "$id" >&7; prompt; done
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=$(sessions)
  if [ -z "$left" ]; then echo $ids | wc -w; exit 0; fi
  sleep 0.1
done
echo "still there: $left" >&2
exit 1
`.replaceAll("\\$", "$");

/** Ends every allocation of a user and returns how many there were; rejects when one of them is still there. */
export async function cutAllocationsOf(
  username: string,
  { name, cliPassword }: Pick<TurnServerPlan, "name" | "cliPassword">,
  run: Run,
): Promise<number> {
  if (cliPassword === undefined) throw new Error(`${name} has no command line`);
  const said = await run(["bash", "-c", SCRIPT], { CLI_PASSWORD: cliPassword, CUT_USER: username });
  return Number(said.trim());
}
