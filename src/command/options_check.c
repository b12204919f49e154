#include "options_private.h"

#include <string.h>

static bool check_sweep(const struct options *options, struct error *error)
{
    if (!options->vary[0] && !options->resume)
        return error_set(error, ERROR_INPUT,
                         "sweep needs --vary KNOB=V,V,... to begin, or --resume DIR to continue");
    if (options->out && options->resume)
        return error_set(error, ERROR_INPUT,
                         "--out and --resume both name the sweep's folder: use only one");
    if (options->record && options->shard)
        return error_set(
            error, ERROR_INPUT,
            "--record needs all points, but a --shard measures only some: when all shards "
            "are done, run sweep --resume DIR --record FILE");
    if (options->record && strcmp(options->record, "-") == 0)
        return error_set(error, ERROR_INPUT,
                         "sweep prints its table to standard output: --record takes a file, not -");
    if (options->out && strcmp(options->out, "none") == 0)
        return error_set(error, ERROR_INPUT,
                         "sweep keeps its points in files: --out takes a folder, not none");
    return true;
}

/* Refuses options that set what the saved state of --restore contains. */
static bool check_restore(const struct options *options, struct error *error)
{
    bool flagged = options->device || options->preset_name || options->plain;
    for (int id = 0; id < KNOB_COUNT; id++)
        flagged |=
            options->settings.source[id] == SOURCE_FLAG && !(id == KNOB_MODEL && options->model);
    return !flagged || error_set(error, ERROR_INPUT,
                                 "--restore resumes the explorer's device, preset and knobs: omit "
                                 "--device, --preset, --plain and knob flags");
}

bool options_check(const struct options *options, struct error *error)
{
    bool ends = options->command == COMMAND_RUN || options->command == COMMAND_SWEEP;
    if (ends && options->settings.knobs.iterations == 0 && options->duration_ns == 0)
        return error_set(
            error, ERROR_INPUT,
            "%s with ITERATIONS 0 (from the %s) would never end: set ITERATIONS to 1 or "
            "more%s",
            options_command_name(options->command),
            knob_source_names[options->settings.source[KNOB_ITERATIONS]],
            options->command == COMMAND_RUN ? ", or use --duration or --until-stable" : "");
    if (options->command == COMMAND_SWEEP && !check_sweep(options, error))
        return false;
    if (options->restore && !check_restore(options, error))
        return false;
    if (options->command == COMMAND_DEMO && options->check && !options->files[0])
        return error_set(error, ERROR_INPUT,
                         "--check needs a demo: pdlab demo --check FILE; pdlab demo lists them");
    if (options->command == COMMAND_DEMO && !options->check && options->files[0] &&
        options->files[1])
        return error_set(error, ERROR_INPUT,
                         "demo plays one demo at a time; only --check takes several");
    if (options->json_flag && options->markdown)
        return error_set(error, ERROR_INPUT, "list takes --json or --markdown, not both");
    if (options->expect_write && strcmp(options->expect_write, "-") == 0)
        return error_set(error, ERROR_INPUT, "--expect-write takes a file, not -");
    if (options->output && strcmp(options->output, "-") == 0)
        return error_set(error, ERROR_INPUT, "--output takes a file, not -");
    int to_stdout = 0;
    const char *const paths[] = {options->json, options->csv, options->record};
    for (int i = 0; i < 3; i++)
        to_stdout += paths[i] && strcmp(paths[i], "-") == 0;
    if (to_stdout > 1)
        return error_set(error, ERROR_INPUT,
                         "only one of --json, --csv and --record can go to standard output (-)");
    return true;
}
