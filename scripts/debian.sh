# A Debian 12 of its own for scripts that root runs: sourced after lib.sh, never run.
#
#   if [ "${1:-}" != --inside ]; then in_own_debian ARGUMENT...; exit; fi     runs the script again: --inside ROOT ARGUMENT...
#   root=$2; make_debian "$root"; mount_system "$root"; inside "$root" COMMAND...

# Mounts and processes of the new system end with it, and its files.
in_own_debian() {
    [ "$(id -u)" = 0 ] || die "a Debian of its own cannot be made by user '$(id -un)', expected root"
    need_packages debootstrap
    own_root=$(mktemp -d)
    trap 'rm -rf --one-file-system "$own_root"' EXIT
    unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$own_root" "$@"
}

# make_debian ROOT [SUITE [PACKAGE,...]]: bookworm, which is Debian 12, unless another is named
# HALOCLINE_DEBIAN=URL   the mirror (default: http://deb.debian.org/debian)
make_debian() {
    local root=$1 suite=${2:-bookworm}
    mkdir -p "$root"
    chmod 755 "$root"
    debootstrap --variant=minbase ${3:+"--include=$3"} "$suite" "$root" "${HALOCLINE_DEBIAN:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
        die "debootstrap: $(tail -n 3 "$root.log")"
    rm "$root.log"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
}

mount_system() {
    local folder
    for folder in proc dev sys; do mount --rbind "/$folder" "$1/$folder"; done
}

# inside ROOT COMMAND...: with an environment of its own
inside() {
    local root=$1
    shift
    chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
