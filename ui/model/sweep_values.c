#include "sweep_values.h"

#include "../../src/base/text.h"
#include "../../src/base/words.h"

#include <string.h>

/* ---- around the present value --------------------------------------------------------------- */

static void choose_about(const struct knobs *knobs, enum knob_id id, struct sweep_axis *axis)
{
    int64_t present = knobs->value[id], value = present;
    *axis = (struct sweep_axis){.knob = id, .scale = SWEEP_LISTED};
    uint32_t below = 0;
    for (int64_t next; (next = knob_turn(id, value, -1)) != value && below < SWEPT_VALUES / 2;
         below++)
        value = next;
    /* If there are few values on one side of the present value, take more on the other. */
    uint32_t above = 0;
    for (int64_t at = present, next; (next = knob_turn(id, at, 1)) != at && above < SWEPT_VALUES;
         above++)
        at = next;
    while (below + above + 1 < SWEPT_VALUES && knob_turn(id, value, -1) != value) {
        value = knob_turn(id, value, -1);
        below++;
    }
    for (;;) {
        if (!(value == KNOB_AUTO && knob_table[id].automatic))
            axis->values[axis->count++] = value;
        const int64_t next = knob_turn(id, value, 1);
        if (next == value || axis->count == SWEPT_VALUES)
            return;
        value = next;
    }
}

/* ---- what can run --------------------------------------------------------------------------- */

/* Whether the variants accept one value of the knob, and what they resolve it to. */
struct trial {
    bool runs;    /* at least one of the variants accepts it */
    bool same;    /* all variants that accept it resolve it to `used` */
    int64_t used; /* the resolved value: of `auto`, what the variant uses instead */
    struct error error;
};

static void try_value(const struct knobs *knobs, enum knob_id id, int64_t value,
                      const struct targets *targets, const struct device_info *device,
                      struct trial *trial)
{
    *trial = (struct trial){.same = true};
    for (uint32_t i = 0; i < targets->count; i++) {
        struct knobs at = *knobs;
        struct plan plan;
        struct error error;
        at.value[id] = value;
        if (!(targets->variants[i]->knobs >> id & 1))
            continue;
        if (!variant_plan(targets->variants[i], &at, device, &plan, &error)) {
            trial->error = error;
            continue;
        }
        trial->same &= !trial->runs || plan.used.value[id] == trial->used;
        trial->used = plan.used.value[id];
        trial->runs = true;
    }
}

static bool is_auto(enum knob_id id, int64_t value)
{
    char word[40];
    knob_format(id, value, word, sizeof word);
    return strcmp(word, "auto") == 0;
}

static bool runs_at(const struct trial *trials, const struct sweep_axis *axis, int64_t value)
{
    for (uint32_t v = 0; v < axis->count; v++)
        if (axis->values[v] == value)
            return trials[v].runs;
    return false;
}

/* Drops values that no variant accepts, and `auto` if it means another of the values. */
static void filter(enum knob_id id, const struct trial *trials, struct sweep_values *values)
{
    const struct sweep_axis all = values->axis;
    char words[128] = "", word[40];
    const char *reason = "";
    values->axis.count = 0;
    for (uint32_t v = 0; v < all.count; v++) {
        knob_text(id, all.values[v], word, sizeof word);
        if (!trials[v].runs) {
            words_add(words, sizeof words, "%s", word);
            reason = *reason ? reason : trials[v].error.text;
        } else if (is_auto(id, all.values[v]) && trials[v].same &&
                   trials[v].used != all.values[v] && runs_at(trials, &all, trials[v].used)) {
            values->has_automatic = true;
            values->automatic = trials[v].used;
        } else {
            values->axis.values[values->axis.count++] = all.values[v];
        }
    }
    if (values->has_automatic) {
        knob_text(id, values->automatic, word, sizeof word);
        text_append(values->left_out, SWEEP_LEFT_OUT, "auto is %s here. ", word);
    }
    if (*words)
        text_append(values->left_out, SWEEP_LEFT_OUT, "Not tried: %s. %.160s", words, reason);
}

/* Whether values can be tried here: only words of a choice, on a CPU. A GPU variant's plan may
 * query the driver, and this thread must not wait for the driver. */
static bool can_try(enum knob_id id, const struct targets *targets)
{
    for (uint32_t i = 0; i < targets->count; i++)
        if (targets->variants[i]->backend != BACKEND_CPU)
            return false;
    return knob_table[id].kind == KNOB_CHOICE;
}

void sweep_values_choose(const struct knobs *knobs, enum knob_id id, const struct targets *targets,
                         const struct device_info *device, struct sweep_values *values)
{
    struct trial trials[SWEPT_VALUES];
    bool any = false;
    *values = (struct sweep_values){0};
    choose_about(knobs, id, &values->axis);
    if (!can_try(id, targets))
        return;
    for (uint32_t v = 0; v < values->axis.count; v++) {
        try_value(knobs, id, values->axis.values[v], targets, device, &trials[v]);
        any |= trials[v].runs;
    }
    if (any)
        filter(id, trials, values);
}
