#include "completion.h"

#include "../base/embedded.h"
#include "../base/words.h"
#include "../engine/targets.h"

#include <string.h>

bool completion_print(const char *shell, FILE *out)
{
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    static void (*const prints[])(FILE * out) = {completion_print_bash, completion_print_zsh,
                                                 completion_print_fish};
    const int found = words_find(shells, shell);
    if (found >= 0)
        prints[found](out);
    return found >= 0;
}

/* Appends a word, preceded by a blank unless the text is empty. */
static void append(char *text, size_t size, const char *word, size_t length)
{
    size_t at = strlen(text);
    snprintf(text + at, size - at, "%s%.*s", at ? " " : "", (int)length, word);
}

/* ---- flags ---------------------------------------------------------------------------------- */

/* Returns the kind of an option's argument, which is written as in --help: "FILE", "D", or words
 * such as "auto|always|never". */
static enum completion_kind kind_of(const char *argument)
{
    static const struct {
        const char *begins;
        enum completion_kind kind;
    } kinds[] = {
        {"T[", COMPLETE_TARGETS}, {"FILE", COMPLETE_FILE},   {"DIR", COMPLETE_FOLDER},
        {"KNOB", COMPLETE_KNOBS}, {"I/N", COMPLETE_NOTHING},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(argument, kinds[i].begins, strlen(kinds[i].begins)) == 0)
            return kinds[i].kind;
    if (strchr(argument, '|'))
        return COMPLETE_WORDS;
    return strcmp(argument, "P") == 0   ? COMPLETE_PRESETS
           : strcmp(argument, "D") == 0 ? COMPLETE_DEVICES
                                        : COMPLETE_NOTHING;
}

/* Appends the words that a knob takes. */
static void list_choices(enum knob_id id, struct completion *flag)
{
    const struct knob_info *knob = &knob_table[id];
    if (knob->kind == KNOB_SWITCH)
        append(flag->words, sizeof flag->words, "on off", strlen("on off"));
    else if (knob->choices)
        append(flag->words, sizeof flag->words, knob->choices, strlen(knob->choices));
    if (knob->automatic)
        append(flag->words, sizeof flag->words, "auto", strlen("auto"));
}

static void describe_option(const struct option_info *option, struct completion *flag)
{
    snprintf(flag->flag, sizeof flag->flag, "%s", option->name);
    flag->commands = option->commands;
    flag->help = option->help;
    flag->value = option->argument != NULL;
    flag->kind = option->argument ? kind_of(option->argument) : COMPLETE_NOTHING;
    if (option->kind == OPTION_MODEL)
        list_choices(KNOB_MODEL, flag);
    if (flag->kind != COMPLETE_WORDS)
        return;
    for (const char *word = option->argument; *word; word += strspn(word, "|")) {
        append(flag->words, sizeof flag->words, word, strcspn(word, "|"));
        word += strcspn(word, "|");
    }
}

static void describe_knob(enum knob_id id, struct completion *flag)
{
    const struct knob_info *knob = &knob_table[id];
    option_knob_flag(id, flag->flag, sizeof flag->flag);
    flag->commands = option_knob_commands(id);
    flag->help = knob->help;
    flag->value = true;
    list_choices(id, flag);
    flag->kind = flag->words[0] ? COMPLETE_WORDS : COMPLETE_NOTHING;
}

/* Whether an option has the same flag as the knob. It then takes the knob's words as well. */
static bool has_option(enum knob_id id)
{
    char flag[OPTION_FLAG_SIZE];
    option_knob_flag(id, flag, sizeof flag);
    for (const struct option_info *option = option_table; option->name; option++)
        if (strcmp(option->name, flag) == 0)
            return true;
    return false;
}

bool completion_flag(size_t index, struct completion *flag)
{
    size_t options = 0;
    *flag = (struct completion){.kind = COMPLETE_NOTHING};
    while (option_table[options].name)
        options++;
    if (index < options) {
        describe_option(&option_table[index], flag);
        return true;
    }
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (has_option((enum knob_id)id) || index-- > options)
            continue;
        describe_knob((enum knob_id)id, flag);
        return true;
    }
    return false;
}

/* ---- names ---------------------------------------------------------------------------------- */

static void list_targets(char *text, size_t size)
{
    append(text, size, TARGETS_PREFIX, strlen(TARGETS_PREFIX));
    for (size_t i = 0; variants[i]; i++) {
        bool seen = variants[i]->hidden;
        for (size_t before = 0; before < i && !seen; before++)
            seen = !variants[before]->hidden &&
                   strcmp(variants[before]->target, variants[i]->target) == 0;
        if (!seen)
            append(text, size, variants[i]->target, strlen(variants[i]->target));
    }
    for (size_t i = 0; variants[i]; i++)
        if (!variants[i]->hidden)
            append(text, size, variants[i]->name, strlen(variants[i]->name));
}

/* Lists only embedded presets. The script itself finds the user's own, which differ for every
 * user. */
static void list_presets(char *text, size_t size)
{
    static const char suffix[] = ".json";
    for (const struct embedded *file = embedded_files; file->path; file++) {
        size_t length = strlen(file->path);
        if (!strchr(file->path, '/') && length > sizeof suffix)
            append(text, size, file->path, length - strlen(suffix));
    }
}

void completion_words(enum completion_kind kind, char *text, size_t size)
{
    text[0] = '\0';
    if (kind == COMPLETE_TARGETS)
        list_targets(text, size);
    else if (kind == COMPLETE_PRESETS)
        list_presets(text, size);
    else if (kind == COMPLETE_DEVICES)
        snprintf(text, size, "cpu cuda:0 cuda:1");
    else if (kind == COMPLETE_KNOBS)
        for (int id = 0; id < KNOB_COUNT; id++)
            append(text, size, knob_table[id].name, strlen(knob_table[id].name));
}

void completion_commands(char *text, size_t size)
{
    text[0] = '\0';
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++)
        append(text, size, command_table[command].word, strlen(command_table[command].word));
    append(text, size, "help", strlen("help"));
}

void completion_topics(char *text, size_t size)
{
    text[0] = '\0';
    for (const struct help_topic *topic = help_topics; topic->word; topic++)
        append(text, size, topic->word, strlen(topic->word));
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++)
        append(text, size, command_table[command].word, strlen(command_table[command].word));
}

/* Finds this in the usage: "pdlab replay [options] FILE...". */
bool completion_takes_files(enum command command)
{
    const char *usage = strchr(command_table[command].usage, ']');
    return usage && (strstr(usage, " FILE") || strstr(usage, " A B"));
}
