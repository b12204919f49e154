/*
 * options_private.h - the parser of the command line as its own files see it. Private to the
 * parser.
 *
 *     options.c          the arguments, in their order
 *     options_words.c    commands and topics of help, by their words
 *     options_values.c   an option's value is taken
 *     options_settle.c   knobs are resolved by rank
 *     options_check.c    what no single option can tell
 */
#ifndef SRC_OPTIONS_PRIVATE_H
#define SRC_OPTIONS_PRIVATE_H

#include "option_table.h"

#define QUOTED_ROOM 80 /* of what a message quotes */

/* How far parsing is. */
struct parser {
    char **argv;
    int count; /* of argv */
    int at;    /* the current argument */
    struct options *options;
    const char *preset; /* as named; NULL if none was */
    bool quick;
    struct error *error;
};

/* ---- options_words.c ------------------------------------------------------------------------- */

/* "run"; "the explorer" */
const char *options_command_name(enum command command);

/* The command of that word, COMMAND_WORDS if there is none. */
enum command options_find_command(const char *word);

/* Says that the word is no command, and the nearest one. False. */
bool options_refuse_command(const char *word, struct error *error);

/* Looks for --help and --version in any place; whatever else is wrong does not matter then. False:
 * parser->error, there is no help on what was named. */
bool options_parse_help(struct parser *parser, bool *found);

/* ---- options_values.c ------------------------------------------------------------------------ */

/* Takes the option, with the value that it has if it takes one. False: parser->error. */
bool options_take_value(const struct option_info *option, const char *value, struct parser *parser);

/* Takes a knob's value, given by its flag. False: parser->error. */
bool options_take_knob(enum knob_id id, const char *flag, const char *text, struct parser *parser);

/* ---- options_settle.c ------------------------------------------------------------------------ */

/* Puts environment, preset, QUICK and the command's own defaults below the flags, and decides what
 * ends a measurement. False: parser->error. */
bool options_settle_knobs(struct parser *parser);

/* ---- options_check.c ------------------------------------------------------------------------- */

/* Whether the options fit together. False: *error. */
bool options_check(const struct options *options, struct error *error);

#endif
