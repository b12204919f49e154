# shellcheck shell=bash disable=SC2034,SC2154
# The user's set-up, without a screen. Part of run.sh.

mkdir -p "$XDG_CONFIG_HOME/pdlab"
setup=$XDG_CONFIG_HOME/pdlab/setup.json
recording=$folder/one.rec

echo '{"schema":"pdlab.setup/1","theme":"light","fps":5,"plain":true}' >"$setup"
check "set-up: its schema" fits "$setup" pdlab.setup.1
succeeds "set-up" replay "$recording"
check "set-up: read in silence" silent stderr

# A broken set-up: a message, the defaults, and the file stays as it is.
for broken in '{"schema":"pdlab.setup/1","fps":99}' '{"schema":"pdlab.set' '' '[]'; do
    printf '%s' "$broken" >"$setup"
    succeeds "broken set-up '$broken'" replay "$recording"
    check "broken set-up '$broken': one line" one_line
    check "broken set-up '$broken': says which" says "setup.json"
    check "broken set-up '$broken': stays" [ "$(cat "$setup")" = "$broken" ]
done
check "set-up's schema does not take anything" \
    eval "! python3 -c 'import jsonschema' 2>/dev/null || ! fits '$folder/one.json' pdlab.setup.1"

# Scripted commands do not depend on it.
printf '{"schema":"pdlab.set' >"$setup"
run run --quick --out none --targets cpu_graph
check "run does not read the set-up" silent stderr
echo '{"schema":"pdlab.setup/1","device":"cuda:9"}' >"$setup"
succeeds "run does not heed the set-up's device" run --quick --out none --targets cpu_graph --json -
rm -f "$setup"
