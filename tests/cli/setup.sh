# shellcheck shell=bash disable=SC2034,SC2154
# The user's set-up, in commands without a screen. run.sh reads this file, and defines what is used
# here.

mkdir -p "$XDG_CONFIG_HOME/pdlab"
setup=$XDG_CONFIG_HOME/pdlab/setup.json
recording=$folder/one.rec

echo '{"schema":"pdlab.setup/1","theme":"light","fps":5,"plain":true}' >"$setup"
check "set-up: its schema" fits "$setup" pdlab.setup.1
succeeds "set-up" replay "$recording"
check "set-up: stderr" silent stderr

# A broken set-up: a message, the defaults, and an unchanged file.
for broken in '{"schema":"pdlab.setup/1","fps":99}' '{"schema":"pdlab.set' '' '[]'; do
    printf '%s' "$broken" >"$setup"
    succeeds "broken set-up '$broken'" replay "$recording"
    check "broken set-up '$broken': one line" one_line
    check "broken set-up '$broken': names the file" says "setup.json"
    check "broken set-up '$broken': the file is unchanged" [ "$(cat "$setup")" = "$broken" ]
done
check "the schema of set-ups refuses other documents" misfits "$folder/one.json" pdlab.setup.1

# Other commands do not depend on the set-up.
printf '{"schema":"pdlab.set' >"$setup"
run run --quick --out none --targets cpu_graph
check "run does not read the set-up" silent stderr
echo '{"schema":"pdlab.setup/1","device":"cuda:9"}' >"$setup"
succeeds "run ignores the device of the set-up" run --quick --out none --targets cpu_graph --json -
rm -f "$setup"
