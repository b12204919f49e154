#!/bin/bash
# Takes screenshots of pdlab, in xterm on a virtual X server. `make screenshots` calls this script.
#
#     screenshots/make.sh PDLAB
set -euo pipefail

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

# The server picks a free display and prints its number. -noreset: without it, the server restarts when
# its last client leaves, and the next client may find no server.
mkfifo "$work/display"
Xvfb -noreset -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
server=$!
read -r display <"$work/display"
export DISPLAY=:$display

# picture NAME SIZE STEPS ARGUMENT...: starts pdlab in a terminal of that size, carries out the steps,
# saves the screen as screenshots/NAME.png, and quits. A step is a key by xdotool's name, or a pause:
# 2.5s.
picture() {
    local name=$1 size=$2 steps=$3 step
    shift 3
    env -u NO_COLOR LC_ALL=C.UTF-8 TERM=xterm-256color HOME="$work" \
        xterm -geometry "$size+0+0" -fa 'DejaVu Sans Mono' -fs 11 -bg '#101418' -fg '#d8dee6' \
        -b 6 +sb -tn xterm-256color -title pdlab -e "$pdlab" "$@" &
    terminal=$!
    window=$(xdotool search --sync --onlyvisible --pid "$terminal" | tail -n 1)
    xdotool windowfocus --sync "$window"
    for step in $steps; do
        case $step in
        [0-9]*s) sleep "${step%s}" ;;
        *) xdotool key "$step" && sleep 0.5 ;;
        esac
    done
    import -window "$window" -strip "screenshots/$name.png"
    xdotool key q
    wait "$terminal" || true
    terminal=''
    echo "  screenshots/$name.png"
}

h200=presets/recordings/h200

# Variants that run on this machine. The first pause is long enough to measure and verify all of them.
picture live-120x40 120x40 "5s"
picture live-busy-120x40 120x40 "3s j 2s b"
picture live-80x24 80x24 "4s"
# One row per second: the heat map names the knobs that changed.
picture heat-120x40 120x40 "3s j 4s bracketright 3s bracketleft 4s"
# From the start to a verdict.
picture compare-120x40 120x40 "4s j space j space 2 5s"

# Recordings, which look the same on any machine.
picture recording-120x40 120x40 "1s" replay tests/screens/recording.json
picture help-120x40 120x40 "1s question" replay tests/screens/recording.json
picture setup-120x40 120x40 "1s shift+s" replay tests/screens/recording.json
picture h200-120x40 120x40 "1s j j j j 1s" replay $h200/right-sized-small.json
picture compare-h200-120x40 120x40 "1s space j space j space j j space 2 2s" \
    replay $h200/right-sized-medium.json
picture timeline-h200-120x40 120x40 "1s j 3 1s" replay $h200/prefill-shaped.json
picture timeline-two-h200-120x40 120x40 "1s space j j space 3 1s" replay $h200/right-sized-small.json
picture ladder-h200-120x40 120x40 "1s 4 1s" replay $h200/attention-b8-8192.json
picture ladder-model-h200-120x40 120x40 "1s 4 1s" replay $h200/model-llama-1b.json
picture sweep-h200-120x40 120x40 "1s j j Return 5 1s" replay $h200/step-sync.json
# For a projector.
picture big-light-100x30 100x30 "1s j j j j j b b b shift+b 1s" \
    replay --theme light $h200/right-sized-small.json
picture demo-120x40 120x40 "1s n 1s" demo burst
