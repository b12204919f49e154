#include "../base/fold.h"
#include "../base/version.h"
#include "../engine/knob_schema.h"
#include "completion.h"
#include "option_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLAG_COLUMN 26 /* where the help of an option begins */

static void print_knob(enum knob_id id, enum command command, const char *help)
{
    char flag[OPTION_FLAG_SIZE], accepts[256], value[48], text[1024];
    const struct knob_info *knob = &knob_table[id];
    option_knob_flag(id, flag, sizeof flag);
    knob_accepts(id, accepts, sizeof accepts);
    knob_format(id, option_knob_default(id, command), value, sizeof value);
    snprintf(text, sizeof text, "%s%s%s%s; default %s.", help, accepts, *knob->unit ? " " : "",
             knob->unit, value);
    fold_print(stdout, printf("  --%s V", flag), FLAG_COLUMN, text);
}

static void print_knob_topic(void)
{
    puts(
        "Knobs: settings of a measurement. Each is a flag of the explorer, run, sweep and verify,\n"
        "a row of the explorer's panel and an environment variable. --block-k 32 overrides\n"
        "PDLAB_BLOCK_K=32, which overrides a preset, which overrides the default.\n"
        "SEQ_LEN, BATCH, HEAD_DIM, NUM_PROGRAMS, BLOCK_K and QUICK are also read without the\n"
        "prefix.\n");
    for (int id = 0; id < KNOB_COUNT; id++) {
        char help[512];
        snprintf(help, sizeof help, "%s Takes ", knob_table[id].help);
        print_knob((enum knob_id)id, COMMAND_EXPLORE, help);
    }
}

static void print_knobs_of(enum command command)
{
    puts("\nKnobs (explained by --help knobs):");
    for (int id = 0; id < KNOB_COUNT; id++)
        if (option_knob_commands((enum knob_id)id) & COMMAND_BIT(command))
            print_knob((enum knob_id)id, command, "");
}

static void print_commands(void)
{
    puts("\nCommands (each has its own --help):");
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++)
        fold_print(stdout, printf("  %s", command_table[command].word), FLAG_COLUMN,
                   command_table[command].help);
}

static void print_options_of(enum command command)
{
    puts("\nOptions:");
    for (const struct option_info *option = option_table; option->name; option++) {
        if (!(option->commands & COMMAND_BIT(command)))
            continue;
        const char *argument = option->argument ? option->argument : "";
        fold_print(stdout, printf("  --%s%s%s", option->name, *argument ? " " : "", argument),
                   FLAG_COLUMN, option->help);
    }
    fold_print(stdout, printf("  --help [TOPIC]"), FLAG_COLUMN,
               "This help; or keys (of the explorer), knobs (in full), knob-schema (as JSON "
               "Schema), man (a manual page), bash, zsh, fish (completions).");
    fold_print(stdout, printf("  --version"), FLAG_COLUMN, "The version.");
}

/* Prints, for a first-time reader, what pdlab is and what to try. */
static void print_introduction(void)
{
    puts("pdlab shows where the time of an LLM's decode step goes, and which way of running it is\n"
         "faster: an explorer with live histograms and verdicts, on a GPU, a CPU or recordings.\n");
    for (const struct command_example *example = command_examples; example->command; example++)
        printf("  %-34s %s\n", example->command, example->help);
    putchar('\n');
}

static void print_command(enum command command)
{
    if (command == COMMAND_EXPLORE)
        print_introduction();
    printf("usage: %s\n%s\n", command_table[command].usage, command_table[command].help);
    if (command == COMMAND_EXPLORE)
        print_commands();
    print_options_of(command);
    if (option_knob_commands(KNOB_SEQ_LEN) & COMMAND_BIT(command))
        print_knobs_of(command);
    puts(
        "\nExit status: 0 done; 1 a run failed, was wrong or could not be written; 2 bad usage or\n"
        "input; 3 it cannot run here.");
}

/* Prints nothing if memory runs out. */
static void print_knob_schema(void)
{
    size_t length;
    char *text = knob_schema_print(&length);
    if (text)
        fwrite(text, 1, length, stdout);
    free(text);
}

void options_help(const struct options *options)
{
    if (options->command == COMMAND_VERSION)
        printf("%s\n%s", version_line(), version_built);
    else if (strcmp(options->help_topic, "knobs") == 0)
        print_knob_topic();
    else if (strcmp(options->help_topic, "knob-schema") == 0)
        print_knob_schema();
    else if (completion_print(options->help_topic, stdout))
        return;
    else
        print_command(options->help_of);
}
