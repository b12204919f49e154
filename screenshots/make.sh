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

# The server picks a free display and prints its number.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
server=$!
read -r display <"$work/display"
export DISPLAY=:$display

# open SIZE ARGUMENT...: starts pdlab in a terminal of that size.
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

# save NAME: takes the picture and closes the terminal.
save() {
    import -window "$window" -strip "screenshots/$1.png"
    press q
    wait "$terminal" || true
    terminal=''
    echo "  screenshots/$1.png"
}

# Waits until all variants have been measured and verified, as a lecturer would.
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

# One row per second: the heat map names the knobs that changed.
open 120x40
sleep 3
press j
sleep 4
press bracketright
sleep 3
press bracketleft
sleep 4
save heat-120x40

# Four keys to a verdict, on this machine.
open 120x40
sleep 4
press j space
press j space
press 2
sleep 5
save compare-120x40

open 120x40 replay tests/screens/recording.json
sleep 1
save recording-120x40

open 120x40 replay tests/screens/recording.json
sleep 1
press question
save help-120x40

open 120x40 replay tests/screens/recording.json
sleep 1
press shift+s
sleep 0.5
save setup-120x40

# A GPU's recording, on any machine.
open 120x40 replay presets/recordings/h200/right-sized-small.json
sleep 1
press j j j j
sleep 1
save h200-120x40

open 120x40 replay presets/recordings/h200/right-sized-medium.json
sleep 1
press space j space j space j j space
press 2
sleep 2
save compare-h200-120x40

open 120x40 replay presets/recordings/h200/prefill-shaped.json
sleep 1
press j 3
sleep 1
save timeline-h200-120x40

open 120x40 replay presets/recordings/h200/right-sized-small.json
sleep 1
press space j j space 3
sleep 1
save timeline-two-h200-120x40

open 120x40 replay presets/recordings/h200/attention-b8-8192.json
sleep 1
press 4
sleep 1
save ladder-h200-120x40

open 120x40 replay presets/recordings/h200/model-llama-1b.json
sleep 1
press 4
sleep 1
save ladder-model-h200-120x40

open 120x40 replay presets/recordings/h200/step-sync.json
sleep 1
press j j Return
sleep 0.5
press 5
sleep 1
save sweep-h200-120x40

# For a projector.
open 100x30 replay --theme light presets/recordings/h200/right-sized-small.json
sleep 1
press j j j j j
press b b b shift+b
sleep 1
save big-light-100x30

open 120x40 demo burst
sleep 1
press n
sleep 1
save demo-120x40
