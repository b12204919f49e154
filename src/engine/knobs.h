/*
 * knobs.h - the table of knobs, and conversion of their values from and to text.
 */
#pragma once

#include "../../kernels/lab.h"

/* Marks an unknown value: the run read the knob, or the knob is part of its workload, but the run's
 * document does not name it. Not a valid value of any knob. */
#define KNOB_UNKNOWN INT64_MIN

enum knob_kind { KNOB_INT, KNOB_SET, KNOB_CHOICE, KNOB_SWITCH };

struct knob_info {
    const char *name; /* "SEQ_LEN" */
    enum knob_kind kind;
    bool automatic; /* `auto` is allowed too */
    int64_t initial, least, most, multiple;
    const char *choices; /* words separated by blanks, or NULL */
    const char *unit;    /* "": none */
    const char *help;    /* one sentence, with its full stop */
};

extern const struct knob_info knob_table[KNOB_COUNT];

#define KNOB_CHOICES_MOST 16

/* The words of a KNOB_SET or a KNOB_CHOICE, NULL-terminated. */
struct knob_choices {
    char room[96];
    const char *words[KNOB_CHOICES_MOST + 1];
};

/* Fills *choices for a knob with choices, and returns its words. */
const char *const *knob_split_choices(const struct knob_info *knob, struct knob_choices *choices);

/* The source of a value; later ones take precedence. */
enum knob_source {
    SOURCE_DEFAULT,
    SOURCE_QUICK, /* QUICK=1 or --quick */
    SOURCE_PRESET,
    SOURCE_ENVIRONMENT,
    SOURCE_FLAG,
    SOURCE_SCREEN, /* changed in the explorer */
    SOURCE_COUNT
};

/* Values and their sources. */
struct knob_settings {
    struct knobs knobs;
    enum knob_source source[KNOB_COUNT];
};

/* "default", "QUICK", "preset", "environment", "flag", "screen". */
extern const char *const knob_source_names[SOURCE_COUNT + 1]; /* NULL-terminated */

struct knobs knobs_defaults(void);

/* Sets all defaults. */
void knobs_reset(struct knob_settings *settings);

/* Whether the knobs in `bits` (KNOB_BITs) have equal values. */
bool knobs_equal(const struct knobs *a, const struct knobs *b, uint64_t bits);

/* The knob of that name, KNOB_COUNT if there is none. Takes SEQ_LEN, seq_len and seq-len. */
enum knob_id knob_find(const char *name);

/* The same, but accepts only the spelling of documents and the environment: SEQ_LEN. */
enum knob_id knob_find_exact(const char *name);

/* The name nearest to `name`, for "did you mean"; NULL if none is near. */
const char *knob_nearest(const char *name);

/* Writes the accepted values in words: "1 to 65,536", "16, 32, 64 or 128", "on or off". */
void knob_accepts(enum knob_id id, char *text, size_t size);

/* Parses `text` as a value of the knob. False: *error names the knob, the text and the accepted
 * values. */
bool knob_parse(enum knob_id id, const char *text, int64_t *value, struct error *error);

/* Writes a value in the form that knob_parse reads: "32", "auto", "flag", "on"; or "unknown". */
void knob_format(enum knob_id id, int64_t value, char *text, size_t size);

/* The same for display, with digit groups: "20,000". */
void knob_text(enum knob_id id, int64_t value, char *text, size_t size);

/* Whether `value` is valid for the knob. */
bool knob_valid(enum knob_id id, int64_t value);

/* Returns the value after a key press: up (direction 1) or down (-1). This is the neighbouring
 * choice or, in a wide range, the next rung of a ladder such as 1, 2, 4, 8 … Returns `value` at the
 * end of the range. */
int64_t knob_turn(enum knob_id id, int64_t value, int direction);

/* Sets a knob unless a source with higher precedence has set it. The value must be valid. */
void knob_set(struct knob_settings *settings, enum knob_id id, int64_t value,
              enum knob_source source);

/* Sets the values of --quick (BATCH 2, SEQ_LEN 8, ITERATIONS 20 …), except those that a source of
 * higher precedence has set. */
void knobs_apply_quick(struct knob_settings *settings);
