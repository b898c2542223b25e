#!/usr/bin/env bash
# The report of a proof and its page: the page's data are report.json's, figures add up, nothing in it is markup of others.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache
prove() { expect 0 "" "$@" "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs; }

prove $MPIRUN -n 2 "$HALOCLINE" prove -o two -t 1
HALOCLINE_NODE_RANKS=1 prove $MPIRUN -n 2 "$HALOCLINE" prove -o apart -t 1
cat >page.py <<'PY'
import html.parser, json, sys

class Page(html.parser.HTMLParser):
    """Scripts' texts; what the page refers to."""
    def __init__(self):
        super().__init__()
        self.tag, self.scripts, self.links, self.tags = None, [], [], []
    def handle_starttag(self, tag, attributes):
        self.tag = tag
        self.tags.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href") and not v.startswith("#")]
        if tag == "script":
            self.scripts.append("")
    def handle_endtag(self, tag):
        self.tag = None
    def handle_data(self, data):
        if self.tag == "script":
            self.scripts[-1] += data

def data(path):
    page = Page()
    page.feed(open(path).read())
    assert page.links == ["data:,"], page.links
    assert page.tags.count("script") == 2 and len(page.scripts) == 2
    return json.loads(page.scripts[0])
PY
python3 - <<'PY' || fail "the page's data are not report.json's, or figures do not add up"
import json, math, sys
sys.path.insert(0, ".")
import page
r = json.load(open("two/report.json"))
assert page.data("two/report.html") == r
close = lambda a, b, by=1e-9: math.isclose(a, b, rel_tol=by, abs_tol=1e-9)
c = r["costs"]
names = [p["name"] for p in c["phases"]]
assert len(c["ranks"]) == 2 and names.index("compile") == 0
for n, rank in enumerate(c["ranks"]):
    cost = [p["per_rank"][n] for p in c["phases"]]
    assert all(0 <= x["wait_seconds"] <= x["comm_seconds"] + 1e-6 for x in cost), cost
    assert close(rank["busy_seconds"] + rank["moving_seconds"] + rank["wait_seconds"], sum(x["seconds"] for x in cost))
    # Spans are in order, do not overlap, and are the phases' seconds.
    last = 0
    for phase, begin, end in rank["spans"]:
        assert last <= begin <= end <= 1e6 * c["wall_seconds"] + 1, (last, begin, end)
        last = end
    for p, x in enumerate(cost):
        spans = sum(e - b for q, b, e in rank["spans"] if q == p) / 1e6
        assert abs(spans - x["seconds"]) < 1e-4, (names[p], spans, x["seconds"])
    # From the first phase to the last there is always one.
    assert rank["spans"][-1][2] - rank["spans"][0][1] - sum(e - b for _, b, e in rank["spans"]) < 2e3, rank["spans"]
    assert len(rank["memory"]) >= 2 and max(s[1] for s in rank["memory"]) <= rank["memory_peak_bytes"]
    assert [s[0] for s in rank["memory"]] == sorted(s[0] for s in rank["memory"])
    assert max(s[2] for s in rank["memory"]) > 1e6
# The bins hold what the tables hold, also where columns travel while ranks compute.
for rank in c["ranks"] + json.load(open("apart/report.json"))["costs"]["ranks"]:
    assert abs(sum(rank["timeline"]["waiting"]) / 1e6 - rank["wait_seconds"]) < 5e-4, rank["wait_seconds"]
    assert abs(sum(rank["timeline"]["moving"]) / 1e6 - rank["moving_seconds"]) < 5e-4, rank["moving_seconds"]
# Rank 1 waits while rank 0 compiles, which the latter does not wait for.
compile = c["phases"][0]["per_rank"]
assert compile[1]["wait_seconds"] > 0.5 * compile[1]["seconds"] and compile[0]["wait_seconds"] == 0, compile
inference = c["phases"][names.index("inference")]["per_rank"]
assert all(x["seconds"] > 0 for x in inference)
# The summary is all of it.
*kinds, total = c["summary"]
assert total["name"] == "total" and close(sum(k["average_seconds"] for k in kinds), total["average_seconds"])
assert close(sum(k["share"] for k in kinds), 1) and "other" not in [k["name"] for k in kinds]
for k in kinds:
    per_rank = [sum(p["per_rank"][n]["seconds"] for p in c["phases"] if p["group"] == k["name"]) for n in (0, 1)]
    assert close(min(per_rank), k["min_seconds"]) and close(max(per_rank), k["max_seconds"])
# Layers are the whole circuit, and of the whole prediction.
l = r["layout"]
for name in ("rows", "cells", "lookups", "weight_rows"):
    assert sum(y[name] for y in r["layers"]) == l[name], name
    assert sum(y[name] for y in l["regions"]) == l[name], name
p = r["predicted"]
assert close(sum(y["predicted_seconds"] for y in r["layers"]), p["cpu_seconds"], 1e-6)
assert close(sum(y["measured_seconds"] for y in r["layers"]), p["measured_cpu_seconds"], 1e-6)
assert all(y["predicted_seconds"] >= 0 for y in r["layers"])
# Errors of layers: the scores' is that of the judgement; moves of elements have none.
errors = [y for y in r["layers"] if "worst_error" in y]
assert len(errors) >= 8 and all(y["rms_error"] <= y["worst_error"] < y["range"] for y in errors)
assert any(close(y["worst_error"], r["accuracy"]["worst_error"]) for y in errors), errors
elements = r["outputs"][0]["elements"]
public = json.load(open("two/public.json"))["tensors"][0]["values"]
assert len(elements) == 10 and all(e["proved"] == public[e["element"]] for e in elements)
assert all(abs(e["proved"] - e["float"]) < 0.02 for e in elements)
assert [e["proved"] for e in elements] == sorted(public, reverse=True)
PY
# What is said to verify it does, and what is said to be learned is what verify says.
(cd two && expect 0 "" bash -c "$(json report.json 'd["verify_command"].replace("halocline", "\"$HALOCLINE\"", 1)') --json")
python3 -c 'import json
assert json.load(open("two/stdout"))["verifier_learns"] == json.load(open("two/report.json"))["verifier_learns"]' || fail "verifier_learns"
expect 0 "" "$HALOCLINE" inspect two/vk.hcl --json
[ "$(json stdout 'd["srs_id"]')" = "$(json two/report.json 'd["srs_id"]')" ] || fail "the SRS of the report is not the key's"

# A private output stays private.
prove "$HALOCLINE" prove -o private --visibility output=private,input=public
[ "$(json private/report.json '"outputs" in d')" = False ] || fail "a private output is in the report"

# The page again, elsewhere, and none.
expect 0 "^page.html$" "$HALOCLINE" report two -o page.html
cmp page.html two/report.html || fail "the same report makes another page"
rm two/report.html
expect 0 "^two/report.html$" "$HALOCLINE" report two
cmp page.html two/report.html || fail "the default place"
expect 0 '"page": "other.html"' "$HALOCLINE" report two/report.json -o other.html --json
prove "$HALOCLINE" prove -o two --no-report
[ ! -e two/report.html ] && [ -e two/report.json ] || fail "--no-report leaves the page of another proof"
expect 2 "cannot open 'nothing'" "$HALOCLINE" report nothing
mkdir empty
expect 2 "cannot open 'empty/report.json'" "$HALOCLINE" report empty
expect 2 "expected 'halocline-report'" "$HALOCLINE" report two/public.json
echo '{"format": "halocline-report", "version": 2}' >later.json
expect 2 "version 2, expected 1" "$HALOCLINE" report later.json
expect 3 "" "$HALOCLINE" report two -o nowhere/page.html
# Names of a hostile model are text: no markup ends the script that holds them.
python3 - <<'PY'
import json
d = json.load(open("two/report.json"))
nasty = "</script><script>alert(1)</script><!--<script>&lt;\u2028\u202e]]>"
d["model"]["name"] = nasty
for y in d["layers"] + d["layout"]["regions"]:
    y["layer"] += nasty
d["costs"]["ranks"][0]["host"] = nasty
json.dump(d, open("hostile.json", "w"))
PY
expect 0 "" "$HALOCLINE" report hostile.json -o hostile.html
python3 -c 'import json, page
assert page.data("hostile.html") == json.load(open("hostile.json"))' || fail "a name broke out of the page's data"
no_leftovers .
