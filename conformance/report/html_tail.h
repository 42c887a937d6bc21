/* SPDX-License-Identifier: MIT */
/*
 * What the HTML report ends with: the script behind the checkboxes. A string for html.c to include.
 * Without a script everything is shown.
 */
/* clang-format off */
"<footer>What each requirement says and where it comes from: SPEC.md. Failed requirements are open;"
" the boxes above choose what is shown.</footer>\n"
"<script>\n"
"const boxes=[...document.querySelectorAll('[data-show]')];\n"
"const show=()=>{const on=new Set(boxes.filter(b=>b.checked).map(b=>b.dataset.show));\n"
"for(const r of document.querySelectorAll('.req'))r.hidden=!on.has(r.classList[1]);\n"
"for(const t of document.querySelectorAll('.topic'))t.hidden=!t.querySelector('.req:not([hidden])')};\n"
"boxes.forEach(b=>b.addEventListener('change',show));\n"
"const open=()=>{const e=document.getElementById(decodeURIComponent(location.hash.slice(1)));\n"
"if(e&&e.tagName==='DETAILS')e.open=true};\n"
"addEventListener('hashchange',open);open();\n"
"</script>\n</html>\n"
