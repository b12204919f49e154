# shellcheck shell=bash disable=SC2034,SC2154
# The explorer in misbehaving terminals (tests/screens/pty.c). run.sh reads this file, and defines what
# is used here.

pty=$(dirname "$pdlab")/pty
export XDG_STATE_HOME=$folder/state

explore() { # explore MODE TEXT ARGUMENT COMMAND...: runs pty with these arguments, and sets status
    TERM=xterm-256color timeout 120 "$pty" "$@" 2>stderr
    status=$?
    : >stdout
}
is_gone() { ! kill -0 "$(cat pid)" 2>/dev/null; }
alone() { [ "$(ls "$XDG_STATE_HOME/pdlab")" = explorer.json ]; }
state_is_complete() { is_json "$XDG_STATE_HOME/pdlab/explorer.json" pdlab.state/1; }

# A terminal that stops reading: every signal still ends the explorer, which saves its state.
for number in 1 2 10 15; do
    rm -rf "$XDG_STATE_HOME"
    explore deaf RUNNING $number "$pdlab"
    expected=$((128 + number))
    [ $number = 2 ] && expected=0
    check "deaf terminal, signal $number: status" is $expected
    check "deaf terminal, signal $number: the state is complete" state_is_complete
    check "deaf terminal, signal $number: no other file is left" alone
done

# Keys without a pause: the explorer still draws frames, and still heeds signals.
rm -rf "$XDG_STATE_HOME"
explore flood RUNNING 3451 "$pdlab"
check "flood of keys: frames, and the status" is 143
check "flood of keys: the state is complete" state_is_complete

# A signal that repeats while the state is saved.
for number in 1 12 15 34; do
    rm -rf "$XDG_STATE_HOME"
    explore storm RUNNING $number "$pdlab"
    check "storm of signal $number: status" is $((128 + number))
    check "storm of signal $number: the state is complete" state_is_complete
    check "storm of signal $number: no other file is left" alone
done

# The terminal of an interactive shell hangs up: the kernel and the shell each send a SIGHUP.
for try in 1 2 3 4; do
    rm -rf "$XDG_STATE_HOME" pid
    explore hangup RUNNING "sh -c 'echo \$\$ >pid; exec \"$pdlab\"'" bash --norc --noprofile -i
    check "hang-up $try: pdlab ends" eventually is_gone
    check "hang-up $try: the state is complete" state_is_complete
    check "hang-up $try: no other file is left" alone
done
unset XDG_STATE_HOME
