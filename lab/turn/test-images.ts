/** For tests only: images of servers as other people make them. */
import { createHash } from "node:crypto";
import type { OtherServer } from "../model/other-server.ts";
import { tarOf } from "../runtime/archive.ts";
import type { Engine } from "../runtime/engine.ts";
import { followProgress } from "../runtime/follow-progress.ts";
import { IMAGE_LABEL } from "../runtime/image-ref.ts";

/** Builds an image from its Dockerfile alone, where the engine does not have it; `./turnlab clean --images` removes it. */
export async function testImage({ docker }: Pick<Engine, "docker">, name: string, dockerfile: string): Promise<string> {
  const reference = `turnlab/test-${name}:${createHash("sha256").update(dockerfile).digest("hex").slice(0, 12)}`;
  const known = await docker.listImages({ filters: { reference: [reference] } });
  if (known.length > 0) return reference;
  const tar = await tarOf([{ path: "Dockerfile", content: dockerfile }]);
  const options = {
    t: reference,
    labels: { [IMAGE_LABEL]: `test-${name}` },
    networkmode: "host",
    rm: true,
    forcerm: true,
  };
  await followProgress(await docker.buildImage(tar as unknown as NodeJS.ReadableStream, options));
  return reference;
}

/**
 * What coturn/coturn is, made of the lab's coturn: an entrypoint script that would ask a resolver of the internet for an
 * address, a user without rights, a volume, ports, no default configuration.
 */
export const likeTheOfficial = (coturn: string): string => `FROM ${coturn}
RUN printf '#!/bin/sh\\necho "the image own entrypoint ran"; exec turnserver "$@"\\n' > /usr/local/bin/docker-entrypoint.sh \\
 && chmod +x /usr/local/bin/docker-entrypoint.sh && rm -f /etc/turnserver.conf
USER nobody:nogroup
EXPOSE 3478 3478/udp 5349
VOLUME ["/var/lib/turn"]
HEALTHCHECK CMD false
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["--log-file=stdout", "--external-ip=$(detect-external-ip)"]
`;

/** ProcessOne's TURN server, which eturnal and ejabberd are built on, as Debian packages it; run by nobody. */
export const withErlangServer = (base: string): string => `FROM ${base}
RUN apt-get update && apt-get install -y --no-install-recommends erlang-p1-stun && rm -rf /var/lib/apt/lists/*
USER nobody:nogroup
`;

export const erlangServer = (reference: string): OtherServer => ({
  reference,
  command: ["escript", "/srv/turn.escript"],
  env: { HOME: "/tmp" },
  files: {
    "/srv/turn.escript": `#!/usr/bin/env escript
main(_) ->
    {ok, _} = application:ensure_all_started(stun),
    {ok, Address} = inet:parse_address("{{address}}"),
    Options = [{ip, Address}, use_turn, {turn_ipv4_address, Address},
               {turn_min_port, {{minPort}}}, {turn_max_port, {{maxPort}}},
               {turn_max_allocations, infinity}, {turn_max_permissions, infinity},
               {auth_type, user}, {auth_realm, <<"{{realm}}">>},
               {auth_fun, fun(<<"{{username}}">>, _) -> <<"{{password}}">>; (_, _) -> <<>> end}],
    {ok, Chain} = file:read_file("{{certificate}}"),
    {ok, Key} = file:read_file("{{key}}"),
    ok = file:write_file("/tmp/turn.pem", [Chain, Key]),
    ok = stun_listener:add_listener(Address, 3478, udp, Options),
    ok = stun_listener:add_listener(Address, 3478, tcp, Options),
    ok = stun_listener:add_listener(Address, 443, tls, [{certfile, <<"/tmp/turn.pem">>} | Options]),
    receive never -> ok end.
`,
  },
  listeners: ["udp:3478", "tcp:3478", "tls:443"],
  relayPorts: { min: 50_000, max: 50_999 },
});
