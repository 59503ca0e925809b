/** Style of the HTML summary: light, dark and print, with system fonts only. */
export const htmlStyle = `
:root{color-scheme:light dark;--ink:#17212b;--muted:#566573;--paper:#fff;--page:#eef1f4;--line:#d3dae0;--soft:#f5f7f9;
--good:#1d6b3c;--good-soft:#e5f4ea;--warn:#8a5300;--warn-soft:#fdf1dc;--bad:#a4262c;--bad-soft:#fbe6e6;--info:#0b5c87;--info-soft:#e3f1f9;
--used:#5b7c99;--planned:#e0a23a}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--muted:#9fb0be;--paper:#161d24;--page:#0e1318;--line:#33404c;--soft:#1d262f;
--good:#74d39a;--good-soft:#15301f;--warn:#f0b95c;--warn-soft:#352710;--bad:#ff9a9a;--bad-soft:#3b1a1c;--info:#7cc4ee;--info-soft:#12293a;
--used:#7d9db9;--planned:#d99a35;
--edge-drawing-ink:#e6ebf0;--edge-drawing-muted:#9fb0be;--edge-drawing-paper:#161d24;--edge-drawing-frame:#1d262f;--edge-drawing-zone:#161d24;
--edge-drawing-line:#3d4b58;--edge-drawing-box:#1b242d;--edge-drawing-outside:#24303b;--edge-drawing-wan:#f0a35c;--edge-drawing-lan:#5cc0e4;
--edge-drawing-vip:#b99af2;--edge-drawing-tunnel:#74d39a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 Roboto,"Segoe UI",system-ui,-apple-system,sans-serif}
main{max-width:1120px;margin:0 auto;background:var(--paper);padding:40px 48px 64px}
header .eyebrow{margin:0;color:var(--muted);font-size:13px}
h1{font-size:30px;line-height:1.2;font-weight:600;margin:2px 0 20px}
h2{font-size:20px;line-height:1.3;font-weight:600;margin:48px 0 12px;padding-top:14px;border-top:1px solid var(--line)}
h2 .number{color:var(--muted);margin-right:10px}
p{margin:10px 0;max-width:80ch;overflow-wrap:anywhere}
.banner{border-left:6px solid;border-radius:4px;padding:14px 18px;margin:0 0 24px}
.banner strong{display:block;font-size:18px}
.banner p{margin:2px 0 0;color:var(--ink)}
.note{border-left:4px solid;border-radius:3px;padding:8px 14px}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.info{color:var(--info)}
.banner.good,.note.good{background:var(--good-soft);border-color:var(--good)}
.banner.warn,.note.warn{background:var(--warn-soft);border-color:var(--warn)}
.banner.bad,.note.bad{background:var(--bad-soft);border-color:var(--bad)}
.banner.info,.note.info{background:var(--info-soft);border-color:var(--info)}
dl{display:grid;grid-template-columns:minmax(150px,max-content) 1fr;gap:5px 24px;margin:14px 0}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
nav ol{margin:6px 0 0;padding:0;list-style:none;columns:2;max-width:640px}
nav a{color:var(--info);text-decoration:none}nav a:hover,nav a:focus{text-decoration:underline}
nav h2{border:0;margin:24px 0 0;padding:0;font-size:15px}
.scroll{overflow-x:auto;margin:18px 0 24px}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:1.4}
caption{text-align:left;font-weight:600;font-size:14px;padding:0 0 6px}
th{text-align:left;color:var(--muted);font-weight:600;border-bottom:2px solid var(--line);padding:6px 8px;vertical-align:bottom}
td,tbody th{padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word;word-break:normal}
tbody th{color:inherit;font-weight:500;overflow-wrap:anywhere;min-width:9em}
tbody tr:nth-child(even){background:var(--soft)}
.end{text-align:right;font-variant-numeric:tabular-nums}
.mono{font-family:"Roboto Mono",ui-monospace,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
td .long{overflow-wrap:anywhere}
.line{display:block}
.tone{font-weight:600}
.empty{color:var(--muted)}
figure{margin:18px 0}figcaption{font-weight:600;font-size:14px;padding-bottom:6px}
figure svg{width:100%;height:auto;max-height:1400px}
.bars{display:grid;grid-template-columns:minmax(160px,max-content) minmax(120px,260px) 1fr;gap:8px 16px;align-items:center;font-size:13px;margin:8px 0;padding:0;list-style:none}
.bars li{display:contents}
.bar{display:block;width:100%;height:12px}
.bar rect.free{fill:var(--soft);stroke:var(--line)}.bar rect.used,.key.used{fill:var(--used);background:var(--used)}.bar rect.planned,.key.planned{fill:var(--planned);background:var(--planned)}
.key{display:inline-block;width:10px;height:10px;margin:0 6px 0 0;border-radius:2px;border:1px solid var(--line)}
.legend{color:var(--muted);font-size:12.5px;margin:0}.legend span.item{margin-right:16px}
pre{background:var(--soft);border:1px solid var(--line);border-radius:4px;padding:10px 14px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;line-height:1.5}
.signatures{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:32px;margin-top:32px}
.signatures h3{font-size:14px;margin:0 0 18px}
.signatures .rule{border-bottom:1px solid var(--ink);min-height:34px;padding-bottom:2px}
.signatures .what{color:var(--muted);font-size:12px;margin:2px 0 14px}
.form{margin:18px 0 24px;padding:0;list-style:none;border-top:2px solid var(--line)}
.form li{display:grid;grid-template-columns:5fr 6fr;gap:6px 28px;padding:12px 0;border-bottom:1px solid var(--line)}
.form-title{font-weight:600;font-size:14px;margin:22px 0 6px}
.form .label{font-weight:600;margin:0}.form .why,.form .example{color:var(--muted);font-size:12.5px;margin:2px 0 0}
.form .given{font-size:13px;margin:0 0 6px}.form .given,.form .why{white-space:pre-line;overflow-wrap:anywhere}
.form .blank{border:1px solid var(--muted);border-radius:3px;min-height:34px}.form .blank.two{min-height:64px}
.form .choices{list-style:none;margin:0;padding:0}.form .choices li{display:block;border:0;padding:2px 0}
.tick{display:inline-block;width:13px;height:13px;border:1.3px solid var(--ink);border-radius:2px;margin-right:9px;vertical-align:-2px}
.form .done{display:flex;gap:8px;align-items:flex-end;color:var(--muted);font-size:12.5px}.form .done .blank-line{flex:1;border-bottom:1px solid var(--muted);height:26px}
footer{margin-top:48px;border-top:1px solid var(--line);padding-top:10px;color:var(--muted);font-size:12.5px}
@page{size:A4;margin:16mm 14mm}
@media (max-width:700px){main{padding:20px 16px}dl,.form li{grid-template-columns:1fr}dt{margin-top:8px}.bars{grid-template-columns:1fr}nav ol{columns:1}}
@media print{:root{color-scheme:light;--ink:#17212b;--muted:#566573;--paper:#fff;--page:#fff;--line:#c9d1d8;--soft:#f5f7f9}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}nav{display:none}
table{font-size:8pt}thead{display:table-header-group}tr,figure,.signatures,.banner,.form>li{break-inside:avoid}h2,caption,.form-title{break-after:avoid}.own-page{break-before:page}.own-page h2{margin-top:0}.scroll{overflow:visible}
figure svg{max-height:240mm}}
`.trim();
