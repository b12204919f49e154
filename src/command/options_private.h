/*
 * options_private.h - internals of the command line parser. Private to the parser.
 *
 *     options.c          the arguments, in order
 *     options_words.c    commands and topics of help, by name
 *     options_values.c   stores an option's value
 *     options_settle.c   resolves knobs by precedence
 *     options_check.c    checks combinations of options
 */
#pragma once

#include "option_table.h"

#define QUOTED_ROOM 80 /* for a quotation in a message */

/* The state of parsing. */
struct parser {
    char **argv;
    int count; /* number of arguments */
    int at;    /* the current argument */
    struct options *options;
    struct error *error;
};

/* ---- options_words.c ------------------------------------------------------------------------- */

/* "run"; "the explorer" */
const char *options_command_name(enum command command);

/* Returns the command of that name; COMMAND_WORDS if there is none. */
enum command options_find_command(const char *word);

/* Reports that the word is not a command, and suggests the nearest. Returns false. */
bool options_refuse_command(const char *word, struct error *error);

/* Looks for --help and --version in any position, before anything else is checked. False:
 * parser->error, there is no help on that topic. */
bool options_parse_help(struct parser *parser, bool *found);

/* ---- options_values.c ------------------------------------------------------------------------ */

/* Stores the option, with its value if it takes one. False: parser->error. */
bool options_take_value(const struct option_info *option, const char *value, struct parser *parser);

/* Stores a knob's value from its flag. False: parser->error. */
bool options_take_knob(enum knob_id id, const char *flag, const char *text, struct parser *parser);

/* Stores a value of --model or PDLAB_MODEL. It is either a value of the knob MODEL, or a folder,
 * which sets MODEL to checkpoint. */
void options_take_model(struct parser *parser, const char *value, enum knob_source source);

/* ---- options_settle.c ------------------------------------------------------------------------ */

/* Sets the knobs that no flag sets from the environment, the preset, QUICK or the command's
 * defaults, and decides what ends a measurement. False: parser->error. */
bool options_settle_knobs(struct parser *parser);

/* ---- options_check.c ------------------------------------------------------------------------- */

/* Checks combinations of options. False: *error. */
bool options_check(const struct options *options, struct error *error);
