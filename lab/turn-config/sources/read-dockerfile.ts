import { DockerfileParser, From, type Instruction, JSONInstruction } from "dockerfile-ast";
import { interpolate, SHELL } from "./interpolate.ts";
import type { ReadSource } from "./read-compose.ts";
import { inContainer, serversOf } from "./read-shell-script.ts";
import { isCoturnImage, isOfficialImage, serverSource } from "./server-command.ts";
import type { Container, Mount, Word } from "./server-source.ts";
import { shellCommands } from "./shell-commands.ts";

/** A Dockerfile whose image starts a coturn: the last ENTRYPOINT and CMD of its last stage. */
export function readDockerfile(file: string, text: string, values: ReadonlyMap<string, string>): ReadSource {
  const all = DockerfileParser.parse(text).getInstructions();
  const from = all.findLast((instruction) => instruction instanceof From);
  const stage = from ? all.slice(all.indexOf(from)) : all;
  const variables = new Map([...variablesOf(all), ...values]);
  const image = from?.getImage() ? interpolate(from.getImage() ?? "", variables, SHELL).text : null;
  const last = (keyword: string) => stage.findLast((instruction) => instruction.getKeyword() === keyword);
  const [entrypoint, command] = [wordsOf(last("ENTRYPOINT"), variables), wordsOf(last("CMD"), variables)];
  const words = [...entrypoint, ...command].map((word) => inContainer(word, variables, image));
  const anchorLine = lineOf(last("CMD") ?? last("ENTRYPOINT") ?? from);
  const container: Container = {
    image,
    mounts: stage.flatMap((instruction) => copied(instruction)),
    // Whoever runs the image says what is published.
    network: "other",
    ports: [],
    hasOpenPorts: true,
    isImageCommand: words.length === 0,
    variables: [],
    publish: (port) => `-p ${port}`,
  };
  const started = serversOf(file, words, { values: variables, container });
  if (started.length > 0) return { servers: started, faults: [] };
  const isArguments = entrypoint.length === 0 && (words[0]?.text.startsWith("-") ?? true);
  if (image !== null && isCoturnImage(image) && (isArguments || isOfficialImage(image))) {
    return { servers: [serverSource(words, { file, name: null, anchorLine, container })], faults: [] };
  }
  const expected = "a Dockerfile that starts a turnserver by CMD or ENTRYPOINT, or is made from coturn's image";
  return { servers: [], faults: [{ line: null, expected, found: from ? "another image" : "no FROM" }] };
}

function wordsOf(instruction: Instruction | undefined, values: ReadonlyMap<string, string>): Word[] {
  if (!instruction) return [];
  const json = instruction instanceof JSONInstruction ? instruction.getJSONStrings() : [];
  if (json.length > 0) {
    return json.map((item) => ({ text: item.getJSONValue(), line: item.getRange().start.line + 1, isKnown: true }));
  }
  const content = instruction.getRawArgumentsContent();
  const range = instruction.getArgumentsRange();
  if (content === null || range === null) return [];
  return shellCommands(content, values, range.start.line + 1).at(-1) ?? [];
}

/** ENV and ARG with their defaults. */
function variablesOf(instructions: readonly Instruction[]): Map<string, string> {
  return new Map(
    instructions
      .filter((instruction) => ["ENV", "ARG"].includes(instruction.getKeyword()))
      .flatMap((instruction) => instruction.getArguments().map((argument) => argument.getValue()))
      .flatMap((text) => {
        const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
        return name === undefined ? [] : [[name, (value ?? "").replace(/^(["'])(.*)\1$/s, "$2")] as const];
      }),
  );
}

/** COPY and ADD of one file from beside the Dockerfile. */
function copied(instruction: Instruction): Mount[] {
  if (!["COPY", "ADD"].includes(instruction.getKeyword())) return [];
  const words = instruction.getArguments().map((argument) => argument.getValue());
  if (/--from=/.test(instruction.getRawArgumentsContent() ?? "")) return [];
  const paths = words.filter((word) => !word.startsWith("--"));
  const [source, target] = paths;
  if (paths.length !== 2 || source === undefined || target === undefined || source.includes("*")) return [];
  const whole = target.endsWith("/") ? `${target}${source.split("/").at(-1)}` : target;
  return [{ source: source.replace(/^\//, "./"), target: whole, line: lineOf(instruction) }];
}

function lineOf(instruction: Instruction | undefined): number {
  return (instruction?.getRange().start.line ?? 0) + 1;
}
