#!/bin/bash
# Takes pictures of the real program, in xterm on a virtual X server. `make screenshots` calls it.
#
#     screenshots/make.sh PDLAB
set -eu

pdlab=$(realpath -- "${1:?usage: make.sh PDLAB}")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
server='' terminal=''

finish() {
    [ -z "$terminal" ] || kill "$terminal" 2>/dev/null || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# The server chooses a free display and tells its number.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
server=$!
read -r display <"$work/display"
export DISPLAY=:$display

# open SIZE ARGUMENT...: pdlab in a terminal of that size.
open() {
    local size=$1
    shift
    env -u NO_COLOR LC_ALL=C.UTF-8 TERM=xterm-256color HOME="$work" \
        xterm -geometry "$size+0+0" -fa 'DejaVu Sans Mono' -fs 11 -bg '#101418' -fg '#d8dee6' \
        -b 6 +sb -tn xterm-256color -title pdlab -e "$pdlab" "$@" &
    terminal=$!
    window=$(xdotool search --sync --onlyvisible --pid "$terminal" | tail -n 1)
    xdotool windowfocus --sync "$window"
}

press() {
    xdotool key "$@"
    sleep 0.5
}

# save NAME: the picture, and the end of the terminal.
save() {
    import -window "$window" -strip "screenshots/$1.png"
    press q
    wait "$terminal" || true
    terminal=''
    echo "  screenshots/$1.png"
}

# A lecturer's few seconds: all variants have been measured and verified.
open 120x40
sleep 5
save live-120x40

open 120x40
sleep 3
press j
sleep 2
press b
save live-busy-120x40

open 80x24
sleep 4
save live-80x24

open 120x40 replay tests/screens/recording.json
sleep 1
save recording-120x40

open 120x40 replay tests/screens/recording.json
sleep 1
press question
save help-120x40

# What a GPU did, anywhere.
open 120x40 replay presets/recordings/h100/right-sized-small.json
sleep 1
for _ in 1 2 3 4; do press j; done
sleep 1
save h100-120x40
