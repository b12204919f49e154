/*
 * completion_bash.c - completions for bash. The script splits the line into words like the
 * shell, but not at bash's word breaks, which would split "cuda:0" and "--json=FILE".
 *
 * The script runs in the user's own shell, which may have any options: failglob, nullglob, set -e,
 * set -u. So it expands no pattern to file names, assigns each variable before reading it, and
 * tests whatever may fail.
 */
#include "completion.h"

#include <string.h>

#define LIST_ROOM 4096u

static const char head[] =
    "# bash completion for pdlab, made by `pdlab --help bash`.\n"
    "_pdlab() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} option='' prefix='' words='' kind=words\n"
    "    local IFS=$' \\t\\n' list=('') command='' last=0 value='' breaks='' whole='' cut=''\n"
    "    local i=0 c='' quote='' within=''\n"
    "    COMPREPLY=()\n"
    "    for ((i = 0; i < ${#line}; i++)); do\n"
    "        c=${line:i:1}\n"
    "        if [[ ! $quote && $c == [[:space:]] ]]; then\n"
    "            [[ ! $within ]] || last=$((last + 1)) list[last]=''\n"
    "            within=''\n"
    "            continue\n"
    "        fi\n"
    "        within=1\n"
    "        if [[ $quote && $c == \"$quote\" ]]; then\n"
    "            quote=''\n"
    "        elif [[ ! $quote && $c == [\\\"\\'] ]]; then\n"
    "            quote=$c\n"
    "        elif [[ $c == \\\\ && $quote != \\' ]]; then\n"
    "            i=$((i + 1)) list[last]+=${line:i:1}\n"
    "        else\n"
    "            list[last]+=$c\n"
    "        fi\n"
    "    done\n"
    "    value=${list[last]}\n"
    "    if [[ $value == --*=* ]]; then\n"
    "        option=${value%%=*} prefix=${value%%=*}= value=${value#*=}\n"
    "    elif ((last > 1)) && [[ ${list[last - 1]} == --* || ${list[last - 1]} == help ]]; then\n"
    "        option=${list[last - 1]}\n"
    "    fi\n";

static const char tail[] =
    "    case $kind in\n"
    "    files) mapfile -t COMPREPLY < <(compgen -f -- \"$value\") ;;\n"
    "    folders)\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$value\" || :\n"
    "            compgen -d -- \"$value\")\n"
    "        ;;\n"
    "    presets)\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$value\" || :\n"
    "            _pdlab_own \"$value\"\n"
    "            compgen -f -X '!*.json' -- \"$value\" || :\n"
    "            compgen -d -- \"$value\")\n"
    "        ;;\n"
    "    list)\n"
    "        [[ $value != *,* ]] || prefix+=${value%,*},\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${value##*,}\")\n"
    "        ;;\n"
    "    knobs) mapfile -t COMPREPLY < <(compgen -S = -W \"$words\" -- \"$value\") ;;\n"
    "    words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$value\") ;;\n"
    "    esac\n"
    "    case $kind in\n"
    "    files | folders | presets) compopt -o filenames 2>/dev/null || : ;;\n"
    "    list | knobs) compopt -o nospace 2>/dev/null || : ;;\n"
    "    esac\n"
    "    # bash replaces only what follows the last of these.\n"
    "    breaks=${COMP_WORDBREAKS-} breaks=${breaks//[^:=]/}\n"
    "    whole=${list[last]}\n"
    "    [[ ! $breaks ]] || cut=${whole%\"${whole##*[\"$breaks\"]}\"}\n"
    "    for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do\n"
    "        COMPREPLY[i]=$prefix${COMPREPLY[i]}\n"
    "        COMPREPLY[i]=${COMPREPLY[i]#\"$cut\"}\n"
    "    done\n"
    "}\n"
    "# The user's own presets that begin so.\n"
    "_pdlab_own() {\n"
    "    local folder=${XDG_CONFIG_HOME:-${HOME-}/.config}/pdlab/presets file=''\n"
    "    (cd -- \"$folder\" >/dev/null && compgen -f -X '!*.json' -- \"$1\") 2>/dev/null |\n"
    "        while read -r file; do printf '%s\\n' \"${file%.json}\"; done || :\n"
    "}\n"
    "complete -F _pdlab pdlab\n";

/* Prints the pattern of a bash case: "run:--json | sweep:--json". */
static void print_pattern(FILE *out, const struct completion *flag)
{
    const char *joint = "";
    for (int command = 0; command < (int)COMMAND_WORDS; command++) {
        if (!(flag->commands >> command & 1))
            continue;
        fprintf(out, "%s%s:--%s", joint, command_table[command].word, flag->flag);
        joint = " | ";
    }
}

static void print_values(FILE *out)
{
    static const char *const kinds[COMPLETION_KINDS] = {
        [COMPLETE_NOTHING] = "nothing", [COMPLETE_WORDS] = "words",   [COMPLETE_TARGETS] = "list",
        [COMPLETE_PRESETS] = "presets", [COMPLETE_DEVICES] = "words", [COMPLETE_FILE] = "files",
        [COMPLETE_FOLDER] = "folders",  [COMPLETE_KNOBS] = "knobs",
    };
    struct completion flag;
    char words[LIST_ROOM];
    fprintf(out, "    case $command:$option in\n");
    for (size_t i = 0; completion_flag(i, &flag); i++) {
        if (!flag.value)
            continue;
        completion_words(flag.kind, words, sizeof words);
        fprintf(out, "    ");
        print_pattern(out, &flag);
        fprintf(out, ") kind=%s words='%s' ;;\n", kinds[flag.kind],
                flag.words[0] ? flag.words : words);
    }
    completion_topics(words, sizeof words);
    fprintf(out, "    *:--help | *:help) words='%s' ;;\n", words);
    fprintf(out, "    *) option='' ;;\n    esac\n");
}

static void print_flags_of(FILE *out, int command)
{
    struct completion flag;
    for (size_t i = 0; completion_flag(i, &flag); i++)
        if (flag.commands >> command & 1)
            fprintf(out, "--%s ", flag.flag);
    fprintf(out, "--help --version");
}

void completion_print_bash(FILE *out)
{
    char words[LIST_ROOM];
    completion_commands(words, sizeof words);
    fputs(head, out);
    fprintf(out, "    local commands='%s'\n", words);
    fprintf(out, "    ((last <= 1)) || [[ \" $commands \" != *\" ${list[1]} \"* ]] || "
                 "command=${list[1]}\n");
    print_values(out);
    fprintf(out, "    if [[ ! $option ]]; then\n        case $command in\n");
    for (int command = 0; command < (int)COMMAND_WORDS; command++) {
        fprintf(out, "        '%s')\n            words='", command_table[command].word);
        print_flags_of(out, command);
        fprintf(out, "'\n");
        if (completion_takes_files((enum command)command))
            fprintf(out, "            [[ $value == -* ]] || kind=files\n");
        if (command == COMMAND_EXPLORE)
            fprintf(out, "            ((last != 1)) || [[ $value == -* ]] || words=$commands\n");
        fprintf(out, "            ;;\n");
    }
    fprintf(out, "        esac\n    fi\n");
    fputs(tail, out);
}
