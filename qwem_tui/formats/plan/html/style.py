"""The style sheet of the page of a plan: light and dark, narrow screens, paper; no font or picture from outside."""

from __future__ import annotations

#: Blue and orange are told apart by all common kinds of colour blindness; dashes and hatching say the same without.
STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #545c66; --rule: #cfd5dc; --wash: #f3f5f7;
  --measured: #0b5394; --ahead: #a34a00; --ahead-wash: #fbf1e6; --need: #6a2c84; --warn: #8a5200;
  --warn-wash: #fff5dd; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e6e9ec; --soft: #a8b0ba; --rule: #3c444d; --wash: #1e2328;
    --measured: #7cc0ff; --ahead: #ffb168; --ahead-wash: #2a2119; --need: #dbaef2; --warn: #ffc861;
    --warn-wash: #2d2514; }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.15rem; font-weight: 600; margin: 0 0 .25rem; color: var(--soft); }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.5rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .35rem; }
article h3 { margin-top: 0; }
h4 { font-size: .95rem; margin: .9rem 0 .2rem; }
p, ul, dl { margin: .5rem 0; }
p, li, dd { max-width: 48rem; }
ul { padding-left: 1.25rem; }
#answer h2 { border: 0; padding: 0; margin: 0 0 .75rem; font-size: 1.6rem; max-width: 48rem; text-wrap: balance; }
dl > div { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: 0 1rem; padding: .3rem 0; }
dl > div + div { border-top: 1px solid var(--rule); }
dt { font-weight: 600; }
dd { margin: 0; }
code, pre { font: .9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { white-space: pre-wrap; background: var(--wash); padding: .75rem; border-radius: .3rem; }
.note { font-size: .9rem; color: var(--soft); border-left: 3px solid var(--rule); padding-left: .75rem; }
.warn { border-left: 3px solid var(--warn); background: var(--warn-wash); padding: .4rem .75rem; }
.warn::before { content: "Mind: "; font-weight: 600; color: var(--warn); }
.own { display: block; font-size: .85em; font-weight: 400; color: var(--soft); }
small { font-size: .85em; color: var(--soft); display: block; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .92rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--rule); }
thead th { border-bottom: 2px solid var(--soft); overflow-wrap: normal; }
tbody th { font-weight: 400; min-width: 8rem; }
.abilities td:nth-child(-n+4) { white-space: nowrap; }
.abilities td:nth-child(5) { min-width: 15rem; }
.abilities td:last-child, .needs td:nth-child(2) { overflow-wrap: normal; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
.charts { display: grid; gap: 1.25rem 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20.5rem), 1fr)); }
article, figure { border: 1px solid var(--rule); border-radius: .4rem; padding: .85rem; margin: 0; min-width: 0; }
figcaption { margin-bottom: .35rem; }
figure p { font-size: .9rem; color: var(--soft); }
details { margin: 1rem 0; }
summary { cursor: pointer; }
svg { display: block; width: 100%; height: auto; max-width: 32rem;
  font: 11px system-ui, -apple-system, "Segoe UI", sans-serif; }
svg text { fill: var(--ink); }
svg .soft { fill: var(--soft); }
svg .frame { fill: none; stroke: var(--soft); }
svg .grid { stroke: var(--rule); fill: none; }
svg .beyond { fill: var(--ahead-wash); }
svg .blank { fill: var(--wash); }
svg .edge { stroke: var(--ahead); stroke-dasharray: 2 3; }
svg .line { fill: none; stroke: var(--measured); stroke-width: 1.5; }
svg .bar { fill: none; stroke: var(--measured); stroke-width: 1.5; }
svg .dot { fill: var(--measured); stroke: var(--measured); stroke-width: 1.5; }
svg .hollow { fill: var(--paper); }
svg .ahead { fill: var(--ahead-wash); stroke: var(--ahead); stroke-width: 1.25; stroke-dasharray: 4 2; }
svg .hatch { fill: none; stroke: var(--ahead); stroke-width: 1; }
svg text.ahead-name { fill: var(--ahead); font-style: italic; stroke: var(--paper); stroke-width: 2px;
  paint-order: stroke; }
svg .aim { stroke: var(--need); stroke-width: 1.25; stroke-dasharray: 8 3 2 3; fill: none; }
svg text.aim-name { fill: var(--need); stroke: var(--paper); stroke-width: 3px; paint-order: stroke; }
@media screen and (max-width: 44rem) {
  main { padding: 1rem .9rem 2rem; }
  #answer h2 { font-size: 1.3rem; }
  dl > div { grid-template-columns: 1fr; }
  table, tbody, tr, th, td, caption { display: block; }
  thead { display: none; }
  tr { border-bottom: 2px solid var(--rule); padding: .5rem 0; }
  th, td { border: 0; padding: .15rem 0; }
  td::before { content: attr(data-label) ": "; color: var(--soft); }
  td:empty { display: none; }
}
@media print {
  @page { margin: 15mm; }
  html { font-size: 9.5pt; }
  details:not([open]) { display: none; }
  main { max-width: none; padding: 0; }
  article, figure, tr, dl > div, .note, .warn { break-inside: avoid; }
  h2, h3, h4, caption { break-after: avoid; }
  thead { display: table-header-group; }
  .charts { grid-template-columns: 1fr 1fr; gap: .75rem; }
  .cards { grid-template-columns: 1fr 1fr 1fr; gap: .5rem; }
  .abilities td:nth-child(5) { min-width: 20rem; }
  svg, .warn { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""
