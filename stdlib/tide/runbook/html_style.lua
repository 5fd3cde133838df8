-- How the HTML report looks: light and dark, wide, narrow and printed.
return [[
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5b6570;--line:#dfe4ea;--line-strong:#aab4bf;--card:#f6f8fa;
  --ok:#1a7f37;--bad:#b3261e;--warn:#8a5a00;--bar:#2f6fb3;--ok-soft:#e6f4ea;--bad-soft:#fdecea;--warn-soft:#fdf3dc}
@media(prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e3e8ee;--dim:#9aa5b1;--line:#2a323b;--line-strong:#55616d;
  --card:#161c23;--ok:#57c277;--bad:#ff8a80;--warn:#e2b04a;--bar:#5b9bd9;--ok-soft:#12291a;--bad-soft:#331917;
  --warn-soft:#2e2611}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:2rem 1rem 4rem;background:var(--bg);color:var(--fg);
  font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .4rem}p{margin:.4rem 0}
h2{font-size:1.15rem;margin:2.4rem 0 .7rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.3rem 0 .4rem;display:flex;gap:.2rem .8rem;flex-wrap:wrap;align-items:baseline}
h3 span{font-weight:400}
.lead{color:var(--dim);max-width:46rem}
.summary{display:flex;flex-wrap:wrap;gap:.4rem .6rem;align-items:center;margin:.6rem 0 1rem}
.state,.tag{display:inline-block;padding:.1rem .6rem;border-radius:1rem;font-size:.82rem;white-space:nowrap}
.state{font-weight:600;font-size:.95rem}.tag{color:var(--dim);border:1px solid var(--line)}
.good{color:var(--ok);background:var(--ok-soft)}.wrong{color:var(--bad);background:var(--bad-soft)}
.quiet{color:var(--dim);background:var(--card)}.late{color:var(--warn);background:var(--warn-soft)}
.alarm{border-left:4px solid var(--bad);background:var(--bad-soft);padding:.6rem .9rem;border-radius:.3rem;margin:1rem 0;
  white-space:pre-wrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;margin:1rem 0}dt{color:var(--dim)}dd{margin:0}
ul.checks{list-style:none;padding:0;margin:0}ul.checks li{padding:.15rem 0 .15rem 1.6rem;text-indent:-1.6rem}
ul.checks b{display:inline-block;width:1.6rem;text-indent:0}
b.yes{color:var(--ok)}b.no{color:var(--bad)}b.maybe{color:var(--warn)}
details,.step{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0;background:var(--card)}
details.plain{background:none}
summary,.step{padding:.5rem .8rem;display:flex;gap:.2rem .8rem;flex-wrap:wrap;align-items:baseline}
summary{cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}
summary::before{content:"▸";color:var(--dim);width:.8rem}details[open]>summary::before{content:"▾"}
.step::before{content:"";width:.8rem}
.title{flex:1 1 12rem}.num,.time,.dim{color:var(--dim)}.num,.time{font-variant-numeric:tabular-nums}.time.over{color:var(--warn)}
.remark{flex-basis:100%;padding-left:1.6rem;color:var(--dim);font-size:.88rem}
.inner{padding:0 .8rem .7rem}h4{margin:.9rem 0 .3rem;font-size:.88rem;color:var(--dim);font-weight:600}
pre{margin:.3rem 0;padding:.6rem .7rem;border-radius:.4rem;background:var(--bg);border:1px solid var(--line);overflow:auto;
  font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;max-height:28rem;
  white-space:pre-wrap}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.88rem;width:100%}
th,td{text-align:left;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
th{color:var(--dim);font-weight:600}
td.n+td:not(.n),th.n+th:not(.n){padding-left:1.2rem}td.n{text-align:right;font-variant-numeric:tabular-nums}th.n{text-align:right}
tr.wrong td{background:var(--bad-soft)}tr:last-child td{border-bottom:0}
.erd{display:block;max-width:100%;height:auto;border-radius:.3rem}
.timeline{width:100%;min-width:44rem}.timeline svg{width:100%;height:auto;display:block}
svg text{fill:var(--fg);font:12.5px system-ui,-apple-system,"Segoe UI",sans-serif}svg .phase{font-weight:600}
svg .watcher,svg .dim{fill:var(--dim)}svg text.watcher{font-size:11.5px}svg text.over{fill:var(--warn);font-weight:600}
svg .mark{stroke:var(--line)}svg .budget{fill:none;stroke:var(--dim);stroke-dasharray:3 2}
svg .end{stroke:var(--bad);stroke-dasharray:6 3}svg .session{stroke:var(--warn);stroke-dasharray:4 3}
svg .reminder{fill:var(--bar)}svg .overrun{fill:var(--warn)}
.legend{color:var(--dim);font-size:.82rem}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--dim);font-size:.82rem}
@media(max-width:36rem){body{padding-top:1.2rem}dl{grid-template-columns:6.2rem 1fr;gap:.25rem .8rem;font-size:.92rem}
  h1{font-size:1.4rem}.inner{padding:0 .6rem .6rem}.title{flex:1 1 8rem}
  .time{order:5;flex-basis:100%;padding-left:1.6rem;font-size:.88rem}.time:empty{display:none}.remark{order:6}}
@media print{details,.step{break-inside:avoid}pre{max-height:none}}
]]
