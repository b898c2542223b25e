#!/usr/bin/env bash
# Progress on a terminal (a pseudo-terminal of Python's), in a file and for tools.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
export HALOCLINE_CACHE=$work/cache TERM=xterm
prove=("$HALOCLINE" prove "$digits/model.tflite" "$digits/input.npy" --unsafe-dev-srs -o out)
cat >terminal.py <<'PY'
"""terminal.py COLUMNS COMMAND...: run with stderr on a terminal of this width, stdout in a file; stderr to stdout."""
import fcntl, os, pty, struct, subprocess, sys, termios
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
process = subprocess.Popen(sys.argv[2:], stderr=theirs, stdout=open("result", "w"))
os.close(theirs)
said = b""
while True:
    try:
        part = os.read(ours, 65536)
    except OSError: # the other end is closed
        break
    if not part:
        break
    said += part
sys.stdout.buffer.write(said)
sys.exit(process.wait())
PY
# On a terminal: one line that is drawn again, gone at the end; then the summary.
python3 terminal.py 80 "${prove[@]}" >terminal || fail "prove on a terminal"
python3 - <<'PY' || fail "the bar: $(cat -v terminal | head -c 3000)"
import re
said = open("terminal", newline="").read()
drawn, _, rest = said.rpartition("\r\x1b[K")
frames = re.findall(r"\r\x1b\[K([^\r\n\x1b]+)", drawn)
assert len(frames) > 10, len(frames)
assert all(len(f) < 80 for f in frames), max(frames, key=len)
# Beginning without a plan, then with per cent that never fall and a time that is left.
bars = [re.fullmatch(r"(\S.{17}) \[(#*)(\.*)\] +(\d+) %  (.*), (.*) left", f) for f in frames if "[" in f]
assert len(bars) > 8 and all(bars), frames
assert all(len(b[2] + b[3]) == 24 for b in bars)
shares = [int(b[4]) for b in bars]
assert shares == sorted(shares) and shares[-1] <= 100 and shares[-1] > 80, shares
assert {"keygen", "commit advice", "quotient", "open"} <= {b[1].strip() for b in bars}
assert all(re.fullmatch(r"\d+\.\d s|\d+ s|\d+ min \d\d s", b[5]) for b in bars), bars
# What stays is the summary and nothing else.
assert "\n" not in drawn
lines = [l.strip() for l in rest.split("\n") if l.strip()]
assert len(lines) == 10 and lines[0].split()[0] == "min" and lines[-1].startswith("total "), lines
assert sum(float(l.split()[-2]) for l in lines[1:-1]) > 99 and lines[-1].split()[-2] == "100.0"
PY
grep -q "proved and verified" result || fail "the result on stdout"
python3 terminal.py 40 "${prove[@]}" >terminal || fail "prove on a narrow terminal"
python3 - <<'PY' || fail "the bar is longer than the terminal is wide"
import re
drawn = open("terminal", newline="").read().rpartition("\r\x1b[K")[0]
assert max(len(f) for f in re.findall(r"[^\r\n\x1b]+", drawn)) == len("[K") + 39
PY
# Where nothing can be drawn again there are lines.
TERM=dumb python3 terminal.py 80 "${prove[@]}" >terminal || fail "prove on a dumb terminal"
python3 - <<'PY' || fail "escapes on a dumb terminal: $(cat -v terminal | head -c 2000)"
said = open("terminal", newline="").read()
assert "\x1b" not in said and "\r" not in said.replace("\r\n", "\n")
assert "commit advice" in said and " left" not in said
PY
# A message goes on a line of its own.
python3 terminal.py 100 "${prove[@]}" -t 2000 >terminal || fail "a warning on a terminal"
python3 - <<'PY' || fail "a message in the bar: $(cat -v terminal | head -c 2000)"
said = open("terminal", newline="").read()
at = said.index("halocline: ")
assert at == 0 or said[:at].endswith(("\r\x1b[K", "\n")), said[:at + 40]
PY
# In a file: one line for each phase, with the time of day.
expect 0 "" "${prove[@]}"
python3 - <<'PY' || fail "lines: $(cat stderr)"
import re
said = open("stderr").read().split("\n")
assert "\r" not in "".join(said) and "\x1b" not in "".join(said)
phases = [m for m in (re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d (.{20}) +\d+\.\d{3} s  \(at \d+\.\d{3} s\).*", l) for l in said) if m]
assert len(phases) >= 15 and phases[-1][2].strip() == "verify", said
assert len(said) == len(phases) + 11, said  # the summary and the end
PY
# For tools.
expect 0 "" "${prove[@]}" --progress json
python3 - <<'PY' || fail "JSON: $(head -c 2000 stderr)"
import json
events = [json.loads(l) for l in open("stderr")]
assert {e["event"] for e in events} <= {"begin", "progress", "end"}
begun, open_phase = [], None
last = {"elapsed_seconds": 0, "fraction": 0}
for e in events:
    if e["event"] == "begin":
        assert open_phase is None
        open_phase = e["phase"]
        begun.append(open_phase)
    assert e["phase"] == open_phase and e["time"].endswith("Z")
    assert e["elapsed_seconds"] >= last["elapsed_seconds"]
    if e["fraction"] is not None:
        assert last["fraction"] <= e["fraction"] <= 1 and e["remaining_seconds"] >= 0
        last["fraction"] = e["fraction"]
    last["elapsed_seconds"] = e["elapsed_seconds"]
    if e["event"] == "end":
        assert 0 <= e["phase_seconds"] <= e["elapsed_seconds"] + 0.002
        open_phase = None
assert open_phase is None and begun[0] == "quantise" and begun[-1] == "verify", begun
known = [e for e in events if e["fraction"] is not None]
assert known and known[0]["phase"] in ("quantise", "share plan") and all(e["fraction"] is not None for e in events if e["phase"] == "quotient")
PY
for kind in none bar lines; do
    expect 0 "" "${prove[@]}" --progress $kind
    [ "$(tail -n 1 stderr | cut -d' ' -f1)" = total ] || fail "no summary with --progress $kind"
done
expect 0 "" "${prove[@]}" --progress none
[ "$(wc -l <stderr)" = 10 ] || fail "more than the summary"
expect 0 "^rank 0 on .*peak" "${prove[@]}" --progress none -v
expect 0 "" "${prove[@]}" -q
[ ! -s stderr ] || fail "-q is not quiet"
expect 2 "unknown kind of progress 'colours', expected bar, lines, json or none" "${prove[@]}" --progress colours
# What the last proof took is kept for the next one, and is only believed as far as it makes sense.
python3 - <<'PY'
import json
json.dump({"format": "halocline-times", "steps": [["quantise", 1e300], "x"]}, open("odd.json", "w"))
PY
for f in cache/times-*.json; do [ ! -e "$f" ] || cp odd.json "$f"; done
expect 0 "" "${prove[@]}" --progress json
no_leftovers .
