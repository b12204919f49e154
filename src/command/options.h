/*
 * options.h - the parsed and checked command line, with the knobs resolved by precedence (flag
 * over environment over preset over default).
 */
#pragma once

#include "../document/demo.h"
#include "../harness/sweep.h"

enum command {
    COMMAND_EXPLORE, /* no command: the explorer, or without a terminal the report */
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

/* Themes of the explorer: see ui/terminal/theme.h. */
enum theme_name { THEME_DEFAULT, THEME_LIGHT, THEME_HIGH_CONTRAST, THEME_MONO, THEME_COUNT };

struct options {
    enum command command;
    const char *help_topic;           /* with COMMAND_HELP: "" or one of help_topics; else NULL */
    enum command help_of;             /* with COMMAND_HELP: the command to explain */
    const char *targets;              /* as given, separated by commas; NULL: the preset's */
    const char *device;               /* "cpu", "cuda:0"; NULL: the best available */
    const char *output;               /* verify: a path, or NULL */
    const char *model;                /* folder of a checkpoint, or NULL */
    const char *out;                  /* folder for artifacts, "none"; NULL: the default */
    const char *json, *csv, *record;  /* paths, NULL if not given */
    bool markdown, json_flag;         /* flags of list, verify, doctor and compare */
    bool all;                         /* list: hidden variants too */
    const char *against;              /* path of another pdlab, or NULL */
    const char *expect;               /* run: a path, or NULL */
    const char *expect_write;         /* run: a path, or NULL */
    uint64_t duration_ns;             /* run: per variant; 0: no limit */
    uint32_t repeats;                 /* run, sweep: processes per variant; 0: not given */
    bool until_stable;                /* run: measure until medians are known to EVIDENCE_AIM */
    bool process_stable;              /* run: a process ends once its median is stable */
    bool has_order_seed;              /* run, sweep: `order_seed` was given */
    uint32_t order_seed;              /* seed of the order in each round */
    bool profile;                     /* run */
    bool no_telemetry;                /* explorer, run, sweep */
    bool noise;                       /* doctor */
    bool force;                       /* compare: allow different workloads */
    const char *vary[SWEEP_AXES + 1]; /* sweep: as given, NULL-ended */
    const char *shard, *resume;       /* sweep: as given, or NULL */
    bool ascii, plain, no_mouse;
    bool restore; /* restore the last explorer's state */
    enum color_choice color;
    bool has_theme; /* `theme` was given */
    enum theme_name theme;
    uint32_t fps;                 /* 0: not given */
    const char *preferred_device; /* the set-up's device (user_setup.h), if the user named none;
                                     or NULL */
    char **files;                 /* compare, replay, demo: NULL-ended, within argv */
    const struct demo *demo;      /* the demo of files[0], once it is read; borrowed */
    bool check;                   /* demo: only validate the files */
    bool quick;                   /* run, sweep: --quick, or QUICK in the environment */
    const char *preset_name;      /* as given, or NULL */
    struct preset preset; /* the named one; else PRESET_DEFAULT, or empty if targets are given */
    struct knob_settings settings;
};

/* Parses argv and the environment. False: *error is one sentence. *options borrows its strings from
 * argv, whose file names are moved to the front, as getopt does. */
bool options_parse(int argc, char **argv, struct options *options, struct error *error);

/* "default", "light" ... in the form of --theme. */
extern const char *const theme_words[THEME_COUNT + 1]; /* NULL-ended */

/* Prints help for a command, or the knobs, completions or version, generated from the tables.
 * The front end handles the topics "keys" and "man". */
void options_help(const struct options *options);
