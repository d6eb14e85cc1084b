// The look of the report: a quiet column that reads well on paper, on a phone and in the dark, without any font to load.
import { SANS, SERIF, THEME } from '../../../charts/theme.ts';

/** Below this width of the window the narrow drawing of each chart is shown. */
const PHONE = '40rem';

export const STYLE = `${THEME}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 ${SERIF}}
main,header,footer{max-width:46rem;margin-inline:auto;padding-inline:1.25rem}
header{padding-top:4.5rem}
h1,h2,h3,.label,.verdict,table,figure,.overview,summary,footer{font-family:${SANS}}
h1{font-size:clamp(2rem,6vw,2.9rem);line-height:1.1;letter-spacing:-.025em;font-weight:700;margin:.4rem 0 1.2rem;text-wrap:balance}
h2{font-size:1.6rem;line-height:1.2;letter-spacing:-.015em;margin:0;text-wrap:balance}
.label{font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;color:var(--muted);margin:0}
.lede{font-size:1.2rem;line-height:1.55;margin:0 0 1.6rem}
.strip{aspect-ratio:20/1;background:var(--ink);-webkit-mask:var(--digits) left/auto 100% no-repeat;mask:var(--digits) left/auto 100% no-repeat;margin:0 0 1.8rem}
.overview{list-style:none;margin:0;padding:0;border-top:1px solid var(--rule);font-size:.95rem}
.overview li{border-bottom:1px solid var(--rule)}
.overview a{display:grid;grid-template-columns:1.6rem 1fr auto;gap:.25rem .5rem;align-items:baseline;padding:.6rem 0;color:inherit;text-decoration:none}
.overview a:hover .name{text-decoration:underline;text-underline-offset:.2em}
.overview .number{color:var(--muted);font-variant-numeric:tabular-nums}
.overview .name{font-weight:600}
section{padding-top:4.5rem}
.head{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:baseline;margin-bottom:.8rem}
.verdict,.remark{font-size:.8rem;font-weight:600;white-space:nowrap}
.verdict::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;margin-right:.45em;background:currentColor}
.verdict.shown{color:var(--good)}
.verdict.open{color:var(--open)}
blockquote{margin:0 0 1.4rem;padding-left:1rem;border-left:3px solid var(--rule);color:var(--muted);font-style:italic}
.parts{list-style:none;margin:0 0 2rem;padding:0}
.parts li{position:relative;padding-left:1.7rem;margin-bottom:.6rem}
.parts li::before{position:absolute;left:0;font-family:${SANS};font-weight:700}
.parts .holds::before{content:"✓";color:var(--good)}
.parts .fails::before{content:"✗";color:var(--open)}
.parts .figures{display:block;color:var(--muted);font:.88rem/1.5 ${SANS};font-variant-numeric:tabular-nums}
.rule b{font:600 .95em ${SANS}}
.formula{white-space:nowrap}
figure{margin:2.4rem 0}
figure h3{font-size:1.02rem;margin:0 0 .7rem}
figure svg{display:block;max-width:100%;height:auto;overflow:visible}
figcaption{font:.95rem/1.55 ${SERIF};color:var(--muted);margin-top:.7rem}
.narrow{display:none}
@media(max-width:${PHONE}){.wide{display:none}.narrow{display:block}header{padding-top:2.5rem}section{padding-top:3.2rem}.strip{aspect-ratio:11/1}}
details{margin:1rem 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}
details+details{border-top:0;margin-top:-1rem}
summary{cursor:pointer;padding:.6rem 0;font-size:.92rem}
.scroll{overflow-x:auto;margin-bottom:.8rem}
table{border-collapse:collapse;font-size:.84rem;line-height:1.4;font-variant-numeric:tabular-nums;white-space:nowrap}
th{font-weight:600;color:var(--muted);vertical-align:bottom;border-bottom:1px solid var(--rule)}
th,td{text-align:right;padding:.32rem 0 .32rem 1.4rem}
th:first-child,td:first-child{text-align:left;padding-left:0}
tbody tr+tr td{border-top:1px solid color-mix(in srgb,var(--rule) 55%,transparent)}
@media(max-width:${PHONE}){table{font-size:.72rem}th,td{padding-left:.6rem}th,td:first-child{white-space:normal}}
.note{font:.85rem/1.5 ${SANS};color:var(--muted);margin:0 0 1rem}
footer{margin-top:5rem;padding-block:1.5rem 4rem;border-top:1px solid var(--rule);font-size:.85rem;line-height:1.6;color:var(--muted)}
a{color:var(--batch);text-underline-offset:.2em}
@media print{.overview a,details{break-inside:avoid}figure{break-inside:avoid}}
`.replaceAll('\n', '');
