#!/usr/bin/env bash
# A disk that is full, a folder that is read-only: a message that names file and reason, nothing that was there lost, nothing half, and
# where the proof does not need it a proof all the same. The disks are mounted, for which the test has to be root; an ordinary user's
# folder is read-only by its mode.
. "$SOURCE/tests/cli/lib.sh" || exit 2
digits=$SOURCE/examples/digits
model=$digits/model.tflite input=$digits/input.npy
export HALOCLINE_CACHE=$work/cache
mkdir disk
cleanup() {
    ! mountpoint -q "$work/disk" || umount "$work/disk"
    chmod -R u+w "$work"
    rm -rf "$work"
}
prove() { "$HALOCLINE" prove "$model" "$input" --unsafe-dev-srs -q --no-report --seed 3 "$@"; }
compile() { "$HALOCLINE" compile "$model" -q --visibility weights=public "$@"; }
expect 0 "" prove -o whole
same() { cmp out/proof.bin whole/proof.bin || fail "other bytes with $1"; rm -r out; }
# refused FOLDER PATTERN COMMAND...: with 3, and no file beside those that were there
refused() {
    local before
    before=$(find "$1" -type f | sort)
    expect 3 "${@:2}"
    [ "$(find "$1" -type f | sort)" = "$before" ] || fail "left in $1: $(find "$1" -type f)"
    no_leftovers "$1"
}

if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k none disk 2>/dev/null; then
    full="No space left on device"
    refused disk "cannot write 'disk/c[.](json|bin)': $full" compile -o disk/c.json
    refused disk "cannot write 'disk/x.srs': $full" "$HALOCLINE" srs create -k 12 --unsafe-dev-srs -q -o disk/x.srs
    # What a proof can do without.
    expect 0 "warning: no checkpoint of round 'quotient', the earlier one stays: .*disk/kept/pieces-.*$full" \
        prove -o out --checkpoint disk/kept --checkpoint-every-round
    [ ! -e disk/kept ] || fail "a finished proof leaves $(ls disk/kept)"
    same "a full disk for checkpoints"
    HALOCLINE_CACHE=$work/disk/cache expect 0 "warning: SRS not kept: cannot write .*disk/cache/.*: $full" prove -o out --visibility weights=public
    [ "$(find disk -name '*.srs')" = "" ] || fail "a part of an SRS is kept"
    rm -r out disk/cache
    # An earlier file stays as it was.
    echo earlier >disk/vk.hcl
    head -c 61440 /dev/zero >disk/fill 2>/dev/null || true
    refused disk "cannot write 'disk/vk.hcl': $full" "$HALOCLINE" keygen "$model" --unsafe-dev-srs -q -o disk/vk.hcl
    [ "$(cat disk/vk.hcl)" = earlier ] || fail "the earlier key is lost"
    refused disk "disk/out/.*: $full" prove -o disk/out
    refused disk "cannot write 'disk/status.json': $full" prove -o none --status disk/status.json
    refused disk "disk/kept/checkpoint.hcl': $full" prove -o none --checkpoint disk/kept
    # The seed that hides weights cannot be done without, and it is no matter of memory.
    HALOCLINE_CACHE=$work/disk/cache refused disk "^halocline: cannot write '.*disk/cache/weight.seed': $full" prove -o none
    rm disk/fill
    mnist=$SOURCE/tests/conformance/mnist
    large=("$HALOCLINE" prove "$mnist/model.tflite" "$mnist/input0.npy" --unsafe-dev-srs --lanes 4 --k 15 -q -o none)
    memory=$(disk_memory "${large[@]}")
    expect 3 "no room for a file of [0-9]+ MB in the scratch folder 'disk'" "${large[@]}" --memory "$memory" --scratch disk
    [ -z "$(find disk -type f ! -name vk.hcl)" ] || fail "left: $(ls disk)"
    mount -o remount,ro disk
    why="Read-only file system"
else
    echo "skipped: full disks; mounting small ones takes root"
    echo earlier >disk/vk.hcl
    chmod 555 disk
    why="Permission denied"
fi

# Read-only.
refused disk "disk/c[.](json|bin).*: $why" compile -o disk/c.json
refused disk "disk/new.*: $why" "$HALOCLINE" keygen "$model" --unsafe-dev-srs -q -o disk/new.hcl
refused disk "disk/out.*: $why" prove -o disk/out2
refused disk "disk/status.json.*: $why" prove -o none --status disk/status.json
refused disk "disk/kept2.*: $why" prove -o none --checkpoint disk/kept2
refused disk "cannot make a scratch file in 'disk': $why" prove -o none --scratch disk
HALOCLINE_CACHE=$work/disk/cache2 expect 0 "warning: no cache: cannot make the folder .*: $why" prove -o out --visibility weights=public
rm -r out
[ "$(cat disk/vk.hcl)" = earlier ] || fail "the earlier key is lost"
[ ! -e none/proof.bin ] || fail "a proof that was refused"
