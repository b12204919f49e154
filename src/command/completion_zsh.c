/*
 * completion_zsh.c - completions for zsh, using its _arguments.
 */
#include "completion.h"

#define LIST_ROOM 4096u

/* Prints text inside single quotes. Escapes brackets and colons, which have a meaning in
 * _arguments. */
static void print_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void print_value(FILE *out, const struct completion *flag)
{
    static const char *const texts[COMPLETION_KINDS] = {
        [COMPLETE_NOTHING] = ":value: ",
        [COMPLETE_TARGETS] = ":targets:_pdlab_targets",
        [COMPLETE_PRESETS] = ":preset:_pdlab_presets",
        [COMPLETE_DEVICES] = ":device:_pdlab_devices",
        [COMPLETE_FILE] = ":file:_files",
        [COMPLETE_FOLDER] = ":folder:_files -/",
        [COMPLETE_KNOBS] = ":knob:_pdlab_knobs",
    };
    if (flag->kind == COMPLETE_WORDS)
        fprintf(out, ":value:(%s)", flag->words);
    else if (flag->words[0])
        fprintf(out, ":model:{compadd -- %s; _files -/}", flag->words);
    else
        fputs(texts[flag->kind], out);
}

static void print_flags_of(FILE *out, int command)
{
    struct completion flag;
    char topics[LIST_ROOM];
    for (size_t i = 0; completion_flag(i, &flag); i++) {
        if (!(flag.commands >> command & 1))
            continue;
        fprintf(out, "            '%s--%s%s[", flag.kind == COMPLETE_KNOBS ? "*" : "", flag.flag,
                flag.value ? "=" : "");
        print_quoted(out, flag.help);
        fprintf(out, "]");
        if (flag.value)
            print_value(out, &flag);
        fprintf(out, "' \\\n");
    }
    completion_topics(topics, sizeof topics);
    fprintf(out, "            '--help[Help, in general or on a topic.]::topic:(%s)' \\\n", topics);
    fprintf(out, "            '--version[The version.]'");
}

static void print_command(FILE *out, int command)
{
    if (command == COMMAND_EXPLORE)
        fprintf(out, "    (*)\n        _arguments -S \\\n");
    else
        fprintf(out, "    (%s)\n        shift words; ((CURRENT--))\n        _arguments -S \\\n",
                command_table[command].word);
    print_flags_of(out, command);
    if (command == COMMAND_EXPLORE)
        fprintf(out, " \\\n            '1:command:_pdlab_commands'");
    else if (completion_takes_files((enum command)command))
        fprintf(out, " \\\n            '*:file:_files'");
    fprintf(out, "\n        ;;\n");
}

static void print_commands(FILE *out)
{
    fprintf(out, "_pdlab_commands() {\n    local -a commands=(\n");
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++) {
        fprintf(out, "        '%s:", command_table[command].word);
        print_quoted(out, command_table[command].help);
        fprintf(out, "'\n");
    }
    fprintf(out, "        'help:Help, in general or on a topic.'\n    )\n"
                 "    _describe -t commands command commands\n}\n");
}

static void print_lists(FILE *out)
{
    char words[LIST_ROOM];
    completion_words(COMPLETE_TARGETS, words, sizeof words);
    fprintf(out, "_pdlab_targets() {\n    compset -P '*,'\n    compadd -S '' -- %s\n}\n", words);
    completion_words(COMPLETE_PRESETS, words, sizeof words);
    fprintf(out,
            "_pdlab_presets() {\n"
            "    local -a own=(${XDG_CONFIG_HOME:-${HOME-}/.config}/pdlab/presets/*.json(N:t:r))\n"
            "    compadd -- %s $own\n    _files -g '*.json'\n}\n",
            words);
    completion_words(COMPLETE_DEVICES, words, sizeof words);
    fprintf(out, "_pdlab_devices() {\n    compadd -- %s\n}\n", words);
    completion_words(COMPLETE_KNOBS, words, sizeof words);
    fprintf(out, "_pdlab_knobs() {\n    compadd -S '=' -- %s\n}\n", words);
}

void completion_print_zsh(FILE *out)
{
    char topics[LIST_ROOM];
    completion_topics(topics, sizeof topics);
    fprintf(out, "#compdef pdlab\n# zsh completion for pdlab, made by `pdlab --help zsh`.\n");
    print_lists(out);
    print_commands(out);
    fprintf(out, "_pdlab() {\n    local command=''\n    ((CURRENT > 2)) && command=$words[2]\n"
                 "    case $command in\n");
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++)
        print_command(out, command);
    fprintf(out, "    (help)\n        compadd -- %s\n        ;;\n", topics);
    print_command(out, COMMAND_EXPLORE);
    fprintf(out, "    esac\n}\n"
                 "if [[ ${funcstack[1]-} == _pdlab ]]; then\n    _pdlab \"$@\"\n"
                 "elif (( ${+functions[compdef]} )); then\n    compdef _pdlab pdlab\n"
                 "else\n    print -ru2 'pdlab: completions need compinit: run it before this file "
                 "is sourced'\nfi\n");
}
