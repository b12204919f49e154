#include "options.h"

#include "../base/text.h"
#include "../base/words.h"
#include "../engine/compare.h"
#include "options_private.h"

#include <stdio.h>
#include <string.h>

#define SUGGESTIONS (KNOB_COUNT + 64)

/* ---- words ---------------------------------------------------------------------------------- */

static bool takes_files(enum command command)
{
    return command == COMMAND_COMPARE || command == COMMAND_REPLAY || command == COMMAND_DEMO;
}

/* Takes a word: an argument, after the first, that is neither an option nor the value of an
 * option. */
static bool take_word(struct parser *parser, int *files)
{
    char quoted[QUOTED_ROOM];
    char *word = parser->argv[parser->at];
    text_quote(quoted, sizeof quoted, word);
    if (takes_files(parser->options->command)) {
        if (!*word)
            return error_set(parser->error, ERROR_INPUT, "%s was given an empty file name",
                             options_command_name(parser->options->command));
        parser->argv[++*files] = word;
        return true;
    }
    enum command command = options_find_command(word);
    if (parser->options->command == COMMAND_EXPLORE && command < COMMAND_WORDS)
        return error_set(parser->error, ERROR_INPUT,
                         "a command comes before its options: pdlab %s ...", word);
    if (parser->options->command == COMMAND_EXPLORE)
        return options_refuse_command(word, parser->error);
    return error_set(parser->error, ERROR_INPUT, "%s takes options only, not %s",
                     options_command_name(parser->options->command), quoted);
}

/* ---- options -------------------------------------------------------------------------------- */

/* Returns the option of that name: the command's row, or else another command's; NULL if there is
 * none. */
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

/* Returns the knob whose flag is exactly `name`: --block-k, but not --BLOCK_K. KNOB_COUNT: there is
 * none. */
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

/* Refuses an option of other commands: "--csv is an option of run, not of list". */
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
            names[count++] = options_command_name((enum command)command);
    names[count] = NULL;
    return error_set(parser->error, ERROR_INPUT, "--%s is an option of %s, not of %s", name,
                     words_list(takers, sizeof takers, names, "and"),
                     options_command_name(parser->options->command));
}

/* Refuses an unknown option, and suggests the command's option nearest to `name`. */
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

/* Returns the value of an option: the text after '=', or the next argument. NULL: *error. */
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
    return value && options_take_knob(id, name, value, parser);
}

static bool parse_listed_option(const struct option_info *option, const char *attached,
                                struct parser *parser)
{
    if (!(option->commands & COMMAND_BIT(parser->options->command)))
        return refuse_for_command(option->name, option->commands, parser);
    if (!option->argument && attached)
        return error_set(parser->error, ERROR_INPUT, "--%s takes no value", option->name);
    if (!option->argument)
        return options_take_value(option, NULL, parser);
    const char *value = option_value(option->name, option->argument, attached, parser);
    return value && options_take_value(option, value, parser);
}

/* Parses an argument that begins with two dashes. */
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

/* Refuses an argument that begins with one dash: the only short option is -h. */
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

/* ---- the whole command line ------------------------------------------------------------------ */

bool options_parse(int argc, char **argv, struct options *options, struct error *error)
{
    *options = (struct options){.command = COMMAND_EXPLORE};
    knobs_reset(&options->settings);
    struct parser parser = {
        .argv = argv, .count = argc, .at = 1, .options = options, .error = error};

    bool found;
    if (!options_parse_help(&parser, &found))
        return false;
    if (found)
        return true;
    if (argc > 1 && argv[1][0] != '-') {
        options->command = options_find_command(argv[1]);
        if (options->command == COMMAND_WORDS)
            return options_refuse_command(argv[1], error);
        parser.at = 2;
    }
    if (!parse_arguments(&parser))
        return false;
    const bool takes_knobs = option_knob_commands(KNOB_SEQ_LEN) & COMMAND_BIT(options->command);
    if (takes_knobs && !options_settle_knobs(&parser))
        return false;
    return options_check(options, error);
}
