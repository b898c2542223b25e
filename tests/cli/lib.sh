# Shared by the scripts of this folder. Each runs in an empty folder of its own with
#   HALOCLINE  the program          SOURCE  the source tree          MPIRUN  mpirun with local flags
# and fails at the first thing that is not as expected.
set -euo pipefail
work=$(mktemp -d)
cleanup() { rm -rf "$work"; }
trap cleanup EXIT
cd "$work"
V=$SOURCE/tests/vectors/halo2
export PYTHONPATH=$SOURCE/tests/support PYTHONDONTWRITEBYTECODE=1
exit_code() { sed -nE "s/^HCL_EXIT\($1, ([0-9]+), .*/\1/p" "$SOURCE/common/sys/exit_codes.def"; }
false_claim=$(exit_code HCL_FALSE_CLAIM)
# The standard library and tests/support are all that a test may use: -S hides what else is installed.
python3() { command python3 -S "$@"; }

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    [ ! -s stderr ] || sed 's/^/  stderr: /' stderr | head -n 20 >&2
    exit 1
}

# expect CODE PATTERN COMMAND...: the command ends with CODE and PATTERN (grep -E) is in what it says; "" for
# no pattern. A death by signal is never what is expected.
expect() {
    local code=$1 pattern=$2 got=0
    shift 2
    "$@" >stdout 2>stderr || got=$?
    [ "$got" = "$code" ] || fail "exit code $got instead of $code: $*"
    [ -z "$pattern" ] || grep -qE -- "$pattern" stdout stderr || fail "'$pattern' not said by: $*"
    [ "$code" = 0 ] || [ -s stderr ] || [ -s stdout ] || fail "no message from: $*"
}

# json FILE EXPRESSION: Python expression over the parsed file `d`
json() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# change FILE OFFSET XOR_MASK: copy of FILE with one byte changed, to stdout
change() {
    python3 -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[int(sys.argv[2])] ^= int(sys.argv[3], 0); sys.stdout.buffer.write(b)' "$@"
}
# bytes FILE EXPRESSION: bytes expression over the file's bytes `b`, to stdout
bytes() {
    python3 -c 'import sys; b = open(sys.argv[1], "rb").read(); sys.stdout.buffer.write(eval(sys.argv[2]))' "$@"
}
# disk_memory PROVE...: bytes of --memory with which this proof fits with --scratch DIR only: half way between the least with a disk
# and the least without, which depend on the machine's kernels
disk_memory() {
    local least=() disk
    for disk in "--scratch ." ""; do
        # shellcheck disable=SC2086
        expect 3 "takes [0-9]+ MB of each at least, and has 50 .--memory." "$@" --memory 50000000 $disk
        least+=("$(sed -nE 's/.*takes ([0-9]+) MB.*/\1/p' stderr)")
    done
    [ "${least[0]}" -lt $((least[1] - 5)) ] || fail "at least ${least[0]} MB with a disk, ${least[1]} without"
    echo $(((least[0] + least[1]) * 500000))
}
no_leftovers() { # no_leftovers FOLDER: nothing with a temporary name
    [ -z "$(find "$1" -name '*tmp-*' 2>/dev/null)" ] || fail "temporary files left in $1: $(ls "$1")"
}
