/*
 * completion_fish.c - completions for fish: one line per flag, with the commands that take it.
 */
#include "completion.h"

#define LIST_ROOM 4096u

static void print_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

/* Prints the arguments of fish's `complete` that describe the flag's value. */
static void print_value(FILE *out, const struct completion *flag)
{
    static const struct {
        const char *before, *after;
    } texts[COMPLETION_KINDS] = {
        [COMPLETE_NOTHING] = {.before = " -x", .after = ""},
        [COMPLETE_WORDS] = {.before = " -x -a '", .after = "'"},
        [COMPLETE_TARGETS] = {.before = " -x -a '(__pdlab_list ", .after = ")'"},
        [COMPLETE_PRESETS] = {.before = " -r -F -a '", .after = " (__pdlab_own)'"},
        [COMPLETE_DEVICES] = {.before = " -x -a '", .after = "'"},
        [COMPLETE_KNOBS] = {.before = " -x -a '(string replace -r \"$\" = ", .after = ")'"},
        [COMPLETE_FILE] = {.before = " -r -F", .after = ""},
        [COMPLETE_FOLDER] = {.before = " -x -a '", .after = " (__fish_complete_directories)'"},
    };
    char words[LIST_ROOM];
    completion_words(flag->kind, words, sizeof words);
    fprintf(out, "%s%s%s", texts[flag->kind].before, flag->words[0] ? flag->words : words,
            texts[flag->kind].after);
}

/* Prints "__pdlab_of run sweep", which is true if the command line has one of these commands. */
static void print_condition(FILE *out, unsigned commands)
{
    fprintf(out, "complete -c pdlab -n '__pdlab_of");
    for (int command = 0; command < (int)COMMAND_WORDS; command++)
        if (commands >> command & 1)
            fprintf(out, " %s",
                    command == COMMAND_EXPLORE ? "explore" : command_table[command].word);
    fprintf(out, "'");
}

static void print_functions(FILE *out, const char *commands)
{
    fprintf(out,
            "# fish completion for pdlab, made by `pdlab --help fish`.\n"
            "function __pdlab_of\n"
            "    set -l typed (commandline -opc)\n"
            "    set -l command explore\n"
            "    contains -- \"$typed[2]\" %s; and set command $typed[2]\n"
            "    contains -- $command $argv\nend\n"
            "function __pdlab_first\n"
            "    test (count (commandline -opc)) -eq 1\nend\n"
            "function __pdlab_helps\n"
            "    set -l typed (commandline -opc)\n"
            "    contains -- \"$typed[-1]\" --help help\nend\n"
            "function __pdlab_list\n"
            "    set -l before (commandline -ct | string replace -rf '^(--[a-z]+=)?(.*,)?[^,]*$' "
            "'$2')\n"
            "    string replace -r '^' -- \"$before\" $argv\nend\n"
            "function __pdlab_own\n"
            "    set -l folder $XDG_CONFIG_HOME\n"
            "    test -n \"$folder\"; or set folder ~/.config\n"
            "    for file in $folder/pdlab/presets/*.json\n"
            "        basename $file .json\n    end\nend\n",
            commands);
}

void completion_print_fish(FILE *out)
{
    char words[LIST_ROOM];
    struct completion flag;
    completion_commands(words, sizeof words);
    print_functions(out, words);
    fprintf(out, "complete -c pdlab -f\n");
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++) {
        fprintf(out, "complete -c pdlab -n __pdlab_first -a %s -d ", command_table[command].word);
        print_quoted(out, command_table[command].help);
        fprintf(out, "\n");
        if (completion_takes_files((enum command)command)) {
            print_condition(out, 1u << command);
            fprintf(out, " -F\n");
        }
    }
    fprintf(out,
            "complete -c pdlab -n __pdlab_first -a help -d 'Help, in general or on a topic.'\n");
    for (size_t i = 0; completion_flag(i, &flag); i++) {
        print_condition(out, flag.commands);
        fprintf(out, " -l %s", flag.flag);
        if (flag.value)
            print_value(out, &flag);
        fprintf(out, " -d ");
        print_quoted(out, flag.help);
        fprintf(out, "\n");
    }
    completion_topics(words, sizeof words);
    fprintf(out, "complete -c pdlab -n __pdlab_helps -a '%s'\n", words);
    fprintf(out, "complete -c pdlab -l help -d 'Help, in general or on a topic.'\n");
    fprintf(out, "complete -c pdlab -l version -d 'The version.'\n");
}
