import type { Basis } from "../../../lab/model/capacity-model.ts";
import { html, type Markup } from "../../html/markup.ts";

/** Where a figure comes from, so that nobody takes a computed one for a measured one. */
export function basisBadge(basis: Basis): Markup {
  return html`<span class="basis ${basis}">${basis}</span>`;
}
