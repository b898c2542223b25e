#!/usr/bin/env bash
# Compiling keeps to --memory: what it holds is within it, or it ends with a message that names it; what cannot fit is refused before
# the work: so is a proof within a quarter of what the fastest way takes, before scales are searched.
. "$SOURCE/tests/cli/lib.sh" || exit 2
python3 - <<'PY'
import tflite
m = tflite.Model()
g = tflite.Graph(m)
n, h = 1600, 1200
x = g.input([1, n])
pattern = [((7 * i * i + 3 * i) % 251 - 125) / 4000 for i in range(n * 5)]
w1 = g.constant([h, n], "w1", pattern * (h // 5))
w2 = g.constant([10, h], "w2", (pattern * 2)[:10 * h])
y = g.dense(x, w1, g.constant([h], "b1", [0.0] * h), [1, h], "hidden")
g.outputs.append(g.dense(y, w2, g.constant([10], "b2", [0.0] * 10), [1, 10], "out"))
m.save("model.tflite")
PY
HALOCLINE=$HALOCLINE command python3 -S - <<'PY' || fail "see above"
import os, re
ends = set()
for mb in (6, 12, 16, 20, 24, 26, 27, 28, 32, 36, 48, 64):
    limit = mb << 20
    pid = os.posix_spawn(os.environ["HALOCLINE"], ["halocline", "compile", "model.tflite", "-q", "--json", "--memory", str(limit)], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                                       (os.POSIX_SPAWN_OPEN, 2, "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)])
    _, status, usage = os.wait4(pid, 0)
    code, said, resident = os.waitstatus_to_exitcode(status), open("stderr").read(), usage.ru_maxrss * 1024
    assert code in (0, 3), (mb, code, said)
    assert code == 0 or re.search(r"compiling '?.*model.tflite.*--memory", said), (mb, said)
    least = re.search(r"which has .*, takes ([0-9.]+) MB at least, and there are [0-9.]+ \(--memory\)", said)
    assert not least or float(least[1]) * 1e6 + 5e4 > limit and usage.ru_utime + usage.ru_stime < 1, (mb, said)
    # The program itself, with its libraries, takes some 10 MB; a sanitizer much more.
    assert resident <= 1.03 * limit or limit < 16 << 20 or os.environ.get("SANITIZED"), (mb, resident / 1e6)
    ends.add("done" if code == 0 else "refused" if least else "stopped")
assert {"done", "refused"} <= ends or os.environ.get("SANITIZED"), ends
PY

# A proof, too: by a sketch of the layout, or by the model alone. In either case nothing was searched, and the cells of the first
# model are many for its weights.
refused() { # refused MODEL INPUT: within a quarter of what the fastest way takes
    expect 0 "" "$HALOCLINE" prove "$1" "$2" --unsafe-dev-srs --cache cache -o out --threads 1 --no-report -q --json
    local quarter=$(($(json stdout 'd["predicted"]["measured_rss_bytes"]') / 4))
    rm -r out
    expect 3 "takes [0-9.]+ MB (of each )?at least, and (has|there are) [0-9.]+ .--memory" "$HALOCLINE" prove "$1" "$2" --unsafe-dev-srs \
        --cache cache -o out --threads 1 --no-report --memory $quarter
    ! grep -qE "quantise +[0-9.]+ s .*(samples|synthetic)" stderr || fail "scales were searched before $1 was refused: $(cat stderr)"
    [ ! -e out/proof.bin ] || fail "a proof of $1 within too little memory"
}
if [ -z "${SANITIZED:-}" ]; then # whose own memory would be in the quarter
    refused "$SOURCE/tests/conformance/zoo/resnet_tiny/model.tflite" "$SOURCE/tests/conformance/zoo/resnet_tiny/input.npy"
    python3 -c 'import npy; npy.save("input.npy", [((37 * i) % 200 - 100) / 100 for i in range(1600)], (1, 1600))'
    refused model.tflite input.npy
    # What lays nothing out takes less.
    expect 3 "takes [0-9.]+ MB at least, and there are 24[.]0" "$HALOCLINE" compile model.tflite -q --memory 24000000
    expect 0 "class" "$HALOCLINE" run model.tflite input.npy -q --memory 24000000
fi
