/*
 * completion.h - what a shell may offer while a command line of pdlab is typed, from the same
 * tables as the parser and --help: options, knobs, targets, presets.
 */
#ifndef SRC_COMPLETION_H
#define SRC_COMPLETION_H

#include "option_table.h"

#include <stdio.h>

/* Writes completions for "bash", "zsh" or "fish". False: it is none of these. Errors of writing are
 * left in the stream. */
bool completion_print(const char *shell, FILE *out);

/* ---- for the files completion_*.c ------------------------------------------------------------ */

enum completion_kind {
    COMPLETE_NOTHING, /* a value that nobody can guess */
    COMPLETE_WORDS,   /* of struct completion */
    COMPLETE_TARGETS, /* targets and variants, separated by commas */
    COMPLETE_PRESETS, /* and files */
    COMPLETE_DEVICES,
    COMPLETE_FILE,
    COMPLETE_FOLDER,
    COMPLETE_KNOBS, /* KNOB=... */
    COMPLETION_KINDS
};

/* A flag of the command line: an option, or a knob. */
struct completion {
    char flag[OPTION_FLAG_SIZE]; /* without its dashes */
    unsigned commands;           /* COMMAND_BITs */
    const char *help;            /* one sentence, with its full stop */
    bool value;                  /* it takes one */
    enum completion_kind kind;
    char words[160]; /* separated by blanks */
};

/* The flag number `index`; false past the last. A name may come twice, of different commands. */
bool completion_flag(size_t index, struct completion *flag);

/* Writes the words that a kind other than COMPLETE_WORDS offers, separated by blanks: names of
 * targets, of the presets that are built in, of devices, of knobs. "" for files and folders. */
void completion_words(enum completion_kind kind, char *text, size_t size);

/* Topics and commands that --help tells of, and the commands alone. */
void completion_topics(char *text, size_t size);
void completion_commands(char *text, size_t size);

/* Whether file names follow the command. */
bool completion_takes_files(enum command command);

void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);
void completion_print_fish(FILE *out);

#endif
