#include "../base/text.h"
#include "../base/words.h"
#include "options_private.h"

#include <string.h>

#define TOPICS_MOST 16

const char *options_command_name(enum command command)
{
    return command == COMMAND_EXPLORE ? "the explorer" : command_table[command].word;
}

/* Lists the names of all commands in order; then `last`, unless it is NULL. */
static void gather_commands(const char *words[COMMAND_WORDS + 1], const char *last)
{
    size_t count = 0;
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++)
        words[count++] = command_table[command].word;
    words[count++] = last;
    words[count] = NULL;
}

enum command options_find_command(const char *word)
{
    const char *words[COMMAND_WORDS + 1];
    gather_commands(words, NULL);
    const int found = words_find(words, word);
    return found < 0 ? (enum command)COMMAND_WORDS : (enum command)(COMMAND_RUN + found);
}

bool options_refuse_command(const char *word, struct error *error)
{
    const char *words[COMMAND_WORDS + 1];
    char quoted[QUOTED_ROOM], known[QUOTED_ROOM];
    gather_commands(words, "help");
    text_quote(quoted, sizeof quoted, word);
    const char *nearest = text_nearest(word, words);
    if (nearest)
        return error_set(error, ERROR_INPUT, "unknown command %s; did you mean %s?", quoted,
                         nearest);
    return error_set(error, ERROR_INPUT, "unknown command %s; the commands are %s", quoted,
                     words_list(known, sizeof known, words, "and"));
}

/* Refuses an unknown topic of help, and lists all topics. */
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

/* Takes the argument of --help: a topic, a command, or nothing. */
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
    enum command command = options_find_command(word);
    if (command < COMMAND_WORDS) {
        options->help_of = command;
        return true;
    }
    return refuse_topic(word, error);
}

bool options_parse_help(struct parser *parser, bool *found)
{
    struct options *options = parser->options;
    for (int i = 1; i < parser->count && strcmp(parser->argv[i], "--") != 0; i++) {
        const char *argument = parser->argv[i];
        bool help_word = i == 1 && strcmp(argument, "help") == 0;
        *found = true;
        if (help_word || strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            enum command before = options_find_command(parser->argv[1]);
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
