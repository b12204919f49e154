/*
 * completion.h - shell completions for pdlab's command line, from the same tables as the parser
 * and --help: options, knobs, targets, presets.
 */
#pragma once

#include "option_table.h"

#include <stdio.h>

/* Writes completions for "bash", "zsh" or "fish". False: `shell` is none of these. The caller
 * checks `out` for write errors. */
bool completion_print(const char *shell, FILE *out);

/* ---- for the files completion_*.c ------------------------------------------------------------ */

enum completion_kind {
    COMPLETE_NOTHING, /* a free value */
    COMPLETE_WORDS,   /* the words of struct completion */
    COMPLETE_TARGETS, /* targets and variants, separated by commas */
    COMPLETE_PRESETS, /* embedded presets and files */
    COMPLETE_DEVICES,
    COMPLETE_FILE,
    COMPLETE_FOLDER, /* a folder, or one of the words of struct completion */
    COMPLETE_KNOBS,  /* KNOB=... */
    COMPLETION_KINDS
};

/* A flag of the command line: an option, or a knob. */
struct completion {
    char flag[OPTION_FLAG_SIZE]; /* without its dashes */
    unsigned commands;           /* COMMAND_BITs */
    const char *help;            /* one sentence, with its full stop */
    bool value;                  /* takes a value */
    enum completion_kind kind;
    char words[160]; /* separated by blanks */
};

/* Fills *flag with flag number `index`; false past the last. A name may occur twice, for different
 * commands. */
bool completion_flag(size_t index, struct completion *flag);

/* Writes the words for a kind other than COMPLETE_WORDS, separated by blanks: names of targets,
 * embedded presets, devices or knobs. "" for files and folders. */
void completion_words(enum completion_kind kind, char *text, size_t size);

/* Write the topics and commands of --help, and the commands alone. */
void completion_topics(char *text, size_t size);
void completion_commands(char *text, size_t size);

/* Whether file names follow the command. */
bool completion_takes_files(enum command command);

void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);
void completion_print_fish(FILE *out);
