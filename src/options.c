#include "options.h"

#include "compare.h"
#include "environment.h"
#include "option_table.h"
#include "sweep_folder.h"
#include "text.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUGGESTIONS (KNOB_COUNT + 64)
#define QUOTED_ROOM 80
#define TOPICS_MOST 16

#define SECOND_NS         UINT64_C(1000000000)
#define DURATION_LEAST_NS (SECOND_NS / 1000)
#define DURATION_MOST_NS  (86400 * SECOND_NS)
#define PROCESS_NS        (2 * SECOND_NS) /* for a process of --until-stable, if nothing is said */

/* Where parsing stands. */
struct parser {
    char **argv;
    int count; /* of argv */
    int at;    /* the argument looked at */
    struct options *options;
    const char *preset; /* as named; NULL if none was */
    bool quick;
    struct error *error;
};

const char *option_version(void)
{
    return *PDLAB_GIT_REVISION ? "pdlab " PDLAB_VERSION " (" PDLAB_GIT_REVISION ")"
                               : "pdlab " PDLAB_VERSION;
}

const char *option_date(void)
{
    return PDLAB_DATE;
}

static const char *command_name(enum command command)
{
    return command == COMMAND_EXPLORE ? "the explorer" : command_table[command].word;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* The words of all commands, in their order; then `last`, if it is not NULL. */
static void gather_commands(const char *words[COMMAND_WORDS + 1], const char *last)
{
    size_t count = 0;
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++)
        words[count++] = command_table[command].word;
    words[count++] = last;
    words[count] = NULL;
}

/* The command of that word, COMMAND_WORDS if there is none. */
static enum command find_command(const char *word)
{
    const char *words[COMMAND_WORDS + 1];
    gather_commands(words, NULL);
    const int found = words_find(words, word);
    return found < 0 ? (enum command)COMMAND_WORDS : (enum command)(COMMAND_RUN + found);
}

static bool refuse_word(const char *word, struct error *error)
{
    const char *words[COMMAND_WORDS + 1];
    char quoted[QUOTED_ROOM], known[QUOTED_ROOM];
    gather_commands(words, "help");
    text_quote(quoted, sizeof quoted, word);
    const char *nearest = text_nearest(word, words);
    if (nearest)
        return error_set(error, ERROR_INPUT, "unknown command %s; did you mean %s?", quoted,
                         nearest);
    return error_set(error, ERROR_INPUT, "unknown command %s; there are %s", quoted,
                     words_list(known, sizeof known, words, "and"));
}

static bool takes_files(enum command command)
{
    return command == COMMAND_COMPARE || command == COMMAND_REPLAY || command == COMMAND_DEMO;
}

/* An argument that is neither an option nor the value of one, after the first. */
static bool take_word(struct parser *parser, int *files)
{
    char quoted[QUOTED_ROOM];
    char *word = parser->argv[parser->at];
    text_quote(quoted, sizeof quoted, word);
    if (takes_files(parser->options->command)) {
        if (!*word)
            return error_set(parser->error, ERROR_INPUT, "%s was given an empty file name",
                             command_name(parser->options->command));
        parser->argv[++*files] = word;
        return true;
    }
    enum command command = find_command(word);
    if (parser->options->command == COMMAND_EXPLORE && command < COMMAND_WORDS)
        return error_set(parser->error, ERROR_INPUT,
                         "a command comes before its options: pdlab %s ...", word);
    if (parser->options->command == COMMAND_EXPLORE)
        return refuse_word(word, parser->error);
    return error_set(parser->error, ERROR_INPUT, "%s takes options only, not %s",
                     command_name(parser->options->command), quoted);
}

/* ---- values --------------------------------------------------------------------------------- */

static const char *const color_words[] = {"auto", "always", "never", NULL};
const char *const theme_words[THEME_COUNT + 1] = {[THEME_DEFAULT] = "default",
                                                  [THEME_LIGHT] = "light",
                                                  [THEME_HIGH_CONTRAST] = "high-contrast",
                                                  [THEME_MONO] = "mono"};

const char *theme_word(enum theme_name theme)
{
    return theme_words[theme];
}

/* The place of `value` among the words; -1 with *error where it is none of them. */
static int take_word_of(const char *flag, const char *value, const char *const *words,
                        struct error *error)
{
    char quoted[QUOTED_ROOM], accepted[QUOTED_ROOM];
    const int found = words_find(words, value);
    if (found < 0)
        error_set(error, ERROR_INPUT, "--%s takes %s, not %s", flag,
                  words_list(accepted, sizeof accepted, words, "or"),
                  text_quote(quoted, sizeof quoted, value));
    return found;
}

static bool take_color(const char *value, struct parser *parser)
{
    int color = take_word_of("color", value, color_words, parser->error);
    parser->options->color = (enum color_choice)color;
    return color >= 0;
}

static bool take_theme(const char *value, struct parser *parser)
{
    int theme = take_word_of("theme", value, theme_words, parser->error);
    parser->options->theme = (enum theme_name)theme;
    parser->options->has_theme = true;
    return theme >= 0;
}

static bool take_fps(const char *value, struct parser *parser)
{
    char *end;
    long fps = strtol(value, &end, 10);
    if (*value >= '0' && *value <= '9' && *end == '\0' && fps >= 1 && fps <= OPTION_FPS_MOST) {
        parser->options->fps = (int)fps;
        return true;
    }
    char quoted[QUOTED_ROOM];
    return error_set(parser->error, ERROR_INPUT, "--fps takes 1 to %d, not %s", OPTION_FPS_MOST,
                     text_quote(quoted, sizeof quoted, value));
}

/* Decimal digits alone: neither an exponent nor a sign nor "inf". */
static bool take_duration(const char *value, struct parser *parser)
{
    const char *digit = value;
    uint64_t ns = 0, unit_ns = SECOND_NS;
    for (; *digit >= '0' && *digit <= '9' && ns <= DURATION_MOST_NS; digit++)
        ns = ns * 10 + (uint64_t)(*digit - '0') * SECOND_NS;
    if (*digit == '.')
        for (digit++; *digit >= '0' && *digit <= '9'; digit++)
            ns += (uint64_t)(*digit - '0') * (unit_ns /= 10);
    parser->options->duration_ns = ns;
    if (*digit == '\0' && ns >= DURATION_LEAST_NS && ns <= DURATION_MOST_NS)
        return true;
    char quoted[QUOTED_ROOM];
    return error_set(parser->error, ERROR_INPUT, "--duration takes 0.001 to 86,400 seconds, not %s",
                     text_quote(quoted, sizeof quoted, value));
}

/* A whole number from `least` to `most`, in decimal digits alone. `range` is how they are shown. */
static bool take_number(const char *flag, const char *value, uint32_t least, uint32_t most,
                        const char *range, uint32_t *number, struct error *error)
{
    const char *digit = value;
    uint64_t read = 0;
    for (; *digit >= '0' && *digit <= '9' && read <= most; digit++)
        read = read * 10 + (uint64_t)(*digit - '0');
    *number = (uint32_t)read;
    if (*value && !*digit && read >= least && read <= most)
        return true;
    char quoted[QUOTED_ROOM];
    return error_set(error, ERROR_INPUT, "--%s takes %s, not %s", flag, range,
                     text_quote(quoted, sizeof quoted, value));
}

static bool take_order_seed(const char *value, struct parser *parser)
{
    parser->options->has_order_seed = true;
    return take_number("order-seed", value, 0, UINT32_MAX, "0 to 4,294,967,295",
                       &parser->options->order_seed, parser->error);
}

static bool take_knob(enum knob_id id, const char *flag, const char *text, struct parser *parser)
{
    struct error why = {0};
    int64_t value;
    if (!knob_parse(id, text, &value, &why))
        return error_set(parser->error, ERROR_INPUT, "--%s: %s", flag, why.text);
    knob_set(&parser->options->settings, id, value, SOURCE_FLAG);
    return true;
}

static bool take_vary(const char *value, struct parser *parser)
{
    const char **vary = parser->options->vary;
    size_t count = 0;
    while (vary[count])
        count++;
    if (count == SWEEP_AXES)
        return error_set(parser->error, ERROR_INPUT, "--vary can be given %u times at most",
                         SWEEP_AXES);
    vary[count] = value;
    return true;
}

static bool take_option(const struct option_info *option, const char *value, struct parser *parser)
{
    char *field = (char *)parser->options + option->field;
    switch (option->kind) {
    case OPTION_TEXT:
        memcpy(field, &value, sizeof value);
        return true;
    case OPTION_SWITCH:
        *(bool *)field = true;
        return true;
    case OPTION_QUICK:
        parser->quick = true;
        return true;
    case OPTION_PRESET:
        parser->preset = value;
        return true;
    case OPTION_COLOR:
        return take_color(value, parser);
    case OPTION_THEME:
        return take_theme(value, parser);
    case OPTION_FPS:
        return take_fps(value, parser);
    case OPTION_VARY:
        return take_vary(value, parser);
    case OPTION_DURATION:
        return take_duration(value, parser);
    case OPTION_REPEATS:
        return take_number("repeats", value, 1, OPTION_REPEATS_MOST, "1 to 1,000",
                           &parser->options->repeats, parser->error);
    case OPTION_ORDER_SEED:
        return take_order_seed(value, parser);
    }
    return false;
}

/* ---- options -------------------------------------------------------------------------------- */

/* The command's row of that name; where it has none, another command's; NULL where none has. */
static const struct option_info *find_option(const char *name, enum command command)
{
    const struct option_info *found = NULL;
    for (const struct option_info *option = option_table; option->name; option++) {
        if (strcmp(option->name, name) != 0)
            continue;
        if (option->commands & COMMAND_BIT(command))
            return option;
        found = option;
    }
    return found;
}

/* The knob whose flag is exactly `name`: --block-k, and not --BLOCK_K. */
static enum knob_id find_knob_flag(const char *name)
{
    char flag[OPTION_FLAG_SIZE];
    enum knob_id id = knob_find(name);
    if (id < KNOB_COUNT) {
        option_knob_flag(id, flag, sizeof flag);
        if (strcmp(flag, name) != 0)
            return KNOB_COUNT;
    }
    return id;
}

/* "--csv is an option of run, not of list" */
static bool refuse_for_command(const char *name, unsigned commands, struct parser *parser)
{
    const char *names[COMMAND_WORDS + 1];
    char takers[96];
    size_t count = 0;
    for (const struct option_info *option = option_table; option->name; option++)
        if (strcmp(option->name, name) == 0)
            commands |= option->commands; /* with another meaning */
    for (int command = 0; command < (int)COMMAND_WORDS; command++)
        if (commands & COMMAND_BIT(command))
            names[count++] = command_name((enum command)command);
    names[count] = NULL;
    return error_set(parser->error, ERROR_INPUT, "--%s is an option of %s, not of %s", name,
                     words_list(takers, sizeof takers, names, "and"),
                     command_name(parser->options->command));
}

/* Names what the command takes that is nearest to `name`. */
static bool refuse_unknown(const char *name, struct parser *parser)
{
    const char *names[SUGGESTIONS];
    char flags[KNOB_COUNT][OPTION_FLAG_SIZE];
    size_t count = 0;
    enum command command = parser->options->command;
    for (const struct option_info *option = option_table; option->name; option++)
        if (option->commands & COMMAND_BIT(command))
            names[count++] = option->name;
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (!(option_knob_commands((enum knob_id)id) & COMMAND_BIT(command)))
            continue;
        option_knob_flag((enum knob_id)id, flags[id], sizeof flags[id]);
        names[count++] = flags[id];
    }
    names[count++] = "help";
    names[count++] = "version";
    names[count] = NULL;

    char dashed[QUOTED_ROOM], quoted[QUOTED_ROOM];
    snprintf(dashed, sizeof dashed, "--%s", name);
    text_quote(quoted, sizeof quoted, dashed);
    const char *nearest = text_nearest(name, names);
    if (nearest)
        return error_set(parser->error, ERROR_INPUT, "unknown option %s; did you mean --%s?",
                         quoted, nearest);
    return error_set(parser->error, ERROR_INPUT, "unknown option %s; see pdlab %s%s--help", quoted,
                     command_table[command].word, command == COMMAND_EXPLORE ? "" : " ");
}

/* The value of an option: what follows its '=', or the next argument. NULL: *error. */
static const char *option_value(const char *name, const char *argument, const char *attached,
                                struct parser *parser)
{
    const char *value = attached;
    if (!value && parser->at + 1 < parser->count) {
        value = parser->argv[parser->at + 1];
        if (strncmp(value, "--", 2) == 0)
            value = NULL;
        else
            parser->at++;
    }
    if (value && *value)
        return value;
    error_set(parser->error, ERROR_INPUT, "--%s needs a value: --%s %s", name, name, argument);
    return NULL;
}

static bool parse_knob_option(enum knob_id id, const char *name, const char *attached,
                              struct parser *parser)
{
    if (!(option_knob_commands(id) & COMMAND_BIT(parser->options->command)))
        return refuse_for_command(name, option_knob_commands(id), parser);
    char accepts[256];
    knob_accepts(id, accepts, sizeof accepts);
    const char *value = option_value(name, accepts, attached, parser);
    return value && take_knob(id, name, value, parser);
}

static bool parse_listed_option(const struct option_info *option, const char *attached,
                                struct parser *parser)
{
    if (!(option->commands & COMMAND_BIT(parser->options->command)))
        return refuse_for_command(option->name, option->commands, parser);
    if (!option->argument && attached)
        return error_set(parser->error, ERROR_INPUT, "--%s takes no value", option->name);
    const char *value = NULL;
    if (option->argument) {
        value = option_value(option->name, option->argument, attached, parser);
        if (!value)
            return false;
    }
    return take_option(option, value, parser);
}

/* An argument that begins with two dashes. */
static bool parse_option(struct parser *parser)
{
    char name[QUOTED_ROOM];
    const char *text = parser->argv[parser->at] + 2;
    const char *equals = strchr(text, '=');
    const char *attached = equals ? equals + 1 : NULL;
    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - text) : (int)strlen(text), text);

    const struct option_info *option = find_option(name, parser->options->command);
    if (option)
        return parse_listed_option(option, attached, parser);
    enum knob_id id = find_knob_flag(name);
    if (id < KNOB_COUNT)
        return parse_knob_option(id, name, attached, parser);
    return refuse_unknown(name, parser);
}

/* An argument that begins with one dash: there are no short options but -h. */
static bool refuse_dash(struct parser *parser)
{
    char quoted[QUOTED_ROOM];
    return error_set(parser->error, ERROR_INPUT, "unknown option %s; options have two dashes",
                     text_quote(quoted, sizeof quoted, parser->argv[parser->at]));
}

static bool check_files(enum command command, int files, struct error *error)
{
    if (command == COMMAND_REPLAY && files == 0)
        return error_set(error, ERROR_INPUT,
                         "replay needs a file: pdlab replay FILE..., made by run --record FILE");
    if (command == COMMAND_DEMO && files == 0)
        return error_set(error, ERROR_INPUT,
                         "demo needs a name or a file: pdlab demo FILE; pdlab list has the names");
    if (command == COMMAND_COMPARE && (files < 2 || files > (int)COMPARE_SIDES))
        return error_set(error, ERROR_INPUT,
                         "compare takes 2 to %u files or folders, not %d: pdlab compare A B [C...]",
                         COMPARE_SIDES, files);
    return true;
}

static bool parse_arguments(struct parser *parser)
{
    bool words_only = false;
    int files = 0;
    for (; parser->at < parser->count; parser->at++) {
        const char *argument = parser->argv[parser->at];
        bool parsed = true;
        if (words_only || argument[0] != '-' || argument[1] == '\0')
            parsed = take_word(parser, &files);
        else if (strcmp(argument, "--") == 0)
            words_only = true;
        else if (argument[1] != '-')
            parsed = refuse_dash(parser);
        else
            parsed = parse_option(parser);
        if (!parsed)
            return false;
    }
    if (!takes_files(parser->options->command))
        return true;
    if (!check_files(parser->options->command, files, parser->error))
        return false;
    parser->argv[files + 1] = NULL;
    parser->options->files = parser->argv + 1;
    return true;
}

/* ---- help and version ----------------------------------------------------------------------- */

/* Names all that there is help on. */
static bool refuse_topic(const char *word, struct error *error)
{
    const char *words[TOPICS_MOST + COMMAND_WORDS + 1];
    char quoted[QUOTED_ROOM], known[160];
    size_t count = 0;
    for (const struct help_topic *topic = help_topics; topic->word && count < TOPICS_MOST; topic++)
        words[count++] = topic->word;
    gather_commands(words + count, NULL);
    return error_set(error, ERROR_INPUT, "no help on %s; there is help on %s",
                     text_quote(quoted, sizeof quoted, word),
                     words_list(known, sizeof known, words, "and"));
}

/* What follows --help: a topic, a command, or nothing. */
static bool take_help_topic(const char *word, struct options *options, struct error *error)
{
    options->command = COMMAND_HELP;
    options->help_topic = "";
    if (!word || *word == '-')
        return true;
    for (const struct help_topic *topic = help_topics; topic->word; topic++)
        if (strcmp(word, topic->word) == 0)
            options->help_topic = topic->word;
    if (options->help_topic[0])
        return true;
    enum command command = find_command(word);
    if (command < COMMAND_WORDS) {
        options->help_of = command;
        return true;
    }
    return refuse_topic(word, error);
}

/* Looks for --help and --version in any place; whatever else is wrong does not matter then. */
static bool parse_help(struct parser *parser, bool *found)
{
    struct options *options = parser->options;
    for (int i = 1; i < parser->count && strcmp(parser->argv[i], "--") != 0; i++) {
        const char *argument = parser->argv[i];
        bool help_word = i == 1 && strcmp(argument, "help") == 0;
        *found = true;
        if (help_word || strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            enum command before = find_command(parser->argv[1]);
            options->help_of = before < COMMAND_WORDS ? before : COMMAND_EXPLORE;
            return take_help_topic(i + 1 < parser->count ? parser->argv[i + 1] : NULL, options,
                                   parser->error);
        }
        if (strcmp(argument, "--version") == 0) {
            options->command = COMMAND_VERSION;
            return true;
        }
    }
    *found = false;
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static bool reads_knobs(enum command command)
{
    return option_knob_commands(KNOB_SEQ_LEN) & COMMAND_BIT(command);
}

/* What ends a measurement where nobody named a number of iterations. */
static void settle_iterations(struct options *options)
{
    struct knob_settings *settings = &options->settings;
    bool named = settings->source[KNOB_ITERATIONS] > SOURCE_QUICK;
    bool ends_otherwise = options->duration_ns > 0 || options->until_stable;
    if (!named && ends_otherwise)
        settings->knobs.iterations = 0;
    else if (settings->source[KNOB_ITERATIONS] == SOURCE_DEFAULT)
        settings->knobs.iterations = option_knob_default(KNOB_ITERATIONS, options->command);
    if (!options->until_stable || named || options->duration_ns > 0)
        return;
    options->duration_ns = PROCESS_NS;
    options->process_stable = !options->against; /* both builds are measured for as long */
}

/* KNOB_BITs that a sweep varies: by --vary, or by the plan that it goes on with. What is wrong with
 * either is said later. */
static uint64_t varied_knobs(const struct options *options)
{
    struct error ignored;
    struct sweep_axis axis;
    struct sweep plan = {0};
    uint64_t varied = 0;
    for (const char *const *vary = options->vary; *vary; vary++)
        if (sweep_axis_parse(*vary, &axis, &ignored))
            varied |= UINT64_C(1) << axis.knob;
    if (options->resume && sweep_has_plan(options->resume) &&
        sweep_read_plan(options->resume, &plan, &ignored))
        for (uint32_t i = 0; i < plan.axis_count; i++)
            varied |= UINT64_C(1) << plan.axes[i].knob;
    return varied;
}

/* KNOB_BITs that the command reads and does not vary. */
static uint64_t wanted_knobs(const struct options *options)
{
    uint64_t wanted = 0;
    for (int id = 0; id < KNOB_COUNT; id++)
        if (option_knob_commands((enum knob_id)id) & COMMAND_BIT(options->command))
            wanted |= UINT64_C(1) << id;
    return wanted & ~varied_knobs(options);
}

/* Puts environment, preset, QUICK and the command's own defaults below the flags. */
static bool settle_knobs(struct parser *parser)
{
    struct options *options = parser->options;
    struct knob_settings *settings = &options->settings;
    if (!environment_apply(settings, wanted_knobs(options), &parser->quick, parser->error))
        return false;
    options->has_preset = parser->preset != NULL;
    if (options->has_preset || !options->targets) {
        if (!preset_load(options->has_preset ? parser->preset : PRESET_DEFAULT, &options->preset,
                         parser->error))
            return false;
        /* A preset that nobody named must not outrank the shapes that QUICK asks for. */
        if (options->has_preset || !parser->quick)
            preset_apply(&options->preset, settings);
    }
    if (parser->quick)
        knobs_apply_quick(settings);
    settle_iterations(options);
    return true;
}

static bool check_sweep(const struct options *options, struct error *error)
{
    if (!options->vary[0] && !options->resume)
        return error_set(error, ERROR_INPUT,
                         "sweep needs --vary KNOB=V,V,... to begin, or --resume DIR to go on");
    if (options->out && options->resume)
        return error_set(error, ERROR_INPUT,
                         "--out and --resume both say where the points go: only one can");
    if (options->record && options->shard)
        return error_set(error, ERROR_INPUT,
                         "--record takes all points and a --shard has some: when all are there, "
                         "sweep --resume DIR --record FILE writes them");
    if (options->record && strcmp(options->record, "-") == 0)
        return error_set(error, ERROR_INPUT,
                         "sweep prints its table to standard output: --record takes a file, not -");
    if (options->out && strcmp(options->out, "none") == 0)
        return error_set(error, ERROR_INPUT,
                         "sweep keeps its points in files: --out takes a folder, not none");
    return true;
}

/* What was left says all that these would. */
static bool check_restore(const struct options *options, struct error *error)
{
    bool flagged = options->device || options->has_preset || options->plain;
    for (int id = 0; id < KNOB_COUNT; id++)
        flagged |= options->settings.source[id] == SOURCE_FLAG;
    return !flagged || error_set(error, ERROR_INPUT,
                                 "--restore brings back device, preset and knobs in the explorer: "
                                 "without --device, --preset, --plain and the flags of knobs");
}

/* What no single option can tell. */
static bool check_together(const struct options *options, struct error *error)
{
    bool ends = options->command == COMMAND_RUN || options->command == COMMAND_SWEEP;
    if (ends && options->settings.knobs.iterations == 0 && options->duration_ns == 0)
        return error_set(error, ERROR_INPUT,
                         "%s needs ITERATIONS of 1 or more%s, not 0 (from the %s): it would never "
                         "end",
                         command_name(options->command),
                         options->command == COMMAND_RUN ? ", or --duration or --until-stable" : "",
                         knob_source_name(options->settings.source[KNOB_ITERATIONS]));
    if (options->command == COMMAND_SWEEP && !check_sweep(options, error))
        return false;
    if (options->restore && !check_restore(options, error))
        return false;
    if (options->command == COMMAND_DEMO && !options->check && options->files[1])
        return error_set(error, ERROR_INPUT,
                         "demo plays one at a time; only --check takes several");
    if (options->json_flag && options->markdown)
        return error_set(error, ERROR_INPUT, "list prints either --json or --markdown, not both");
    if (options->expect_write && strcmp(options->expect_write, "-") == 0)
        return error_set(error, ERROR_INPUT, "--expect-write takes a file, not -");
    int to_stdout = 0;
    const char *const paths[] = {options->json, options->csv, options->record};
    for (int i = 0; i < 3; i++)
        to_stdout += paths[i] && strcmp(paths[i], "-") == 0;
    if (to_stdout > 1)
        return error_set(error, ERROR_INPUT,
                         "only one of --json, --csv and --record can go to standard output (-)");
    return true;
}

bool options_parse(int argc, char **argv, struct options *options, struct error *error)
{
    *options = (struct options){.command = COMMAND_EXPLORE};
    knobs_reset(&options->settings);
    struct parser parser = {
        .argv = argv, .count = argc, .at = 1, .options = options, .error = error};

    bool found;
    if (!parse_help(&parser, &found))
        return false;
    if (found)
        return true;
    if (argc > 1 && argv[1][0] != '-') {
        options->command = find_command(argv[1]);
        if (options->command == COMMAND_WORDS)
            return refuse_word(argv[1], error);
        parser.at = 2;
    }
    if (!parse_arguments(&parser))
        return false;
    if (reads_knobs(options->command) && !settle_knobs(&parser))
        return false;
    return check_together(options, error);
}
