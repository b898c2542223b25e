#!/usr/bin/env bash
# The page in a real browser, Debian's chromium: see report_page.py.
. "$SOURCE/tests/cli/lib.sh" || exit 2
command -v chromium >/dev/null || { echo "skipped: no chromium; Debian's package of that name has it"; exit 77; }
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
look() { python3 "$SOURCE/tests/cli/report_page.py" "$@"; }

expect 0 "" $MPIRUN -n 2 "$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o out -t 1
look out || fail "the page of a proof"
# A page that shows another figure than the report is found out, as is one that says something.
mkdir wrong loud
cp out/report.json wrong
sed 's/"prove_seconds":/&9/' out/report.html >wrong/report.html
look wrong 2>stderr && fail "a wrong figure is not noticed"
grep -q "for \[\"prove_seconds\"\]" stderr || fail "a wrong figure is not named"
cp out/report.json loud
sed 's/^"use strict";/&console.log("loud");/' out/report.html >loud/report.html
look loud 2>stderr && fail "a message is not noticed"
grep -q "messages: .*loud" stderr || fail "a message is not named"
# A hostile name is shown as text, and does nothing.
python3 - <<'PY'
import json, os
os.mkdir("hostile")
d = json.load(open("out/report.json"))
d["model"]["name"] = d["costs"]["ranks"][0]["host"] = "</script><img src=x onerror=console.log(1)><b>"
for y in d["layers"]:
    y["layer"] = "<img src=x onerror=console.log(1)>"
json.dump(d, open("hostile/report.json", "w"))
PY
expect 0 "" "$HALOCLINE" report hostile
look hostile || fail "the page of a hostile model"
# A report with less in it has a page that says what is missing.
python3 - <<'PY'
import json, os
os.mkdir("bare")
d = json.load(open("out/report.json"))
keep = ("format", "version", "program", "date", "vk_id", "proof_bytes", "unsafe_srs", "model")
json.dump({k: d[k] for k in keep}, open("bare/report.json", "w"))
PY
expect 0 "" "$HALOCLINE" report bare
python3 - <<'PY' || fail "the page of a bare report"
import chromium
with chromium.Browser() as b:
    b.show("bare/report.html", 800, 900)
    text = b.evaluate("document.body.innerText")
    assert not b.messages, b.messages
    for said in ("no layout", "not sampled", "no times of ranks", "no layers", "not measured"):
        assert said in text, said
PY
