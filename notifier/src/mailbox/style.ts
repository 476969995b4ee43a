/** The mailbox's style: colours, type and space of Sotto's design tokens. */
export const MAILBOX_STYLE = `
:root{color-scheme:light dark;
--ground:light-dark(#f4efe6,#13110e);--paper:light-dark(#fcfaf5,#1a1714);--sunken:light-dark(#f2ece1,#100e0b);
--ink:light-dark(#221e19,#efe9de);--ink-2:light-dark(#575047,#bcb3a5);--ink-3:light-dark(#6b6459,#a59b8d);
--line:light-dark(#e4ddd0,#36302a);--accent:light-dark(#0c6663,#7fcbc3);--hover:light-dark(#221e190d,#efe9de12);
--warn:light-dark(#7d5a0b,#e0b860);--warn-tint:light-dark(#f6ecd2,#33280f)}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5rem system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:46rem;margin-inline:auto;padding:1.5rem 1rem 3rem}
.notice{margin:0;padding:.5rem 1rem;background:var(--warn-tint);color:var(--warn);font-size:.8125rem;line-height:1.125rem;text-align:center}
.bar{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:0 1rem;margin-block-end:1rem}
h1{margin:0;font-size:1.5rem;line-height:2rem;font-weight:620;overflow-wrap:anywhere}
.title{margin-block-end:1rem}
a{color:var(--accent)}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.act{display:inline-flex;align-items:center;min-block-size:2.75rem;font-size:.875rem;text-decoration:none}
.act:hover{text-decoration:underline}
.sheet{background:var(--paper);border:1px solid var(--line);border-radius:12px}
ol{list-style:none;margin:0;padding:0;overflow:hidden}
li+li{border-block-start:1px solid var(--line)}
.row{display:grid;grid-template-columns:1fr auto;gap:.125rem 1rem;padding:.75rem 1rem;color:inherit;text-decoration:none}
.row:hover{background:var(--hover)}
.row:focus-visible{outline-offset:-2px}
.to{grid-column:1/-1;color:var(--ink-2);font-size:.875rem;line-height:1.25rem;overflow-wrap:anywhere}
.subject{font-weight:550;overflow-wrap:anywhere}
time{color:var(--ink-3);font-size:.75rem;font-variant-numeric:tabular-nums}
.facts{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0;padding:1rem;border-block-end:1px solid var(--line);font-size:.875rem;line-height:1.25rem}
dt{color:var(--ink-2)}
dd{margin:0;overflow-wrap:anywhere}
.words{padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere}
.empty{padding:2rem 1rem;text-align:center;color:var(--ink-2)}
.empty h2{margin:0 0 .25rem;color:var(--ink);font-size:1.125rem;line-height:1.5rem;font-weight:620}
.empty p{margin:0}
`;
