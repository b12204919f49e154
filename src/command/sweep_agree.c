#include "sweep_agree.h"

#include "../base/text.h"
#include "../document/document.h"
#include "../engine/backend_name.h"
#include "commands.h"
#include "environment.h"

#include <stdio.h>
#include <string.h>

#define VALUE_ROOM 64u

bool sweep_take_axes(const struct options *options, struct sweep *sweep, struct error *error)
{
    for (size_t i = 0; options->vary[i]; i++) {
        struct sweep_axis axis;
        if (!sweep_axis_parse(options->vary[i], &axis, error))
            return false;
        if (options->settings.source[axis.knob] == SOURCE_FLAG)
            return error_set(error, ERROR_INPUT, "%s is set by a flag and by --vary: use only one",
                             knob_table[axis.knob].name);
        if (!sweep_add_axis(sweep, &axis, error))
            return false;
    }
    return true;
}

const char *sweep_format_axes(const struct sweep *sweep, char text[SWEEP_TEXT_ROOM])
{
    text[0] = '\0';
    for (uint32_t i = 0; i < sweep->axis_count; i++) {
        const struct sweep_axis *axis = &sweep->axes[i];
        text_append(text, SWEEP_TEXT_ROOM, "%s%s", i > 0 ? " " : "", knob_table[axis->knob].name);
        for (uint32_t j = 0; j < axis->count; j++) {
            char value[VALUE_ROOM];
            knob_format(axis->knob, axis->values[j], value, sizeof value);
            text_append(text, SWEEP_TEXT_ROOM, "%s%s", j == 0 ? "=" : ",", value);
        }
    }
    return text;
}

const char *sweep_format_variants(const struct sweep *sweep, char text[SWEEP_TEXT_ROOM])
{
    text[0] = '\0';
    for (uint32_t i = 0; i < sweep->variant_count; i++)
        text_append(text, SWEEP_TEXT_ROOM, "%s%s", i > 0 ? "," : "", sweep->variants[i]->name);
    return text;
}

static bool refuse(const char *folder, struct error *error, const char *what, const char *planned,
                   const char *asked)
{
    return error_set(error, ERROR_INPUT, "%s contains a different plan: its %s is %s, not %s",
                     folder, what, planned, asked);
}

/* ---- the command line ----------------------------------------------------------------------- */

static bool axes_agree(const struct sweep *plan, const char *folder, const struct options *options,
                       struct error *error)
{
    struct sweep asked = {0};
    char planned[SWEEP_TEXT_ROOM], typed[SWEEP_TEXT_ROOM];
    if (!options->vary[0])
        return true;
    if (!sweep_take_axes(options, &asked, error))
        return false;
    bool same = asked.axis_count == plan->axis_count;
    for (uint32_t i = 0; same && i < plan->axis_count; i++) {
        const struct sweep_axis *a = &plan->axes[i], *b = &asked.axes[i];
        same = a->knob == b->knob && a->count == b->count &&
               memcmp(a->values, b->values, a->count * sizeof *a->values) == 0;
    }
    return same || refuse(folder, error, "--vary", sweep_format_axes(plan, planned),
                          sweep_format_axes(&asked, typed));
}

static bool variants_agree(const struct sweep *plan, const char *folder,
                           const struct options *options, struct error *error)
{
    struct sweep asked = *plan;
    struct targets targets;
    char planned[SWEEP_TEXT_ROOM], typed[SWEEP_TEXT_ROOM];
    if (!options->targets && !options->preset_name)
        return true;
    if (!command_choose(options, plan->device.backend, &targets, error) ||
        !sweep_take_variants(&asked, &targets, error))
        return false;
    bool same =
        asked.variant_count == plan->variant_count &&
        memcmp(asked.variants, plan->variants, plan->variant_count * sizeof *plan->variants) == 0;
    return same || refuse(folder, error, "choice of variants", sweep_format_variants(plan, planned),
                          sweep_format_variants(&asked, typed));
}

static bool device_agrees(const struct sweep *plan, const char *folder,
                          const struct options *options, struct error *error)
{
    enum backend planned, asked;
    int planned_index, asked_index;
    if (!options->device)
        return true;
    return device_parse(plan->device.id, &planned, &planned_index, error) &&
           device_parse(options->device, &asked, &asked_index, error) &&
           ((planned == asked && planned_index == asked_index) ||
            refuse(folder, error, "device", plan->device.id, options->device));
}

/* Whether the user set the knob; the default preset does not count. */
static bool is_set(const struct options *options, enum knob_id id)
{
    enum knob_source source = options->settings.source[id];
    return source > SOURCE_DEFAULT && (source != SOURCE_PRESET || options->preset_name);
}

static bool knobs_agree(const struct sweep *plan, const char *folder, const struct options *options,
                        struct error *error)
{
    uint64_t varied = 0;
    for (uint32_t i = 0; i < plan->axis_count; i++)
        varied |= UINT64_C(1) << plan->axes[i].knob;
    for (int id = 0; id < KNOB_COUNT; id++) {
        int64_t planned = plan->knobs.value[id], asked = options->settings.knobs.value[id];
        bool free = varied >> id & 1;
        bool same = free ? options->settings.source[id] != SOURCE_FLAG : planned == asked;
        char values[2][VALUE_ROOM], typed[2 * VALUE_ROOM + ENVIRONMENT_NAME_ROOM],
            variable[ENVIRONMENT_NAME_ROOM];
        if (same || !is_set(options, (enum knob_id)id))
            continue;
        knob_format((enum knob_id)id, planned, values[0], VALUE_ROOM);
        knob_format((enum knob_id)id, asked, values[1], VALUE_ROOM);
        environment_variable(&options->settings, (enum knob_id)id, variable);
        snprintf(typed, sizeof typed, *variable ? "%s (%s in the environment)" : "%s", values[1],
                 variable);
        return refuse(folder, error, knob_table[id].name, free ? "varied" : values[0], typed);
    }
    return true;
}

static bool numbers_agree(const char *folder, const char *what, uint32_t planned, uint32_t asked,
                          struct error *error)
{
    char texts[2][VALUE_ROOM];
    snprintf(texts[0], VALUE_ROOM, "%u", planned);
    snprintf(texts[1], VALUE_ROOM, "%u", asked);
    return planned == asked || refuse(folder, error, what, texts[0], texts[1]);
}

/* Whether the number of repeats and the seed of their order agree. */
static bool repeats_agree(const struct sweep *plan, const char *folder,
                          const struct options *options, struct error *error)
{
    const bool seeded = options->has_order_seed && plan->repeats > 1;
    return (options->repeats == 0 ||
            numbers_agree(folder, "--repeats", plan->repeats, options->repeats, error)) &&
           (!seeded ||
            numbers_agree(folder, "--order-seed", plan->order_seed, options->order_seed, error));
}

bool sweep_agrees(const struct sweep *plan, const char *folder, const struct options *options,
                  struct error *error)
{
    return device_agrees(plan, folder, options, error) &&
           axes_agree(plan, folder, options, error) &&
           variants_agree(plan, folder, options, error) &&
           repeats_agree(plan, folder, options, error) && knobs_agree(plan, folder, options, error);
}

/* ---- the model, the machine and the build --------------------------------------------------- */

static bool same_model(const struct sweep *plan, const char *folder, struct error *error)
{
    const struct run_model model = run_open_model();
    char planned[SWEEP_TEXT_ROOM], found[SWEEP_TEXT_ROOM];
    run_model_text(&plan->model, planned, sizeof planned);
    run_model_text(&model, found, sizeof found);
    return strcmp(plan->model.hash, model.hash) == 0 ||
           refuse(folder, error, "model", planned, found);
}

bool sweep_same_origin(const struct sweep *plan, const char *folder,
                       const struct device_info *device, struct error *error)
{
    struct document here;
    char planned[SWEEP_TEXT_ROOM], found[SWEEP_TEXT_ROOM];
    if (!same_model(plan, folder, error))
        return false;
    document_describe(&here, device, NULL, 0);
    snprintf(planned, sizeof planned, "%s (%s)", plan->version, plan->git_revision);
    snprintf(found, sizeof found, "%s (%s)", here.version, here.git_revision);
    if (strcmp(planned, found) != 0)
        return refuse(folder, error, "pdlab", planned, found);
    char units[32];
    snprintf(planned, sizeof planned, "%s, %s, %s", plan->device.name, plan->device.isa,
             backend_units(units, sizeof units, &plan->device));
    snprintf(found, sizeof found, "%s, %s, %s", device->name, device->isa,
             backend_units(units, sizeof units, device));
    return strcmp(planned, found) == 0 || refuse(folder, error, "device", planned, found);
}
