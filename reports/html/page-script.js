// Runs in the report's page: shows one session at a time out of the data that the page carries, compressed.
const data = document.getElementById("sessions");
let loaded = null;

/** @returns {Promise<Record<string, any[]>>} sessions by scenario */
function load() {
  loaded ??= (async () => {
    const bytes = Uint8Array.from(atob(data.textContent.trim()), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  })();
  return loaded;
}

/** An element with text or children; nothing in it is ever taken for markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function tableOf(caption, head, rows) {
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, String(cell ?? "–")))));
  const top = element("tr", {}, ...head.map((title) => element("th", { scope: "col" }, title)));
  const made = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, top),
    element("tbody", {}, ...body),
  );
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
}

/** Each end's stages on one axis of time; what had not ended when the session did is hatched. */
function bars(session) {
  const end = Math.max(...session.stages.flatMap(({ stages }) => stages.map(({ to }) => to)), 1);
  const percent = (value) => `${((100 * value) / end).toFixed(2)}%`;
  return session.stages.map(({ who, stages }) =>
    element(
      "div",
      {},
      element("h5", {}, who === "both" ? "Stages" : `Stages of the ${who}`),
      element(
        "ol",
        { class: "bars" },
        ...stages.map(({ name, from, to, isOpen }) =>
          element(
            "li",
            {},
            element("span", {}, `${name}, ${from} to ${to} ms${isOpen ? ", not ended" : ""}`),
            element(
              "span",
              { class: "bar-line" },
              element("span", {
                class: isOpen ? "bar open" : "bar",
                style: `margin-left:${percent(from)};width:max(2px,${percent(to - from)})`,
              }),
            ),
          ),
        ),
      ),
    ),
  );
}

function show(box, session) {
  const about = [session.cell, session.path, session.pair].filter((word) => word !== "").join(", ");
  const connect = session.connect === null ? "never connected" : `connected after ${session.connect} ms`;
  box.replaceChildren(
    element("h4", {}, `Session ${session.n}: ${session.outcome}`),
    element("p", {}, `${connect}${about === "" ? "" : `; ${about}`}`),
    ...(session.why.length === 0
      ? []
      : [element("ul", { class: "why" }, ...session.why.map((line) => element("li", {}, line)))]),
    ...bars(session),
    session.steps.length === 0
      ? element("p", {}, "The log has no timeline of this session.")
      : tableOf("Both ends, in the order of time", ["ms", "end", "step", ""], session.steps),
    ...(session.pairs.length === 0
      ? []
      : [tableOf("Candidate pairs", ["end", "local", "remote", "state", "checks sent", "answers"], session.pairs)]),
  );
}

async function open(section, number) {
  const scenario = section.dataset.scenario;
  const sessions = (await load())[scenario] ?? [];
  const picker = section.querySelector("select");
  if (picker.options.length <= 1) {
    picker.replaceChildren(
      ...sessions.map((one) =>
        element(
          "option",
          { value: String(one.n) },
          `${one.n}: ${one.outcome}${one.cell === "" ? "" : `, ${one.cell}`}${one.connect === null ? "" : `, ${one.connect} ms`}`,
        ),
      ),
    );
  }
  const found = sessions.find(({ n }) => n === number) ?? sessions[0];
  if (!found) return;
  picker.value = String(found.n);
  show(section.querySelector(".session"), found);
}

for (const section of document.querySelectorAll(".sessions")) {
  section.addEventListener("toggle", () => section.open && void open(section, null));
  section.querySelector("select").addEventListener("change", (event) => void open(section, Number(event.target.value)));
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-session]");
  if (!button) return;
  const section = [...document.querySelectorAll(".sessions")].find(
    (one) => one.dataset.scenario === button.dataset.open,
  );
  section.open = true;
  void open(section, Number(button.dataset.session)).then(() => {
    section.scrollIntoView({ block: "start" });
    section.querySelector("select").focus();
  });
});
// Paper shows all.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not(.sessions)")) folded.open = true;
});
