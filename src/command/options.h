/*
 * options.h - the command line: what was asked for, checked, with the knobs resolved by rank (flag
 * over environment over preset over default).
 */
#ifndef SRC_OPTIONS_H
#define SRC_OPTIONS_H

#include "../document/demo.h"
#include "../harness/sweep.h"

enum command {
    COMMAND_EXPLORE, /* no word: the explorer, or the report where there is no terminal */
    COMMAND_RUN,
    COMMAND_LIST,
    COMMAND_VERIFY,
    COMMAND_DOCTOR,
    COMMAND_COMPARE,
    COMMAND_SWEEP,
    COMMAND_REPLAY,
    COMMAND_DEMO,
    COMMAND_HELP,
    COMMAND_VERSION
};

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* How the explorer looks: ui/terminal/theme.h. */
enum theme_name { THEME_DEFAULT, THEME_LIGHT, THEME_HIGH_CONTRAST, THEME_MONO, THEME_COUNT };

struct options {
    enum command command;
    const char *help_topic;           /* with COMMAND_HELP: "" or one of help_topics; else NULL */
    enum command help_of;             /* with COMMAND_HELP: whose help */
    const char *targets;              /* as given, separated by commas; NULL: the preset's */
    const char *device;               /* "cpu", "cuda:0"; NULL: the best there is */
    const char *out;                  /* folder for artifacts, "none"; NULL: the default */
    const char *json, *csv, *record;  /* paths, NULL if not asked for */
    bool markdown, json_flag;         /* of list, verify, doctor and compare */
    bool all;                         /* list: hidden variants too */
    const char *against;              /* path of another pdlab; NULL if there is none */
    const char *expect;               /* run: a path; NULL if not asked for */
    const char *expect_write;         /* run: likewise */
    uint64_t duration_ns;             /* run: of each variant; 0: not limited */
    uint32_t repeats;                 /* run, sweep: processes of each variant; 0: not given */
    bool until_stable;                /* run: until medians are known to EVIDENCE_AIM */
    bool process_stable;              /* run: a process ends when it is stable (measure.h) */
    bool has_order_seed;              /* run, sweep: one was given: `order_seed` */
    uint32_t order_seed;              /* of the order in each round */
    bool profile;                     /* run */
    bool no_telemetry;                /* explorer, run, sweep */
    bool noise;                       /* doctor */
    bool force;                       /* compare: different workloads too */
    const char *vary[SWEEP_AXES + 1]; /* sweep: as given, NULL-ended */
    const char *shard, *resume;       /* sweep: as given; NULL if not */
    bool ascii, plain, no_mouse;
    bool restore; /* the explorer as it was left */
    enum color_choice color;
    bool has_theme; /* one was asked for: `theme` */
    enum theme_name theme;
    int fps;                      /* 0: not asked for */
    const char *preferred_device; /* by the set-up (user_setup.h), where none was named; or NULL */
    char **files;                 /* compare, replay, demo: NULL-ended, within argv */
    const struct demo *demo;      /* that files[0] of `demo` names, once it is read; borrowed */
    bool check;                   /* demo: only say whether the files are right */
    bool has_preset;              /* one was named */
    struct preset preset; /* the named one; else PRESET_DEFAULT, or nothing where targets say all */
    struct knob_settings settings;
};

/* Reads argv and the environment. False: *error is one sentence. The strings of *options stay in
 * argv, whose file names are moved together, as getopt does. */
bool options_parse(int argc, char **argv, struct options *options, struct error *error);

/* "default", "light" ... as --theme takes it. */
const char *theme_word(enum theme_name theme);
extern const char *const theme_words[THEME_COUNT + 1]; /* ended by NULL */

/* Prints help for a command, or the knobs, or completions, or the version, drawn from the tables.
 * The topics "keys" and "man" are not known here: keys belong to the front end. */
void options_help(const struct options *options);

#endif
