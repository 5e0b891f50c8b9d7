/** The command line: parse, call one room, set the exit code. Progress goes to stderr, results to stdout. */
import { Command, CommanderError } from "commander";
import { EXIT } from "../lab/model/summary.ts";
import { interruptible } from "./interruptible.ts";
import { badInput, InvalidInput } from "./invalid-input.ts";

// First, because loading a command takes a while too.
const interrupt = interruptible();

// Whoever reads us may have had enough (`| head`): a lab that is held, or a run's verdict, does not depend on it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const program = new Command("turnlab")
  .description("A containerized local test lab and load harness for TURN and WebRTC connectivity.")
  .showHelpAfterError("(turnlab COMMAND --help shows what is expected)")
  .exitOverride()
  .enablePositionalOptions();

const examples = (...lines: string[]) => `\nExamples:\n${lines.map((line) => `  ./turnlab ${line}`).join("\n")}\n`;

const several = (value: string, before: string[] = []) => [...before, value];

/** What `run` and `up` alike take: about the server's own configuration, and about the peers. */
const withLabOptions = (command: Command) =>
  command
    .option("--peers <ENGINE[,ENGINE]>", "werift, chromium or firefox for all peers, or callers' and those called")
    .option("--turn-config <FILE>", "run this turnserver.conf as it is; SERVER=FILE where there are several", several)
    .option("--set <NAME=VALUE>", "what a placeholder of it stands for, as often as needed", several)
    .option("--env-file <FILE>", "the same from a file of NAME=VALUE lines", several);

withLabOptions(program.command("run"))
  .description("run scenarios and judge them; none named: the default suite")
  .argument("[NAME|FILE|TAG...]", "scenarios by name, by file (also a bundle, which is replayed), or by tag")
  .option("--out <DIR>", "the run's folder (default: a new one in reports/runs/)")
  .option("--turn-image <REF>", "run TURN servers that name no image from this one: any that carries a turnserver")
  .option(
    "--capture",
    "keep what every wire carried (pcap), the keys beside it, and browsers' own dumps of their calls",
  )
  .option("--bundle <FILE>", "pack the run and all that replays it into this .tar.gz, without secrets")
  .option("--parallel <N>", "labs side by side", (value) => positive("--parallel", value))
  .option(
    "--live [PORT]",
    "show the run as it happens on a page of this machine's loopback (default: a free port)",
    port("--live"),
  )
  .option("--json", "print summary.json instead of the report")
  .option(
    "--without <LAYERS>",
    "of gate-mutations: check, probe or both decide nothing, so that others show each fault",
  )
  .option("--turn-url <URL>", "test this deployed server, outside of the lab; again for its other URLs", listOf)
  .option("--turn-user <USER>", "the user that it knows")
  .option("--turn-password <PASSWORD>", "that user's password (better: the environment's TURNLAB_TURN_PASSWORD)")
  .option("--turn-ca <FILE>", "certificates (PEM) to trust beside the public authorities")
  .option("--allow-uplink", "let peers reach that server through this machine's own network")
  .option("--real-endpoints", "let scenarios ask ICE server providers themselves, with your keys from the environment")
  .option(
    "--metrics [PORT]",
    "serve what the run measures for Prometheus on loopback, while it lasts (default: 9464)",
    port("--metrics"),
  )
  .option("--push-gateway <URL>", "push the same to this Pushgateway, wherever it is: every 10 s, and at the end")
  .addHelpText(
    "after",
    examples(
      "run",
      "run twenty-relays --out /tmp/run",
      "run two-homes --live",
      "run --peers chromium",
      "run symmetric-both --peers chromium,firefox --capture",
      "run cgnat-mobile --capture --bundle /tmp/for-a-colleague.tar.gz",
      "run /tmp/for-a-colleague.tar.gz",
      "run --turn-image coturn/coturn:4.16.0",
      "run ./my-scenario.ts --json",
      "run two-homes --metrics",
      "run --turn-config /etc/turnserver.conf --set YOUR_VM_EXTERNAL_IP=34.1.2.3",
      "run cgnat-mobile --turn-url turn:turn.example.org:3478 --turn-user alice --allow-uplink",
    ),
  )
  .action(async (words: string[], { live, ...others }) => {
    // Without its argument it is true.
    const options = { ...others, ...(live === undefined ? {} : { live: live === true ? 0 : live }) };
    const { runCommand } = await import("./run.ts");
    process.exitCode = await runCommand(words, options, interrupt);
  });

program
  .command("check")
  .description("what is wrong with a turnserver.conf, or with what starts a coturn; needs no Docker")
  .argument(
    "[FILE...]",
    "turnserver.conf, Docker Compose file, Dockerfile, systemd unit or shell script; - is standard input",
  )
  .option("--coturn-version <V>", "check for this version (default: the image tag's; else what no version would mind)")
  .option("--set <NAME=VALUE>", "what a placeholder or a variable stands for, as often as needed", several)
  .option("--env-file <FILE>", "the same from a file of NAME=VALUE lines", several)
  .option("--profile <FILE>", "what users need, and which rules count otherwise (JSON, as of the gate)")
  .option("--ice-servers <FILE>", "the iceServers that the application hands out (JSON)")
  .option("--format <F>", "text, json, sarif, or github for annotations", "text")
  .option("--strict", "let warnings fail, too")
  .addHelpText(
    "after",
    examples(
      "check /etc/turnserver.conf --coturn-version 4.6.1",
      "check docker-compose.yml --set EXTERNAL_IP=34.1.2.3",
      "check deploy/*.conf deploy/run-coturn.sh --format sarif > check.sarif",
    ),
  )
  .action(async (files: string[], options) => {
    const { checkCommand } = await import("./check.ts");
    process.exitCode = checkCommand(files, options);
  });

program
  .command("list")
  .description("scenarios with their tags and one-line descriptions; of a set of gate mutations, each of them")
  .argument("[SET]", "a set of gate mutations")
  .option("--json", "as JSON")
  .addHelpText("after", examples("list", "list gate-mutations"))
  .action(async (set: string | undefined, options) => {
    const { listCommand } = await import("./list.ts");
    process.exitCode = await listCommand(set, options);
  });

withLabOptions(program.command("up"))
  .description("bring a scenario's topology up, print its nodes as JSON, hold it until Ctrl-C")
  .argument("<SCENARIO>", "a scenario's name or file")
  .option("--turn-image <REF>", "run TURN servers that name no image from this one: any that carries a turnserver")
  .addHelpText("after", examples("up cgnat-mobile", "up same-lan --peers firefox"))
  .action(async (word: string, options) => {
    const { upCommand } = await import("./up.ts");
    process.exitCode = await upCommand(word, options, interrupt);
  });

program
  .command("exec")
  .description("run a command in a node of a lab held by `up`")
  .argument("<NODE>", "the node's name, or LAB/NODE where several labs are up")
  .argument("<COMMAND...>", "the command and its arguments, after --")
  .passThroughOptions()
  .addHelpText("after", examples("exec home -- nft list ruleset"))
  .action(async (node: string, command: string[]) => {
    // passThroughOptions leaves the first `--` to us.
    if (command[0] === "--") command.shift();
    const { execCommand } = await import("./exec.ts");
    process.exitCode = await execCommand(node, command, false);
  });

program
  .command("shell")
  .description("an interactive shell in a node of a lab held by `up`")
  .argument("<NODE>", "the node's name")
  .addHelpText("after", examples("shell home"))
  .action(async (node: string) => {
    const { execCommand } = await import("./exec.ts");
    process.exitCode = await execCommand(node, ["bash"], true);
  });

program
  .command("nat")
  .description(
    "print a NAT preset's behaviour and the exact ruleset it compiles to; none named: all NAT and firewall presets",
  )
  .argument("[PRESET]", "a NAT preset's name")
  .addHelpText("after", examples("nat", "nat symmetric"))
  .action(async (preset: string | undefined) => {
    const { natCommand } = await import("./nat.ts");
    process.exitCode = natCommand(preset);
  });

program
  .command("gate")
  .description(
    "is this change of a turnserver.conf safe to ship? checks it, probes it, and makes the calls that users make",
  )
  .option("--config <FILE>", "the candidate: the turnserver.conf that is to be shipped")
  .option("--baseline <FILE>", "the one that runs now: only what the candidate has worse fails the gate")
  .option("--image <REF>", "run both from this image: any that carries a turnserver (default: the lab's own coturn)")
  .option("--baseline-image <REF>", "run the baseline from this one")
  .option(
    "--profile <FILE>",
    "what clients need, in JSON (lab/gate/README.md); default: all that the baseline gives them",
  )
  .option("--ice-servers <FILE>", "what the application hands out, in JSON, as it has it")
  .option("--set <NAME=VALUE>", "what a placeholder of either file stands for, as often as needed", several)
  .option("--env-file <FILE>", "the same from a file of NAME=VALUE lines", several)
  .option("--file <PATH=FILE>", "a file that the server reads at PATH: its certificate, its key", several)
  .option("--strict", "errors that the baseline has as well fail the gate too, and known holes")
  .option("--without <LAYERS>", "check, probe or both: tell what they find, and let it decide nothing")
  .option("--budget <SECONDS>", "without a verdict until then it is undecided (default: the profile's, else 300)")
  .option("--out <DIR>", "the run's folder (default: a new one in reports/runs/)")
  .option("--json", "print gate.json instead of the report")
  .addHelpText(
    "after",
    examples(
      "gate --config new/turnserver.conf --baseline turnserver.conf",
      "gate --config turnserver.conf --ice-servers ice-servers.json --set EXTERNAL_IP=34.1.2.3",
      "gate --config turnserver.conf --baseline turnserver.conf --image coturn/coturn:4.17.2 --baseline-image coturn/coturn:4.6.1",
    ),
  )
  .action(async (options) => {
    const { gateCommand } = await import("./gate.ts");
    process.exitCode = await gateCommand(options, interrupt);
  });

program
  .command("capacity")
  .description("how many calls does this server carry, and what binds first? raises the load until it carries no more")
  .option("--config <FILE>", "the turnserver.conf (default: the lab's own configuration)")
  .option("--image <REF>", "run it from this image: any that carries a turnserver (default: the lab's own coturn)")
  .option("--transport <T>", "of clients to the server: udp, tcp or tls (default: udp)")
  .option("--profile <P>", "what both ends of a call send: audio, video or call, which is both (default: call)")
  .option("--bitrate <RATE>", "instead: bits per second each way, as 500k or 2M")
  .option("--relayed <ENDS>", "one or both ends of a call are relayed (default: one)")
  .option("--cpus <N>", "cores of the server's machine, as 0.25 (default: all of this machine's)")
  .option("--memory <SIZE>", "its memory, as 512M")
  .option("--nic <RATE>", "what its network card carries each way, as 100M")
  .option("--open-files <N>", "what its programs may have open (RLIMIT_NOFILE)")
  .option("--behind <PLACE>", "where the clients stand: internet, or home behind one NAT (default: internet)")
  .option("--predict <SIZE>", "measure this size too, and say how far its prediction was off: cpus=0.5,memory=1G")
  .option("--calls-per-day <N>", "plan machines and a bill for so many calls")
  .option("--minutes <M>", "that a call lasts (default: 5)")
  .option("--relayed-share <S>", "of calls that need a relay, as 0.2 or 20% (default: 0.2)")
  .option("--peak-factor <F>", "the busiest time over the mean of the day (default: 3)")
  .option("--regions <N>", "with machines of their own (default: 1)")
  .option("--headroom <S>", "what a machine is planned to carry of its knee (default: 0.7)")
  .option("--spares <N>", "machines in each region beyond what carries the peak (default: 1)")
  .option("--prices <FILE>", "what machines and services cost, in JSON (default: lab/capacity/prices.json)")
  .option(
    "--calibration <FILE>",
    "what turnlab calibrate wrote on the machine that is planned for: scales the model to it",
  )
  .option("--own-calibration <FILE>", "the same of this machine, so that like is held against like")
  .option("--set <NAME=VALUE>", "what a placeholder of the file stands for, as often as needed", several)
  .option("--env-file <FILE>", "the same from a file of NAME=VALUE lines", several)
  .option("--file <PATH=FILE>", "a file that the server reads at PATH: its certificate, its key", several)
  .option("--budget <SECONDS>", "ends undecided after that (default: 230, and as much for --predict)")
  .option("--out <DIR>", "the run's folder (default: a new one in reports/runs/)")
  .option("--json", "print capacity.json instead of the report")
  .addHelpText(
    "after",
    examples(
      "capacity --cpus 0.5",
      "capacity --config turnserver.conf --transport tls --profile audio --cpus 0.25 --predict cpus=0.5",
      "capacity --cpus 0.5 --calls-per-day 200000 --minutes 8 --relayed-share 20% --regions 3",
    ),
  )
  .action(async (options) => {
    const { capacityCommand } = await import("./capacity.ts");
    process.exitCode = await capacityCommand(options, interrupt);
  });

program
  .command("calibrate")
  .description("measure what a relayed packet costs on this machine, for capacity --calibration on another")
  .option("--transport <T>", "of clients to the server: udp, tcp or tls (default: udp)")
  .option("--out <FILE>", "where it is written (default: calibration.json in the current folder)")
  .option("--json", "print the file instead of a sentence")
  .addHelpText("after", examples("calibrate", "calibrate --transport tls --out vm.json"))
  .action(async (options) => {
    const { calibrateCommand } = await import("./calibrate.ts");
    process.exitCode = await calibrateCommand(options, interrupt);
  });

program
  .command("reproduce")
  .description("say why a call in the field failed, write a scenario that fails in the same way, and run it")
  .argument("<EVIDENCE...>", "webrtc-internals or about:webrtc dumps, getStats() JSON, candidates, coturn logs, pcaps")
  .option("--out <FILE>", "the scenario's file, a new one (default: reproduced-CODE.ts in the current folder)")
  .option("--run-folder <DIR>", "the run's folder (default: a new one in reports/runs/)")
  .option("--no-run", "write the scenario, and do not run it")
  .option("--fix", "run the repairs that fit as well, and say which of them pass")
  .option("--json", "print one document")
  .addHelpText(
    "after",
    examples("reproduce webrtc_internals_dump.txt --fix", "reproduce caller.json turnserver.log call.pcap --no-run"),
  )
  .action(async (files: string[], options) => {
    const { reproduceCommand } = await import("./reproduce.ts");
    process.exitCode = await reproduceCommand(files, options, interrupt);
  });

program
  .command("probe")
  .description("ask STUN and TURN URLs what they give, and with --security how their server stands; needs no Docker")
  .argument("[URL...]", "stun:, turn: and turns: URLs")
  .option("--user <USER>", "the user that the server knows")
  .option("--password <PASSWORD>", "that user's password (better: the environment's TURNLAB_TURN_PASSWORD)")
  .option("--secret <SECRET>", "mint a credential with this shared secret (better: TURNLAB_TURN_SECRET)")
  .option("--ca <FILE>", "certificates (PEM) to trust beside the public authorities")
  .option("--ice-servers <FILE>", "URLs with their credentials, as an application has them (iceServers as JSON)")
  .option("--security", "ask also who may allocate, where it relays to, TLS, admin ports, amplification, quota")
  .option("--json", "print one document")
  .addHelpText(
    "after",
    `
It speaks from this machine to the hosts of these URLs, and to nobody else. With --security these get some 200 requests within
about ten seconds, at most 16 allocations at a time, all given back, and a TCP connection to each of 5766, 8080 and 9641. A
server that relays TCP is asked to connect to private addresses at port 9, where it does not refuse to: nothing is sent there.
Ask servers that are yours.

Exit code 0: each URL gives a relay (stun: an address), and nothing is an error; 99: not so; 104: bad input.
${examples(
  "probe turn:turn.example.org 'turn:turn.example.org?transport=tcp' turns:turn.example.org --user alice",
  "probe --ice-servers ice-servers.json --security --json",
)}`,
  )
  .action(async (urls: string[], options) => {
    const { probeCommand } = await import("./probe.ts");
    process.exitCode = await probeCommand(urls, options, interrupt);
  });

program
  .command("k6")
  .description("load the API in front of TURN with a k6 script: the lab's emulator of a provider, or a URL of yours")
  .argument("[SCRIPT]", "ice-servers, signalling, or a file", "ice-servers")
  .argument("[K6_ARGS...]", "what `k6 run` is told besides, after --")
  .option("--url <URL>", "ask this one and nobody else; without it the lab's emulator on loopback")
  .option("--provider <NAME>", "static, coturn-rest, cloudflare, twilio, xirsys or metered (default: coturn-rest)")
  .option("--image <REF>", "run k6 from this image, in this machine's network (default: the k6 on the PATH)")
  .option("-e, --env <NAME=VALUE>", "what the script is told, as often as needed: RATE, DURATION, …", several)
  .addHelpText(
    "after",
    `
It needs a k6 of 0.57 or newer (signalling: 1.6). Its exit codes are k6's: 0, 99 by a threshold, 104 bad input, 105
interrupted, 107 an exception of the script. What it needs to know of its server stands in scenarios/k6/README.md.
${examples(
  "k6",
  "k6 ice-servers --provider twilio -e RATE=50 -e DURATION=1m",
  "k6 --url https://api.example.org/ice-servers --provider static -- --out json=run.ndjson",
  "k6 signalling --url wss://signalling.example.org/rooms",
)}`,
  )
  .action(async (script: string, args: string[], options) => {
    const { k6Command } = await import("./k6.ts");
    // `k6 -- --out …`: after the `--` all of it is k6's.
    const [word, rest] = script.startsWith("-") ? ["ice-servers", [script, ...args]] : [script, args];
    process.exitCode = await k6Command(word, rest, options, interrupt);
  });

program
  .command("report")
  .description("render a run again from its log, without Docker")
  .argument("<RUN>", "a run's folder, or its name in reports/runs/")
  .option(
    "--format <F>",
    "print one to stdout: terminal, markdown or json; of a run also html, k6-json, k6-summary, k6-summary-export, openmetrics, prometheus, of a gate junit (default: rewrite all files)",
  )
  .option("--session <N>", "print one session's timeline, both ends in the order of time")
  .option("--scenario <S>", "whose session, where several scenarios have one of this number")
  .addHelpText("after", examples("report reports/runs/2026-11-21T03-31-44-1f2e --format markdown"))
  .action(async (folder: string, options) => {
    const { reportCommand } = await import("./report.ts");
    process.exitCode = await reportCommand(folder, options);
  });

program
  .command("compare")
  .description("what changed between runs, and what of it may be chance; exit code 0 whatever it is: the gate judges")
  .argument("<RUN...>", "runs' folders, their run.jsonl or summary.json, a folder of runs, or names in reports/runs/")
  .option("--baseline <RUN>", "what all others are held against (default: the first)")
  .option("--out <DIR>", "also write compare.json, .md and .html there, and of three runs or more trend.html")
  .option("--json", "print compare.json instead")
  .addHelpText(
    "after",
    examples(
      "compare reports/runs/2026-11-21T03-31-44-1f2e reports/runs/2026-11-21T04-02-10-77aa",
      "compare reports/runs/* --out /tmp/history",
    ),
  )
  .action(async (words: string[], options) => {
    const { compareCommand } = await import("./compare.ts");
    process.exitCode = compareCommand(words, options);
  });

program
  .command("ci")
  .description(
    "a step of a CI job around a gate: what action.yml and ci/gitlab.yml call, set by TURNLAB_GATE_… variables",
  )
  .argument("<STEP>", "keys, load, gate, save, comment, or all in one")
  .addHelpText("after", examples("ci all"))
  .action(async (step: string) => {
    const { ciCommand } = await import("./ci/ci.ts");
    process.exitCode = await ciCommand(step, interrupt);
  });

program
  .command("doctor")
  .description("what this machine has, what it lacks, and what to do about it; changes nothing")
  .option("--json", "as JSON")
  .addHelpText("after", examples("doctor"))
  .action(async (options) => {
    const { doctor } = await import("./doctor.ts");
    process.exitCode = await doctor(options);
  });

program
  .command("clean")
  .description("remove containers that carry the lab's label (normally none) and, with --images, its images")
  .option("--images", "remove the lab's images too")
  .addHelpText("after", examples("clean", "clean --images"))
  .action(async (options) => {
    const { cleanCommand } = await import("./clean.ts");
    process.exitCode = await cleanCommand(options);
  });

program
  .command("test")
  .description("everything the project tests: lint, types, unit tests, tests on real Docker")
  .argument("[FILTER...]", "only test files whose path contains one of these")
  .addHelpText("after", examples("test", "test lab/net"))
  .action(async (filters: string[]) => {
    const { testCommand } = await import("./test.ts");
    process.exitCode = await testCommand(filters);
  });

function listOf(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Of an option that may stand without one. */
function port(option: string) {
  return (value: string): number => {
    const number = Number(value);
    if (/^\d{1,5}$/.test(value) && number <= 65_535) return number;
    const hint = `A word behind it is taken for its port: put ${option} last, or write ${option}=0.`;
    throw badInput({ place: option, expected: "a port from 0 to 65535, or nothing", found: `"${value}"`, hint });
  };
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw badInput({ place: option, expected: "a whole number above 0", found: `"${value}"` });
  return number;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Bad input is 104; a lab that cannot work says what is missing; anything else shows its stack, because it is ours. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.invalidInput;
  if (error instanceof InvalidInput) {
    console.error(error.message);
    return EXIT.invalidInput;
  }
  if (error instanceof Error && ["MissingError", "UnavailableError"].includes(error.name)) console.error(error.message);
  else console.error(error);
  return EXIT.labBroke;
}
