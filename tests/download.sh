#!/bin/bash
# Tests the archive of `make dist` in a root folder that contains only the unpacked archive and glibc:
# no other libraries, no terminfo, no shell. The test is skipped with a message if this user may not
# create such a root.
#
#     tests/download.sh ARCHIVE PTY       PTY: build/pty
set -u

archive=$1 pty=$(realpath "$2")
name=$(basename "$archive" .tar.gz)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root

# Runs a command in the root folder, with the system's /proc, /dev and /sys. The mounts disappear with
# the namespace.
export ROOT=$root
user=(--map-root-user)
[ "$(id -u)" -ne 0 ] || user=()
# shellcheck disable=SC2016
inside=(unshare "${user[@]}" --mount sh -c 'for folder in proc dev sys; do
        mount --rbind "/$folder" "$ROOT/$folder" || exit 125; done
    exec env -i TERM=xterm-256color HOME=/tmp PATH=/none LANG=C.UTF-8 \
        "$(command -v chroot)" "$ROOT" "$@"' sh)

mkdir -p "$root"/{proc,dev,sys,tmp}
tar -C "$root" -xzf "$archive" || exit 1
program=$root/$name/pdlab
for library in $(ldd "$program" | grep -o '/[^ ]*/\(ld-linux[^ ]*\|libc\.so[^ ]*\|libm\.so[^ ]*\|libpthread[^ ]*\|libdl[^ ]*\|librt[^ ]*\)'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done

if ! reason=$("${inside[@]}" "/$name/pdlab" --version 2>&1 >/dev/null); then
    case $reason in
    *unshare* | *mount* | chroot:*"not permitted"*)
        echo "download: skipped: this user may not make a root folder of its own (${reason%%$'\n'*})"
        exit 0
        ;;
    esac
fi

status=0
# check WHAT PATTERN ARGUMENT...: whether pdlab exits with 0 and prints a match.
check() {
    local what=$1 pattern=$2
    shift 2
    if "${inside[@]}" "/$name/pdlab" "$@" >"$work/out" 2>&1 </dev/null && grep -q -- "$pattern" "$work/out"; then
        echo "  PASS  $what"
    else
        echo "  FAIL  $what"
        tail -n 20 "$work/out"
        status=1
    fi
}
check "pdlab --version" '^compiler: ' --version
check "pdlab run" 'cpu_per_token' run --quick --targets cpu_per_token --out none
check "pdlab list" 'persistent_decode_cuda' list
check "pdlab demo: the embedded recordings" 'launches' demo --check launches
check "pdlab --help man" '^.TH PDLAB 1' --help man

# SIGTERM ends the explorer after it has drawn a frame.
timeout 30 "$pty" storm cpu_persistent 15 "${inside[@]}" "/$name/pdlab" >"$work/out" 2>&1 </dev/null
ended=$?
if [ $ended -eq 143 ]; then
    echo "  PASS  the explorer, under TERM=xterm-256color"
else
    echo "  FAIL  the explorer ended with status $ended, not 143, under TERM=xterm-256color"
    tail -n 20 "$work/out"
    status=1
fi
[ $status -eq 0 ] && echo "download: $name runs in a root folder of its own"
exit $status
