# shellcheck shell=bash disable=SC2034,SC2154
# The manual page and the completions that pdlab prints. Part of run.sh, which has check, run, prints.
# Whatever shell or formatter is not installed is left out, which is said.

with() { # with PROGRAM: whether it is here
    command -v "$1" >/dev/null && return
    echo "skip  $1 is not installed: what it would say of the manual or the completions is not known"
    return 1
}

not() {
    ! "$@"
}

for topic in man bash zsh fish; do
    run --help $topic
    check "--help $topic: status" is 0
    check "--help $topic: stderr" silent stderr
    cp stdout "pdlab.$topic"
done
refused 2 "there is help on keys, knobs, man, bash, zsh, fish, run" --help tcsh
full --help man
full --help bash

# ---- the manual page -------------------------------------------------------------------------

for word in '\-\-until\-stable' '\-\-max\-capture\-seq' cpu_persistent attention_decode 'Ctrl\-Z' \
    launch\\-overhead 'EXIT STATUS'; do
    check "man: has $word" grep -qF -- "$word" pdlab.man
done
check "man: hides what fails on purpose" bash -c '! grep -qE "fault_|\\bfault\\b" pdlab.man'
if with mandoc; then
    mandoc -T lint -W warning pdlab.man >warnings 2>&1
    check "man: mandoc finds nothing" silent warnings
fi
if with man; then
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l pdlab.man >page 2>warnings
    check "man: man warns of nothing" silent warnings
    check "man: a page" grep -q '^EXIT STATUS' page
fi

# ---- bash ------------------------------------------------------------------------------------

# offers LINE WORD...: what bash completes at the line's end has these, each a line of its own; a
# word after '!' it has not.
offers() {
    local line=$1 word
    shift
    bash --norc --noprofile -c 'source ./pdlab.bash || exit 1
        complete -p pdlab >/dev/null || exit 1
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
        _pdlab 2>&1
        printf "%s\n" "${COMPREPLY[@]}"' bash "$line" >offered
    for word; do
        if [ "${word#!}" != "$word" ]; then
            ! grep -qxF -- "${word#!}" offered || return 1
        else
            grep -qxF -- "$word" offered || return 1
        fi
    done
}
mkdir -p "$XDG_CONFIG_HOME/pdlab/presets"
: >"$XDG_CONFIG_HOME/pdlab/presets/of-mine.json"
: >'a file.json'
check "bash: commands" offers "pdlab " run replay help "!--ascii"
check "bash: the explorer's options" offers "pdlab --" --ascii --block-k --help "!--csv"
check "bash: a command's options" offers "pdlab run --" --csv --block-k --json "!--ascii"
check "bash: options begin so" offers "pdlab run --js" --json "!--csv"
check "bash: knobs of verify" offers "pdlab verify --s" --seq-len --step-sync
check "bash: a knob's values" offers "pdlab --step-sync " auto flag grid
check "bash: a knob's values, begun" offers "pdlab run --step-sync fl" flag "!grid"
check "bash: a switch of a knob" offers "pdlab run --chain=" on off
check "bash: targets" offers "pdlab run --targets " persistent_decode cpu_graph "!cpu_fault_lost"
check "bash: targets after a comma" offers "pdlab run --targets cpu_graph,cpu_p" \
    cpu_graph,cpu_persistent "!cpu_graph,cpu_graph"
check "bash: presets, and one's own" offers "pdlab --preset " launch-overhead of-mine "a file.json"
check "bash: devices, where bash breaks words at a colon" offers "pdlab --device cuda:" 0 1
check "bash: knobs to vary" offers "pdlab sweep --vary SEQ" SEQ_LEN=
check "bash: files" offers "pdlab replay a" "a file.json"
check "bash: the file of an option, after =" offers "pdlab run --json=a" "a file.json"
check "bash: list's --json takes none" offers "pdlab list --json " --markdown "!a file.json"
check "bash: topics" offers "pdlab help " keys man sweep
check "bash: nothing where nothing is known" offers "pdlab run --duration " "" "!--csv"
rm -f 'a file.json' "$XDG_CONFIG_HOME/pdlab/presets/of-mine.json"

# ---- zsh, fish -------------------------------------------------------------------------------

if with zsh; then
    check "zsh: its syntax" zsh -f -n pdlab.zsh
    # shellcheck disable=SC2016 # for zsh
    check "zsh: it is taken for pdlab" zsh -f -c 'autoload -Uz compinit && compinit -u -D
        source ./pdlab.zsh && [[ $_comps[pdlab] == _pdlab ]]'
fi
if with fish; then
    check "fish: its syntax" fish --no-config -n pdlab.fish
    offered_by_fish() { # offered_by_fish LINE WORD
        fish --no-config -c "source ./pdlab.fish; complete -C '$1'" 2>/dev/null | cut -f 1 |
            grep -qxF -- "$2"
    }
    check "fish: commands" offered_by_fish "pdlab r" replay
    check "fish: a command's options" offered_by_fish "pdlab run --js" --json
    check "fish: a knob's values" offered_by_fish "pdlab verify --step-sync " flag
    check "fish: targets after a comma" offered_by_fish "pdlab run --targets cpu_graph,cpu_p" \
        cpu_graph,cpu_persistent
    check "fish: not another command's" not offered_by_fish "pdlab list --c" --csv
fi

# ---- make install ----------------------------------------------------------------------------

# The Makefile's own list of what goes where; a bundle has none.
if [ -f "$makefile" ] && command -v make >/dev/null; then
    env -u MAKEFLAGS -u MAKELEVEL make -s -C "$(dirname "$makefile")" -o all install DESTDIR="$folder/root" PREFIX=/usr \
        BUILD="$(dirname "$pdlab")" >stdout 2>stderr
    status=$?
    check "make install: status" is 0
    for file in bin/pdlab share/man/man1/pdlab.1 share/bash-completion/completions/pdlab \
        share/zsh/site-functions/_pdlab share/fish/vendor_completions.d/pdlab.fish; do
        check "make install: $file" [ -s "root/usr/$file" ]
    done
    check "make install: the manual" cmp -s root/usr/share/man/man1/pdlab.1 pdlab.man
    rm -rf root
fi
