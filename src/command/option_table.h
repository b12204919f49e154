/*
 * option_table.h - the options of the command line: the parser, "did you mean" and --help all
 * use these rows and the table of knobs.
 */
#pragma once

#include "options.h"

enum option_kind {
    OPTION_TEXT,   /* a const char * of struct options */
    OPTION_SWITCH, /* a bool of struct options; takes no value */
    OPTION_COLOR,
    OPTION_THEME,
    OPTION_FPS,
    OPTION_MODEL,
    OPTION_VARY,
    OPTION_DURATION,
    OPTION_REPEATS,
    OPTION_ORDER_SEED,
};

#define COMMAND_BIT(command) (1u << (command))

struct option_info {
    const char *name;     /* "json", without its dashes */
    const char *argument; /* "FILE|-"; NULL: it takes no value */
    unsigned commands;    /* COMMAND_BITs of its commands; a name may have several rows */
    enum option_kind kind;
    size_t field; /* offset in struct options, of OPTION_TEXT and OPTION_SWITCH */
    const char *help;
};

extern const struct option_info option_table[]; /* ends with a NULL name */

struct command_info {
    const char *word; /* "run"; "" for the explorer */
    const char *usage;
    const char *help;
};

/* Indexed by enum command. Only commands up to COMMAND_DEMO have a word on the command line. */
#define COMMAND_WORDS (COMMAND_DEMO + 1)
extern const struct command_info command_table[COMMAND_WORDS];

/* Examples to try first, for --help. */
struct command_example {
    const char *command, *help;
};
extern const struct command_example command_examples[]; /* ends with a NULL command */

/* A topic of --help other than a command. */
struct help_topic {
    const char *word;
    const char *help;
};
extern const struct help_topic help_topics[]; /* ends with a NULL word */

/* Returns the COMMAND_BITs of the commands that take the knob's flag. */
unsigned option_knob_commands(enum knob_id id);

/* Returns the knob's value if nothing sets it. */
int64_t option_knob_default(enum knob_id id, enum command command);

/* Writes the knob's flag without its dashes: "block-k". */
void option_knob_flag(enum knob_id id, char *flag, size_t size);

#define OPTION_FLAG_SIZE    48u
#define OPTION_FPS_MOST     60
#define OPTION_REPEATS_MOST SWEEP_REPEATS
