#!/bin/bash
# Plays scenarios in a terminal emulator (tmux) and checks the screen. A SCENARIO is the name of a file
# tests/screens/SCENARIO.screen; by default all are played. tests/README.md lists their steps.
#
#     tests/screens/run.sh PDLAB [SCENARIO...]
#
# UPDATE=1 rewrites the golden screens instead of comparing them; look at each before you commit it.
# PATIENCE=N waits at most N seconds for an expected text (60). pdlab runs in an interactive shell,
# which records pdlab's exit status and the terminal's settings before and after. pdlab sees neither the
# caller's environment nor the user's files.
set -u
export LC_ALL=C.UTF-8

binary=$(realpath -- "${1:?usage: run.sh PDLAB [SCENARIO...]}") || exit 2
shift
cd "$(dirname "$0")/../.." || exit 2
folder=tests/screens
work=$(mktemp -d) || exit 2
patience=${PATIENCE:-60}
update=${UPDATE:-}

tm() {
    TMUX_TMPDIR=$work command tmux -u -L "pdlab-$$" -f "$work/tmux.conf" "$@" 2>>"$work/tmux.log"
}

finish() {
    tm kill-server
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

cat >"$work/tmux.conf" <<'CONF'
set -g status off
set -g escape-time 0
set -g remain-on-exit on
set -g default-terminal tmux-256color
set -g set-clipboard on
CONF

# Functions for the shell in the terminal.
cat >"$work/shellrc" <<'SHELL'
PS1='$ '
lab() {
    rm -f "$NOTES/status"
    stty -g >"$NOTES/before"
    sh -c 'echo $$ >"$NOTES/pid"; [ -z "$LIMIT" ] || ulimit $LIMIT; exec "$PDLAB" "$@"' lab "$@"
    lab_left $?
}
lab_resume() {
    rm -f "$NOTES/status"
    fg >/dev/null
    lab_left $?
}
lab_left() {
    stty -g >"$NOTES/after"
    echo "$1" >"$NOTES/status.new"
    mv "$NOTES/status.new" "$NOTES/status"
}
SHELL

# Not every system has xterm-16color and putty in its database; the system's own entries take
# precedence.
tic -x -o "$work/terminfo" "$folder/terminals.ti" 2>"$work/tic.log" || cat "$work/tic.log"

# ---- conditions ----------------------------------------------------------------------------------

screen() {
    tm capture-pane -p -t lab
}

screen_with_colours() {
    tm capture-pane -e -p -t lab
}

shows() {
    screen | grep -qF -- "$1"
}

not() {
    ! "$@"
}

matches() {
    screen | grep -qE -- "$1"
}

# eventually COMMAND...: whether the command succeeds within $patience seconds.
eventually() {
    local end=$((SECONDS + patience + 1))
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# now COMMAND...: whether the command succeeds within a second; the current frame may need that time.
now() {
    local patience=1
    eventually "$@"
}

# holds SECONDS COMMAND...: runs the command again and again for SECONDS; whether it always succeeds.
holds() {
    local end=$((SECONDS + $1 + 1))
    shift
    while [ $SECONDS -lt $end ]; do
        "$@" || return 1
        sleep 0.1
    done
}

# fail REASON: sets the reason why the step failed, and returns failure.
fail() {
    reason=$1
    return 1
}

pid() {
    cat "$work/pid"
}

# ---- the steps -----------------------------------------------------------------------------------

step_env() {
    environment+=("$@")
}

step_limit() {
    environment+=("LIMIT=$*")
}

step_start() {
    local columns=${1%x*} rows=${1#*x}
    shift
    tm kill-session -t lab
    rm -f "$work"/{pid,status,before,after}
    tm new-session -d -s lab -x "$columns" -y "$rows" env -i PATH="$PATH" HOME="$work/home" \
        TERM=tmux-256color LC_ALL=C.UTF-8 NOTES="$work" TMPDIR="$work/temporary" ENV="$work/shellrc" PDLAB="$binary" \
        TERMINFO_DIRS="/etc/terminfo:/lib/terminfo:/usr/share/terminfo:$work/terminfo" \
        "${sanitizers[@]}" "${environment[@]}" sh -i
    eventually shows '$' || fail "the shell did not start" || return
    tm send-keys -t lab -l "lab $*"
    tm send-keys -t lab Enter
    eventually [ -s "$work/pid" ] || fail "pdlab did not start"
}

# Escapes a semicolon at the end, which would end tmux's command.
step_type() {
    local text=$*
    tm send-keys -t lab -l -- "${text/%;/\\;}"
}

# bytes TEXT: sends the text, with printf's escapes, at once, like a terminal.
step_bytes() {
    step_type "$(printf '%b' "$*")"
}

# paste TEXT: pastes the text as the terminal does: in brackets if pdlab has enabled them.
step_paste() {
    tm set-buffer -b text -- "$(printf '%b' "$*")"
    tm paste-buffer -p -r -b text -t lab
}

# Keys by tmux's names (Up, C-c, Enter, F1) or as single characters.
step_keys() {
    local key
    for key in "$@"; do
        if [ ${#key} -eq 1 ]; then
            step_type "$key"
        else
            tm send-keys -t lab -- "$key"
            # Esc and a key in quick succession would be Alt with that key.
            [ "$key" != Escape ] || sleep 0.1
        fi
    done
}

# Finds TEXT on the screen: sets column and row, from 1.
locate() {
    local line
    row=0
    while IFS= read -r line; do
        row=$((row + 1))
        [[ $line == *"$1"* ]] || continue
        line=${line%%"$1"*}
        column=$((${#line} + 1))
        return 0
    done < <(screen)
    return 1
}

# Waits until TEXT is on the screen, and locates it.
find_text() {
    eventually locate "$1" || fail "is not on the screen"
}

mouse_flags() {
    tm display-message -p -t lab '#{mouse_standard_flag}#{mouse_sgr_flag}'
}

# report BUTTON COLUMN ROW [old]: sends a mouse report, if pdlab has enabled them: in the SGR form, or
# in the form of old terminals.
report() {
    local byte bytes=''
    [ "$(mouse_flags)" = 11 ] || fail "pdlab has not enabled the mouse" || return
    if [ "${4:-}" = old ]; then
        for byte in $(($1 + 32)) $(($2 + 32)) $(($3 + 32)); do
            bytes+=$(printf '\\%03o' "$byte")
        done
        tm send-keys -t lab -l -- $'\e[M'"$(printf '%b' "$bytes")"
    else
        tm send-keys -t lab -l -- $'\e'"[<$1;$2;$3M"$'\e'"[<$1;$2;$3m"
    fi
}

step_click() {
    local column row
    find_text "$*" && report 0 $column $row
}

step_old_click() {
    local column row
    find_text "$*" && report 0 $column $row old
}

# wheel up|down TEXT
step_wheel() {
    local column row button=65
    [ "$1" = down ] || button=64
    shift
    find_text "$*" && report $button $column $row
}

# mouse FLAGS: whether reports are enabled, and in the SGR form (11, 10, 00).
step_mouse() {
    eventually looks_as mouse_flags "$1" || fail "the flags are $(mouse_flags)"
}

step_wait() {
    eventually shows "$*" || fail "does not appear"
}

step_gone() {
    eventually not shows "$*" || fail "does not disappear"
}

step_match() {
    eventually matches "$*" || fail "nothing matches"
}

step_contains() {
    now shows "$*" || fail "is not on the screen"
}

step_lacks() {
    now not shows "$*" || fail "is on the screen"
}

# looks_as COMMAND TEXT: whether the command, such as screen, prints the text.
looks_as() {
    [ "$("$1")" = "$2" ]
}

step_moves() {
    eventually not looks_as screen "$(screen)" || fail "the screen does not change"
}

rests() {
    holds 1 looks_as screen "$(screen)"
}

# Waits for content that loads gradually, such as recordings beside live variants.
step_settles() {
    eventually rests || fail "the screen does not stop changing"
}

step_still() {
    holds "$1" looks_as screen "$(screen)" || fail "the screen changes"
}

# golden NAME: compares the characters. painted NAME: also compares their colours and attributes.
step_golden() {
    compare screen "$folder/golden/$1.txt"
}

step_painted() {
    compare screen_with_colours "$folder/golden/$1.ansi"
}

# compare LOOK FILE: LOOK is screen or screen_with_colours.
compare() {
    local look=$1 golden=$2
    if [ -n "$update" ] && [ -z "${written[$golden]:-}" ]; then
        mkdir -p "$folder/golden"
        eventually rests || fail "the screen does not stop changing" || return
        "$look" >"$golden"
        written[$golden]=yes # later steps compare with it
        echo "        wrote $golden"
        return
    fi
    [ -e "$golden" ] || fail "$golden does not exist" || return
    eventually looks_as "$look" "$(cat "$golden")" && return
    diff -u --label expected --label found "$golden" <("$look")
    shown=yes
    fail "the screen differs from $golden"
}

step_resize() {
    tm resize-window -t lab -x "${1%x*}" -y "${1#*x}"
}

# Resizes faster than any program can redraw.
step_storm() {
    local size
    for size in 80x24 40x12 200x60 39x11 1x1 100x30 20x5 300x100 41x13 79x23 2x40 132x43 60x10 \
        10x10 120x40 99x25 40x11 250x20 81x24 5x50; do
        step_resize "$size"
    done
}

# signal NAME [THREAD]
step_signal() {
    if [ $# -eq 2 ]; then
        "$(dirname "$binary")/tgkill" "$(pid)" "$2" "$(kill -l "$1")"
    else
        kill -s "$1" "$(pid)"
    fi || fail "no such process or thread"
}

step_status() {
    eventually [ -e "$work/status" ] || fail "pdlab does not end" || return
    [ "$(cat "$work/status")" = "$1" ] || fail "the status is $(cat "$work/status")"
}

# Counts the pdlab processes of this run: processes of other tests have another $NOTES.
processes() {
    local exe count=0
    for exe in /proc/[0-9]*/exe; do
        [ "$(readlink "$exe")" = "$binary" ] && grep -qzxF "NOTES=$work" "${exe%exe}environ" &&
            count=$((count + 1))
    done 2>/dev/null
    echo $count
}

is_alone() {
    [ "$(processes)" = 0 ] && [ -z "$(ls -A "$work/temporary")" ]
}

# Waits until pdlab has ended, without leaving a process or temporary file.
step_alone() {
    eventually [ -e "$work/status" ] || fail "pdlab does not end" || return
    eventually is_alone || fail "left: $(processes) processes, files: $(ls -A "$work/temporary")"
}

step_resume() {
    step_type lab_resume
    step_keys Enter
}

modes_are_sane() {
    [ "$(tm display-message -p -t lab \
        '#{alternate_on}#{cursor_flag}#{mouse_any_flag}#{keypad_flag}#{keypad_cursor_flag}')" = 01000 ]
}

# Checks that the terminal is as before: settings, screen, cursor, mouse and keypad.
step_sane() {
    eventually [ -e "$work/status" ] || fail "pdlab does not end" || return
    diff "$work/before" "$work/after" || fail "stty -g differs" || return
    eventually modes_are_sane || fail "the alternate screen, cursor, mouse or keypad is not restored"
}

# The shell may have read the settings before the keeper restored them, so the shell reads them again.
step_restored() {
    settings_are_restored() {
        rm -f "$work/looked"
        step_type 'stty -g >"$NOTES/after"; touch "$NOTES/looked"'
        step_keys C-j
        eventually [ -e "$work/looked" ] && cmp -s "$work/before" "$work/after"
    }
    eventually settings_are_restored || fail "stty -g differs"
}

colours() {
    screen_with_colours | grep -qE $'\e\\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]'
}

# copied TEXT: checks that the clipboard, set by OSC 52, contains TEXT. tmux keeps the clipboard as its
# newest buffer.
step_copied() {
    has_copied() {
        tm show-buffer | grep -qF -- "$1"
    }
    eventually has_copied "$1" || fail "the clipboard has: $(tm show-buffer)"
}

step_coloured() {
    eventually colours || fail "there is no colour"
}

step_colourless() {
    now not colours || fail "there is colour"
}

# has_lines N OPTION... PATTERN: whether grep finds N lines of the screen; sets found to their number.
has_lines() {
    found=$(screen | grep -c "${@:2}")
    [ "$found" -eq "$1" ]
}

# count N TEXT: checks that N lines of the screen contain TEXT.
step_count() {
    local found
    now has_lines "$1" -F -- "${*:2}" || fail "$found lines contain it"
}

step_lines() {
    local found
    now has_lines "$1" '[^[:space:]]' || fail "$found lines are not blank"
}

# ---- playing a scenario --------------------------------------------------------------------------

play() {
    local number=0 line words
    environment=()
    rm -rf "$work/home/.config" # no scenario inherits the previous scenario's set-up
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        line=${line//\$LAST_KNOB/$last_knob}
        read -ra words <<<"$line"
        case ${words[0]:-#} in '#'*) continue ;; esac
        reason="no such step" shown=
        if ! declare -F "step_${words[0]}" >/dev/null || ! "step_${words[0]}" "${words[@]:1}"; then
            echo "  FAIL  $1:$number: $line: $reason"
            [ "$shown" ] || screen | sed 's/^/        |/'
            return 1
        fi
    done <"$1"
}

sanitizers=()
for name in ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS; do
    [ -z "${!name:-}" ] || sanitizers+=("$name=${!name}")
done

mkdir "$work/home" "$work/temporary"
# Measures the peaks once for all scenarios, which do not see the user's cache.
HOME="$work/home" XDG_CACHE_HOME= "$binary" doctor --device cpu >"$work/doctor" ||
    cat "$work/doctor"
# Keeps tmux's server alive between scenarios.
tm new-session -d -s keeper cat || {
    cat "$work/tmux.log"
    exit 1
}
if [ $# -gt 0 ]; then
    scenarios=("${@/#/$folder/}")
    scenarios=("${scenarios[@]/%/.screen}")
else
    scenarios=("$folder"/*.screen)
fi
last_knob=$("$binary" --help knob-schema | sed -n '$s/^ *"\([A-Z0-9_]*\)".*/\1/p')
declare -A written
passed=0 failed=0
for scenario in "${scenarios[@]}"; do
    if play "$scenario"; then
        echo "  PASS  $(basename "$scenario" .screen)"
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "screens: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
