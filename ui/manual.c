#include "manual.h"

#include "../src/base/embedded.h"
#include "../src/base/version.h"
#include "../src/command/option_table.h"
#include "terminal/keys.h"

#include <stddef.h>
#include <string.h>

/* ---- roff ----------------------------------------------------------------------------------- */

#define LINE_END 78 /* most bytes of a line of roff; lines break at blanks */

/* Prints a word in roff. Escapes dashes, so that a reader can copy them into a shell. Returns the
 * number of bytes. */
static int put_word(FILE *out, const char *word, size_t length)
{
    int columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += word[i] == '-'    ? fprintf(out, "\\-")
                   : word[i] == '\\' ? fprintf(out, "\\e")
                                     : fprintf(out, "%c", word[i]);
    return columns;
}

/* Prints text without a line break. */
static void put(FILE *out, const char *text)
{
    put_word(out, text, strlen(text));
}

/* Prints text in lines of its own. Escapes a '.' or '\'' that begins a line, because roff would
 * read that line as a request. */
static void put_line(FILE *out, const char *text)
{
    int column = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        bool begins = column == 0 || column + 1 + (int)length > LINE_END;
        if (column > 0)
            fputc(begins ? '\n' : ' ', out);
        if (begins)
            column = *text == '.' || *text == '\'' ? fprintf(out, "\\&") : 0;
        column += put_word(out, text, length) + !begins;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void put_section(FILE *out, const char *name)
{
    fprintf(out, ".SH %s\n", name);
}

/* Prints "--json FILE|-" as the tag of a list item; the caller prints its description next. */
static void put_tag(FILE *out, const char *name, const char *argument)
{
    fprintf(out, ".TP\n\\fB");
    put(out, name);
    fprintf(out, "\\fR");
    if (*argument) {
        fprintf(out, " \\fI");
        put(out, argument);
        fprintf(out, "\\fR");
    }
    fputc('\n', out);
}

/* ---- the command line ----------------------------------------------------------------------- */

/* "Of run and sweep." */
static void put_takers(FILE *out, unsigned commands)
{
    fprintf(out, "Of");
    for (unsigned left = commands; left != 0; left &= left - 1) {
        const int command = __builtin_ctz(left);
        fprintf(out, "%s %s",
                left == commands      ? ""
                : (left & (left - 1)) ? ","
                                      : " and",
                command == COMMAND_EXPLORE ? "the explorer" : command_table[command].word);
    }
    fprintf(out, ".\n");
}

static void put_synopsis(FILE *out)
{
    put_section(out, "SYNOPSIS");
    for (int command = 0; command < (int)COMMAND_WORDS; command++) {
        fprintf(out, "%s\\fBpdlab\\fR", command > 0 ? ".br\n" : "");
        put(out, command_table[command].usage + strlen("pdlab"));
        fputc('\n', out);
    }
}

static void put_commands(FILE *out)
{
    put_section(out, "COMMANDS");
    put_tag(out, "pdlab", "");
    put_line(out, command_table[COMMAND_EXPLORE].help);
    for (int command = COMMAND_RUN; command < (int)COMMAND_WORDS; command++) {
        put_tag(out, command_table[command].word, "");
        put_line(out, command_table[command].help);
    }
}

static void put_options(FILE *out)
{
    char name[OPTION_FLAG_SIZE + 2];
    put_section(out, "OPTIONS");
    for (const struct option_info *option = option_table; option->name; option++) {
        snprintf(name, sizeof name, "--%s", option->name);
        put_tag(out, name, option->argument ? option->argument : "");
        put_line(out, option->help);
        put_takers(out, option->commands);
    }
    put_tag(out, "--help", "[TOPIC]");
    put_line(out, "Help on a command, or on a topic:");
    for (const struct help_topic *topic = help_topics; topic->word; topic++)
        fprintf(out, "\\fB%s\\fR%s\n", topic->word, topic[1].word ? "," : ".");
    put_tag(out, "--version", "");
    put_line(out, "The version.");
}

static void put_knobs(FILE *out)
{
    char flag[OPTION_FLAG_SIZE], name[OPTION_FLAG_SIZE + 2], accepts[256], value[48];
    put_section(out, "KNOBS");
    put_line(out, "Settings of a measurement. Each has a flag in the explorer, run, sweep and "
                  "verify, a row in the explorer's panel, and an environment variable. "
                  "--block-k 32 overrides PDLAB_BLOCK_K=32, which overrides a preset, which "
                  "overrides the default.");
    for (int id = 0; id < KNOB_COUNT; id++) {
        const struct knob_info *knob = &knob_table[id];
        option_knob_flag((enum knob_id)id, flag, sizeof flag);
        snprintf(name, sizeof name, "--%s", flag);
        knob_accepts((enum knob_id)id, accepts, sizeof accepts);
        knob_format((enum knob_id)id, knob->initial, value, sizeof value);
        put_tag(out, name, "V");
        put_line(out, knob->help);
        fprintf(out, "Takes ");
        put(out, accepts);
        fprintf(out, "%s%s; default ", *knob->unit ? " " : "", knob->unit);
        put(out, value);
        fprintf(out, ".\n");
    }
}

/* ---- what is measured ----------------------------------------------------------------------- */

static void put_targets(FILE *out)
{
    put_section(out, "TARGETS AND VARIANTS");
    put_line(out, "Values of --targets: a target selects all of its variants that run on the "
                  "device, and labs/persistent_decode selects all targets.");
    for (size_t i = 0; variants[i]; i++) {
        bool begins = !variants[i]->hidden;
        for (size_t before = 0; before < i; before++)
            begins &= strcmp(variants[before]->target, variants[i]->target) != 0;
        if (!begins)
            continue;
        fprintf(out, ".SS ");
        put_line(out, variants[i]->target);
        for (size_t at = i; variants[at]; at++) {
            if (variants[at]->hidden || strcmp(variants[at]->target, variants[i]->target) != 0)
                continue;
            put_tag(out, variants[at]->name, "");
            fprintf(out, "%s. ", variants[at]->title);
            put_line(out, variants[at]->why);
        }
    }
}

static void put_presets(FILE *out)
{
    static const char suffix[] = ".json";
    put_section(out, "PRESETS");
    put_line(out, "The built-in presets; your own are files in $XDG_CONFIG_HOME/pdlab/presets.");
    for (const struct embedded *file = embedded_files; file->path; file++) {
        struct preset preset;
        struct error error;
        char name[sizeof preset.name];
        size_t length = strlen(file->path);
        if (strchr(file->path, '/') || length < sizeof suffix)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(length - strlen(suffix)), file->path);
        if (!preset_load(name, &preset, &error))
            continue;
        put_tag(out, name, "");
        fprintf(out, "%s. ", preset.title);
        put_line(out, preset.lesson);
    }
}

/* ---- the explorer --------------------------------------------------------------------------- */

static void put_keys(FILE *out)
{
    put_section(out, "KEYS AND MOUSE");
    put_line(out, "Keys of the explorer. Every function key has a letter that does the same.");
    for (int row = 0; row < help_rows(); row++) {
        char name[48];
        const char *help = help_row(row, name, sizeof name);
        put_tag(out, name, "");
        put(out, help);
        fprintf(out, ".\n");
    }
}

/* ---- the rest ------------------------------------------------------------------------------- */

struct note {
    const char *name, *text;
};

static void put_notes(FILE *out, const char *section, const struct note *notes)
{
    put_section(out, section);
    for (; notes->name; notes++) {
        put_tag(out, notes->name, "");
        put_line(out, notes->text);
    }
}

static const struct note variables[] = {
    {"PDLAB_<KNOB>", "Sets a knob, as in PDLAB_BLOCK_K=32, in the explorer, run, sweep and verify, "
                     "unless a flag or --vary sets it. SEQ_LEN, BATCH, HEAD_DIM, NUM_PROGRAMS, "
                     "BLOCK_K and QUICK are also read without the prefix; the prefixed one wins. "
                     "An empty variable counts as unset. pdlab prints the variables that it used, "
                     "and warns of any other name that begins with PDLAB_."},
    {"HOME",
     "Its .config, .local/state and .cache contain pdlab's files, unless XDG_CONFIG_HOME, "
     "XDG_STATE_HOME or XDG_CACHE_HOME is set. If HOME is not set, pdlab takes the home directory "
     "from the user database; if there is none, pdlab stores nothing and says so."},
    {"NO_COLOR", "If not empty, pdlab uses no colours, unless --color is always."},
    {"TERM",
     "The terminal. dumb: the plain report. linux: only characters that a console's font has."},
    {"LINES, COLUMNS", "The screen's size, if the terminal does not report it."},
    {"LC_ALL, LC_CTYPE, LANG", "If the locale is not UTF-8, pdlab draws only ASCII."},
    {"CUDA_VISIBLE_DEVICES", "The GPUs that the driver shows to pdlab."},
    {NULL, NULL},
};

static const struct note files[] = {
    {"$XDG_CONFIG_HOME/pdlab/presets/*.json",
     "Your own presets. If XDG_CONFIG_HOME is not set, pdlab uses ~/.config."},
    {"$XDG_STATE_HOME/pdlab/explorer.json", "The session that --restore resumes. If XDG_STATE_HOME "
                                            "is not set, pdlab uses ~/.local/state."},
    {"$XDG_STATE_HOME/pdlab/losses.log", "An entry for each variant that took its device down: its "
                                         "knobs, the previous variant's knobs, "
                                         "and the device readings that were still possible."},
    {"$XDG_CACHE_HOME/pdlab", "The measured peaks of devices, by device and driver. If "
                              "XDG_CACHE_HOME is not set, pdlab uses "
                              "~/.cache."},
    {"artifacts/<run_id>", "The results of run and sweep, unless --out names another folder."},
    {NULL, NULL},
};

static const struct note statuses[] = {
    {"0", "Done."},
    {"1",
     "A run failed, a result was wrong or slower than --expect tolerates, or output could not be "
     "written."},
    {"2", "Bad usage or input."},
    {"3", "It can't run here."},
    {"128 + n", "Signal n ended it; results up to then are kept. 141: the reader of standard "
                "output has gone."},
    {NULL, NULL},
};

static const struct note examples[] = {
    {"pdlab", "The explorer at the default preset, on the best device there is."},
    {"pdlab run --targets persistent_decode --iterations 1000 --json result.json",
     "Every variant of a target that runs here, written as JSON."},
    {"pdlab compare before.json after.json", "Two recordings side by side."},
    {"pdlab sweep --targets cpu_persistent --vary BATCH=1:64:x2 --record mine.json",
     "A recording of seven points, for pdlab replay."},
    {NULL, NULL},
};

void manual_print(FILE *out)
{
    const char *version = version_line(), *revision = strstr(version, " (");
    fprintf(
        out, ".\\\" Made by `pdlab --help man`.\n.TH PDLAB 1 \"%s\" \"%.*s\" \"User Commands\"\n",
        version_date, (int)(revision ? revision - version : (ptrdiff_t)strlen(version)), version);
    put_section(out, "NAME");
    fprintf(out, "pdlab \\- explore and measure ways of decoding with a language model\n");
    put_synopsis(out);
    put_section(out, "DESCRIPTION");
    put_line(out,
             "pdlab runs one decode workload in progressively faster ways (a launch "
             "per token, a persistent kernel with a work queue on the device, CUDA graphs, "
             "double-buffered tiles) and shows what each gains. In the explorer you pick a "
             "variant, change knobs while it runs, and watch histograms of the step latency; "
             "`pdlab run` uses the same engine without a screen. Without a GPU, pdlab runs CPU "
             "variants and shows recordings of other machines.");
    put_commands(out);
    put_options(out);
    put_knobs(out);
    put_keys(out);
    put_targets(out);
    put_presets(out);
    put_notes(out, "ENVIRONMENT", variables);
    put_notes(out, "FILES", files);
    put_notes(out, "EXIT STATUS", statuses);
    put_notes(out, "EXAMPLES", examples);
}
