#!/bin/bash
# Creates the archive of `make dist`: the program, terminfo entries for machines that have none, the
# manual page, the completions, README and LICENSE.
#
#     .ci/dist.sh PROGRAM ARCHIVE DATE
#
# ARCHIVE is .../NAME.tar.gz with one folder NAME; DATE is the date of its files. The program must need
# no glibc newer than 2.35 (Ubuntu 22.04).
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=.ci/libraries.sh
. "$here/libraries.sh"

program=$1 archive=$2 date=$3
newest_glibc=2.35
name=$(basename "$archive" .tar.gz)
folder=$(dirname "$archive")/$name

rm -rf "$folder" "$archive"
mkdir -p "$folder"
cp "$program" "$folder/pdlab"
copy_libraries "$folder" "$folder/pdlab"
rmdir "$folder/lib" 2>/dev/null || true
check_libraries "$folder" "$folder/pdlab"

shopt -s nullglob
glibc=$(glibc_needed "$folder/pdlab" "$folder"/lib/*)
if [ "$(printf '%s\n' "$glibc" $newest_glibc | sort -V | tail -n 1)" != $newest_glibc ]; then
    echo "dist: the program needs glibc $glibc, but may need at most $newest_glibc: build it on a system with an" \
        "older glibc, such as Ubuntu 22.04. These symbols need $glibc:" >&2
    objdump -T "$folder/pdlab" | grep "GLIBC_$glibc" | awk '{ print "  " $NF }' >&2
    exit 1
fi

# Common terminals. Those in the first line are required; the others come with ncurses-term.
needed='xterm xterm-256color screen screen-256color tmux tmux-256color linux vt100 vt220'
more='ansi rxvt rxvt-unicode rxvt-unicode-256color xterm-color xterm-direct alacritty kitty st
      st-256color konsole konsole-256color gnome gnome-256color vte vte-256color putty putty-256color
      iterm2 ms-terminal mintty cygwin'
for terminal in $needed $more; do
    if infocmp -x "$terminal" >"$folder/entry" 2>/dev/null; then
        tic -x -o "$folder/terminfo" "$folder/entry"
    elif [[ " $needed " == *" $terminal "* ]]; then
        echo "dist: this machine has no terminfo entry for $terminal: install ncurses-bin" >&2
        exit 1
    fi
done
# These terminals ship their own entry, which a machine reached by ssh lacks. They emulate xterm.
for terminal in foot xterm-kitty xterm-ghostty wezterm contour; do
    echo "$terminal|$terminal as xterm-256color, use=xterm-256color,"
done >"$folder/entry"
TERMINFO=$folder/terminfo tic -x -o "$folder/terminfo" "$folder/entry"
rm "$folder/entry"

share=$folder/share
mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" \
    "$share/fish/vendor_completions.d"
"$folder/pdlab" --help man >"$share/man/man1/pdlab.1"
"$folder/pdlab" --help bash >"$share/bash-completion/completions/pdlab"
"$folder/pdlab" --help zsh >"$share/zsh/site-functions/_pdlab"
"$folder/pdlab" --help fish >"$share/fish/vendor_completions.d/pdlab.fish"
cp "$here/../README.md" "$folder"
[ ! -e "$here/../LICENSE" ] || cp "$here/../LICENSE" "$folder"

chmod -R u=rwX,go=rX "$folder"
tar -C "$(dirname "$folder")" --sort=name --owner=0 --group=0 --numeric-owner --mtime="$date" \
    -c "$name" | gzip -9n >"$archive"
echo "dist: $archive, $(du -k "$archive" | cut -f1) KiB, needs glibc $glibc"
