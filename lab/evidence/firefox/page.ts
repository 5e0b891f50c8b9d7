import { type CheerioAPI, load } from "cheerio";
import { findCandidates } from "../ends/candidate-line.ts";
import { EndDraft } from "../ends/draft.ts";
import { jsonOrNull } from "../ends/unknown.ts";
import type { ReadEnd } from "../reader.ts";
import { addNicerLog } from "./nicer-log.ts";
import { addRawLocal, pairOfCells } from "./pair-row.ts";
import { addSdp } from "./sdp.ts";

/** The saved page (toolkit/content/aboutwebrtc/aboutWebrtc.mjs): what is read goes by the ids of its texts, in any language. */
export function readPage(file: string, html: string, notUnderstood: string[]): ReadEnd[] {
  const $ = load(html);
  const drafts = $(".peer-connection")
    .toArray()
    .map((element, index) => readConnection($, $(element), file, index));
  const log = $('[data-l10n-id="about-webrtc-log-heading"]').closest("div").parent().find("p");
  const lines = log.toArray().map((line) => $(line).text());
  addNicerLog(drafts, lines, file);
  if (drafts.length > 0 && lines.length === 0)
    notUnderstood.push(
      `${file}: Connection Log: it is empty, and it alone holds states and servers that did not answer`,
    );
  return drafts.map(({ draft }) => draft.finish());
}

/** With what Firefox's log calls it: `PC:{…} …`. */
export type FirefoxDraft = { id: string; draft: EndDraft };

function readConnection($: CheerioAPI, root: ReturnType<CheerioAPI>, file: string, index: number): FirefoxDraft {
  const path = `peer connection ${index + 1}`;
  const id = root.find('[data-l10n-id="about-webrtc-peerconnection-id-label"]').first().next().text().trim();
  const draft = new EndDraft(path, { engine: "firefox" });
  const config = root.find(".peer-connection-config").first();
  if (config.length > 0) {
    const policy = /iceTransportPolicy: (\w+)/.exec(config.text())?.[1];
    if (policy === "all" || policy === "relay") draft.end.transportPolicy = policy;
    draft.end.iceServers = config
      .children("div")
      .toArray()
      .flatMap((server) => {
        const text = $(server).text();
        const urls = jsonOrNull(/urls: (\[[^\]]*\])/.exec(text)?.[1] ?? "");
        // "credential(Provided/Not Provided): Provided": the words are the reader's language's, their ids are not.
        const answers = $(server).children("i").toArray();
        const isProvided = answers[2]?.attribs["data-l10n-id"] === "about-webrtc-configuration-element-provided";
        if (!Array.isArray(urls)) return [];
        const own = urls.filter((url) => typeof url === "string");
        return [
          {
            urls: own,
            usernameExpiry: null,
            hasCredential: isProvided,
            at: { file, path: `${path}, RTCConfiguration` },
          },
        ];
      });
  }
  const timestamps = root.find('[data-l10n-id="about-webrtc-sdp-set-timestamp"]').toArray();
  for (const heading of timestamps) {
    const { timestamp } = (jsonOrNull(heading.attribs["data-l10n-args"] ?? "") ?? {}) as { timestamp?: unknown };
    const isLocal = $(heading).prev().attr("data-l10n-id") === "about-webrtc-local-sdp-heading";
    const at = { file, path: `${path}, SDP History` };
    addSdp(
      draft,
      isLocal ? "local" : "remote",
      $(heading).next("pre").text(),
      typeof timestamp === "number" ? timestamp : null,
      at,
    );
  }
  root.find("table.raw-candidate").each((_, table) => {
    const isLocal = $(table).find('[data-l10n-id="about-webrtc-raw-local-candidate"]').length > 0;
    const at = { file, path: `${path}, ${isLocal ? "Raw Local Candidate" : "Raw Remote Candidate"}` };
    $(table)
      .find("td")
      .each((_row, cell) => {
        const text = $(cell).text();
        if (isLocal) addRawLocal(draft, text, at);
        for (const { candidate, ufrag } of findCandidates(text))
          draft.candidate(isLocal ? "own" : "far", candidate, at, ufrag);
      });
  });
  root.find('table:has([data-l10n-id="about-webrtc-local-candidate"]) tr').each((row, tr) => {
    const cells = $(tr).children("td").toArray();
    pairOfCells(
      draft,
      cells.map((cell) => $(cell).text().trim()),
      { file, path: `${path}, ICE Stats, row ${row}` },
    );
  });
  return { id, draft };
}
