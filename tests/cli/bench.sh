#!/usr/bin/env bash
# The benchmarks' figures in text and as JSON, at sizes that take no time; bad and too large requests.
. "$SOURCE/tests/cli/lib.sh" || exit 2

for kind in msm ntt eval linear srs; do
    for k in 1 8; do
        expect 0 "cycles per field multiplication" "$HALOCLINE" bench $kind --log-n $k --repeat 1 --threads 2
        grep -q "2^$k, .*GB/s" stdout || fail "no figures for $kind 2^$k"
        expect 0 "" "$HALOCLINE" bench $kind --log-n $k --repeat 1 --json
        cp stdout out.json
        for key in median_s best_s ghz mul_cycles vpmadd52_per_cycle products_per_cycle mul_limit_cycles log_n threads; do
            json out.json "all(r['$key'] >= 0 for r in d.get('results', [d]))" | grep -q True ||
                fail "no $key in the results of $kind"
        done
        json out.json "all(r['median_s'] > 0 and r['log_n'] == $k for r in d.get('results', [d]))" |
            grep -q True || fail "results of $kind"
    done
    expect 2 "bad --log-n '0'" "$HALOCLINE" bench $kind --log-n 0
    expect 2 "bad --log-n '29'" "$HALOCLINE" bench $kind --log-n 29
    expect 2 "bad --repeat '0'" "$HALOCLINE" bench $kind --repeat 0
    expect 2 "unexpected argument 'more'" "$HALOCLINE" bench $kind more
    expect 3 "cannot allocate .* of the memory budget" "$HALOCLINE" bench $kind --log-n 27 --memory 1G
done
for k in 5 8; do
    expect 0 "^coset .* CPU time .* of a plain one's" "$HALOCLINE" bench coset --log-n $k --repeat 1 --threads 2
    expect 0 "" "$HALOCLINE" bench coset --log-n $k --repeat 1 --json
    cp stdout out.json
    json out.json "[r['bench'] for r in d['results']] == ['plain', 'coset'] and all(r['cpu_ratio'] > 0 and r['log_n'] == $k for r in d['results'])" |
        grep -q True || fail "results of coset"
done
expect 2 "equal modulo 2 rows" "$HALOCLINE" bench coset --log-n 1 --repeat 1
expect 3 "cannot allocate .* of the memory budget" "$HALOCLINE" bench coset --log-n 25 --memory 1G
expect 0 "" "$HALOCLINE" bench eval --log-n 7 --repeat 1
for row in evaluation division prefix-product recurrence gates; do
    grep -q "^$row .*cycles per element" stdout || fail "no $row"
done
expect 0 "" "$HALOCLINE" bench linear --log-n 7 --repeat 1
for row in combine evaluate read; do
    [ "$(grep -c "^$row .*ns per cell" stdout)" = 4 ] || fail "not four widths of $row"
done
expect 0 "gemv .*products per cycle" "$HALOCLINE" bench gemm --repeat 1
expect 0 "10-bit signed scalars" "$HALOCLINE" bench msm --log-n 8 --bits 10 --signed --runs 3 --repeat 1
expect 2 "bad --bits '0'" "$HALOCLINE" bench msm --bits 0
expect 2 "bad --bits '255'" "$HALOCLINE" bench msm --bits 255
expect 2 "unknown command 'halocline bench fft'" "$HALOCLINE" bench fft
expect 0 "^mul_vec " "$HALOCLINE" bench field
expect 0 "" "$HALOCLINE" bench field --json
cp stdout out.json
json out.json "d['ghz'] > 0 and d['kernel'] != '' and all(r['cycles'] > 0 for r in d['results'])" | grep -q True ||
    fail "field figures"
# Without lanes the limit is that of whole words: no figure may be missing.
for kernel in portable adx; do
    HALOCLINE_CPU=$kernel "$HALOCLINE" bench ntt --log-n 3 --repeat 1 >adx.out 2>&1 || continue # not on this machine
    grep -q "^$kernel, " adx.out || fail "no $kernel kernel"
    ! grep -q "multiplier alone: 0" adx.out || fail "no limit with $kernel"
done

# What a calibration finds is kept, and predictions are scaled by it; what is no calibration is said and left alone.
export HALOCLINE_CACHE=$work/speeds
digits=$SOURCE/examples/digits/model.tflite
seconds() { # of the phases of one rank: constraints, commit quotient, coefficients
    expect 0 "" "$HALOCLINE" plan "$digits" -q --json --ranks 1 --node cores=1,memory=8G
    json stdout '[p["seconds"] for n in ("quotient: constraints", "commit quotient", "coefficients") for p in d["plans"][0]["phases"] if p["name"] == n] + [d["calibrated"]]'
}
[[ $(seconds) == *False\] ]] || fail "calibrated by nobody"
expect 0 "field multiplications [0-9.]+, multi-scalar multiplications [0-9.]+, transforms [0-9.]+; kept" "$HALOCLINE" bench calibrate --log-n 10 --repeat 1
file=$(echo speeds/calibration-*.json)
[ "$(json "$file" 'd["format"], d["version"], sorted(d["factors"])')" = "('halocline-calibration', 1, ['field', 'msm', 'ntt'])" ] || fail "$(cat "$file")"
factors() { # factors FIELD MSM NTT
    sed -i -E "s/(\"field\": ).*,/\1$1,/; s/(\"msm\": ).*,/\1$2,/; s/(\"ntt\": ).*/\1$3/" "$file"
}
factors 1.0 1.0 1.0
seconds >one
factors 2.0 3.0 5.0
seconds >more
python3 -c '
one, more = (eval(open(f).read()) for f in ("one", "more"))
assert one[3] and more[3] and [round(b / a) for a, b in zip(one[:3], more[:3])] == [2, 3, 5], (one, more)' || fail "$(cat one more)"
factors 2.0 0.0 5.0
expect 0 "not calibrated: .* has no factor .msm." "$HALOCLINE" plan "$digits" -q --ranks 1
echo "{" >"$file"
expect 0 "not calibrated: .*calibration-" "$HALOCLINE" plan "$digits" -q --ranks 1
expect 3 "no cache to keep a calibration in" env -u HALOCLINE_CACHE -u XDG_CACHE_HOME -u HOME "$HALOCLINE" bench calibrate --log-n 8 --repeat 1
