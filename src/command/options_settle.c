#include "../harness/sweep_folder.h"
#include "environment.h"
#include "options_private.h"

#define PROCESS_NS UINT64_C(2000000000) /* default time limit of a process with --until-stable */

/* Chooses what ends a measurement if the user gave no number of iterations. */
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
    options->process_stable = !options->against; /* both builds are measured for the same time */
}

/* Returns the KNOB_BITs that a sweep varies: from --vary, and from the plan that it resumes. Errors
 * in either are reported later. */
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

/* Returns the KNOB_BITs that the command reads and does not vary. */
static uint64_t wanted_knobs(const struct options *options)
{
    uint64_t wanted = 0;
    for (int id = 0; id < KNOB_COUNT; id++)
        if (option_knob_commands((enum knob_id)id) & COMMAND_BIT(options->command))
            wanted |= UINT64_C(1) << id;
    return wanted & ~varied_knobs(options);
}

/* Applies PDLAB_MODEL, which may name a folder, as --model may. */
static void settle_model(struct parser *parser)
{
    const char *value = environment_model();
    if (value && (wanted_knobs(parser->options) & KNOB_BIT(MODEL)) &&
        parser->options->settings.source[KNOB_MODEL] < SOURCE_ENVIRONMENT)
        options_take_model(parser, value, SOURCE_ENVIRONMENT);
}

bool options_settle_knobs(struct parser *parser)
{
    struct options *options = parser->options;
    struct knob_settings *settings = &options->settings;
    settle_model(parser);
    const uint64_t wanted = wanted_knobs(options) & ~(options->model ? KNOB_BIT(MODEL) : 0);
    if (!environment_apply(settings, wanted, &options->quick, parser->error))
        return false;
    if (options->preset_name || !options->targets) {
        if (!preset_load(options->preset_name ? options->preset_name : PRESET_DEFAULT,
                         &options->preset, parser->error))
            return false;
        /* The default preset must not override the shapes of QUICK. */
        if (options->preset_name || !options->quick)
            preset_apply(&options->preset, settings);
    }
    if (options->quick)
        knobs_apply_quick(settings);
    settle_iterations(options);
    return true;
}
