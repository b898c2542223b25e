# Shared by the scripts of this folder: sourced, never run.
# Debian 12 package names; another system needs the same things under its own names.

HCL_BUILD_PACKAGES=(build-essential cmake ninja-build pkg-config libopenmpi-dev openmpi-bin libsodium-dev
    libzstd-dev libgmp-dev libhwloc-dev libjansson-dev libflatbuffers-dev flatbuffers-compiler)
HCL_TEST_PACKAGES=(libcmocka-dev clang-format python3 mandoc zsh)
HCL_PACKAGING_PACKAGES=(dpkg-dev file lintian debootstrap)
HCL_SLURM_PACKAGES=(slurm-wlm munge)
HCL_CARGO_AT_LEAST=1.74

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 3; }

# How many jobs: the processors this process may use.
jobs_here() { nproc; }

# need_packages PACKAGE...: install what is missing when root, else name it and stop.
need_packages() {
    local missing=() package
    command -v dpkg-query >/dev/null || { say "no dpkg here: assuming the packages are present"; return 0; }
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        die "these packages are missing: ${missing[*]}
Ask an administrator for: apt-get install ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# True if version $1 >= $2.
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Cargo new enough for the interop crate. Debian 12 ships 1.65, which is not.
need_cargo() {
    [ -x "$HOME/.cargo/bin/cargo" ] && PATH="$HOME/.cargo/bin:$PATH"
    local have
    have=$(cargo --version 2>/dev/null | awk '{print $2}') || true
    if [ -z "$have" ] || ! version_at_least "$have" "$HCL_CARGO_AT_LEAST"; then
        die "the interop tests run the real halo2 and need cargo >= $HCL_CARGO_AT_LEAST; found: ${have:-none}
Debian's own rustc is too old. Get a current one with rustup, as the user who runs the tests:
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
or run the tests without them: scripts/test --no-interop"
    fi
}

# npx, for the test that makes .ptau files with the real snarkjs. NodeSource's nodejs brings it, Debian's npm does.
need_npx() {
    command -v npx >/dev/null || need_packages npm
}

configure_and_build() { # configure_and_build BUILD_FOLDER [cmake options]
    local build=$1
    shift
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@"
    cmake --build "$build" -j "$(jobs_here)"
}

# Flags for a local mpirun: more ranks than cores are fine, and root needs to say so.
mpirun_flags() {
    local flags="--oversubscribe --bind-to none"
    [ "$(id -u)" -ne 0 ] || flags="--allow-run-as-root $flags"
    echo "$flags"
}
