#include "sweep.h"

#include "../base/text.h"
#include "../base/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMS        "KNOB=V,V,... or KNOB=LO:HI:xF or KNOB=LO:HI:+S"
#define VALUE_ROOM   64u /* a knob's value as text */
#define QUOTED_ROOM  96u
#define NAMES_ROOM   320u
#define READERS_MOST 64u
#define FACTOR_LEAST 1.01
#define FACTOR_MOST  1e9
#define STEP_MOST    (INT64_C(1) << 40)

const char *const sweep_scale_names[] = {
    [SWEEP_LISTED] = "listed",
    [SWEEP_ARITHMETIC] = "arithmetic",
    [SWEEP_GEOMETRIC] = "geometric",
    NULL,
};

/* ---- reading an axis ------------------------------------------------------------------------ */

static bool add_value(struct sweep_axis *axis, int64_t value, struct error *error)
{
    const char *name = knob_table[axis->knob].name;
    char text[VALUE_ROOM];
    knob_format(axis->knob, value, text, sizeof text);
    for (uint32_t i = 0; i < axis->count; i++)
        if (axis->values[i] == value)
            return error_set(error, ERROR_INPUT, "--vary %s has the value %s twice", name, text);
    if (axis->count == SWEEP_VALUES)
        return error_set(error, ERROR_INPUT, "--vary %s has more than %u values", name,
                         SWEEP_VALUES);
    axis->values[axis->count++] = value;
    return true;
}

/* Copies `length` characters, cut to VALUE_ROOM - 1: no valid value is longer. */
static const char *copy_word(char word[VALUE_ROOM], const char *text, size_t length)
{
    snprintf(word, VALUE_ROOM, "%.*s", (int)(length < VALUE_ROOM ? length : VALUE_ROOM), text);
    return word;
}

static bool parse_value(enum knob_id knob, const char *word, int64_t *value, struct error *error)
{
    struct error why = {0};
    return knob_parse(knob, word, value, &why) ||
           error_set(error, ERROR_INPUT, "--vary: %s", why.text);
}

static bool parse_list(const char *text, struct sweep_axis *axis, struct error *error)
{
    axis->scale = SWEEP_LISTED;
    for (const char *at = text;; at++) {
        char word[VALUE_ROOM];
        size_t length = strcspn(at, ",");
        int64_t value = 0;
        if (!parse_value(axis->knob, copy_word(word, at, length), &value, error) ||
            !add_value(axis, value, error))
            return false;
        at += length;
        if (*at == '\0')
            return true;
    }
}

/* The stride of a range. */
struct stride {
    enum sweep_scale scale;
    double factor;
    int64_t step;
};

/* Reads "xF" or "+S". */
static bool parse_stride(const char *text, struct stride *stride)
{
    char *end;
    if (text[0] == 'x') {
        stride->scale = SWEEP_GEOMETRIC;
        stride->factor = strtod(text + 1, &end);
        return text[1] >= '0' && text[1] <= '9' && *end == '\0' && stride->factor >= FACTOR_LEAST &&
               stride->factor <= FACTOR_MOST;
    }
    stride->scale = SWEEP_ARITHMETIC;
    stride->step = strtoll(text[0] == '+' ? text + 1 : "", &end, 10);
    return text[0] == '+' && text[1] >= '0' && text[1] <= '9' && *end == '\0' && stride->step > 0 &&
           stride->step <= STEP_MOST;
}

/* Adds a value computed from a range, after the same checks as for a typed value. */
static bool add_computed(struct sweep_axis *axis, int64_t value, struct error *error)
{
    char word[VALUE_ROOM];
    snprintf(word, sizeof word, "%" PRId64, value);
    return parse_value(axis->knob, word, &value, error) && add_value(axis, value, error);
}

static bool fill_range(struct sweep_axis *axis, int64_t low, int64_t high,
                       const struct stride *stride, struct error *error)
{
    double power = (double)low; /* not rounded, because rounding errors would add up */
    int64_t value = low;
    while (value <= high) {
        if (!add_computed(axis, value, error))
            return false;
        int64_t before = value;
        while (value == before) { /* with a small factor, the next value may round to the same
                                     integer */
            power *= stride->factor;
            value = stride->scale == SWEEP_GEOMETRIC ? (int64_t)fmin(round(power), 0x1p62)
                                                     : before + stride->step;
        }
    }
    return true;
}

static bool parse_range(const char *text, struct sweep_axis *axis, struct error *error)
{
    const struct knob_info *knob = &knob_table[axis->knob];
    char words[2][VALUE_ROOM], quoted[QUOTED_ROOM];
    int64_t bounds[2] = {0};
    struct stride stride = {.factor = 1};

    if (knob->kind != KNOB_INT && knob->kind != KNOB_SET)
        return error_set(error, ERROR_INPUT, "--vary %s takes words, not a range: %s=%s",
                         knob->name, knob->name, knob->kind == KNOB_SWITCH ? "on,off" : "V,V,...");
    for (int i = 0; i < 2; i++) {
        size_t length = strcspn(text, ":");
        if (!parse_value(axis->knob, copy_word(words[i], text, length), &bounds[i], error))
            return false;
        text += length + (text[length] == ':');
    }
    if (!parse_stride(text, &stride))
        return error_set(error, ERROR_INPUT,
                         "--vary %s: a range ends in xF (a factor of %g or more) or in +S (a whole "
                         "step of 1 or more), not in %s",
                         knob->name, FACTOR_LEAST, text_quote(quoted, sizeof quoted, text));
    if (bounds[0] < knob->least || bounds[0] > bounds[1])
        return error_set(error, ERROR_INPUT, "--vary %s: a range goes up, not from %s to %s",
                         knob->name, words[0], words[1]);
    if (stride.scale == SWEEP_GEOMETRIC && bounds[0] == 0)
        return error_set(
            error, ERROR_INPUT,
            "--vary %s: a range that starts at 0 can't grow by a factor: use a step, +S, "
            "instead of xF",
            knob->name);
    axis->scale = stride.scale;
    return fill_range(axis, bounds[0], bounds[1], &stride, error);
}

bool sweep_axis_parse(const char *text, struct sweep_axis *axis, struct error *error)
{
    char quoted[QUOTED_ROOM], name[VALUE_ROOM];
    const char *equals = strchr(text, '=');
    *axis = (struct sweep_axis){0};
    if (!equals)
        return error_set(error, ERROR_INPUT, "--vary takes " FORMS ", not %s",
                         text_quote(quoted, sizeof quoted, text));
    axis->knob = knob_find(copy_word(name, text, (size_t)(equals - text)));
    if (axis->knob == KNOB_COUNT) {
        const char *nearest = knob_nearest(name);
        return error_set(error, ERROR_INPUT, "--vary: unknown knob %s; %s%s%s",
                         text_quote(quoted, sizeof quoted, name),
                         nearest ? "did you mean " : "pdlab --help knobs names them all",
                         nearest ? nearest : "", nearest ? "?" : "");
    }
    return strchr(equals, ':') ? parse_range(equals + 1, axis, error)
                               : parse_list(equals + 1, axis, error);
}

/* ---- the plan ------------------------------------------------------------------------------- */

bool sweep_add_axis(struct sweep *sweep, const struct sweep_axis *axis, struct error *error)
{
    const char *name = knob_table[axis->knob].name;
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        if (sweep->axes[i].knob == axis->knob)
            return error_set(error, ERROR_INPUT, "%s is varied twice", name);
    if (sweep->axis_count == SWEEP_AXES)
        return error_set(error, ERROR_INPUT, "at most %u knobs can be varied; %s is one too many",
                         SWEEP_AXES, name);
    uint32_t points = sweep_points(sweep) * axis->count;
    if (points > SWEEP_POINTS) {
        char count[32], most[32];
        return error_set(error, ERROR_INPUT, "with %s there are %s points; a sweep has at most %s",
                         name, text_integer(count, sizeof count, points),
                         text_integer(most, sizeof most, SWEEP_POINTS));
    }
    sweep->axes[sweep->axis_count++] = *axis;
    return true;
}

bool sweep_ends(const struct sweep *sweep, struct error *error)
{
    bool ends = sweep->knobs.iterations > 0;
    for (uint32_t i = 0; i < sweep->axis_count; i++) {
        const struct sweep_axis *axis = &sweep->axes[i];
        if (axis->knob != KNOB_ITERATIONS)
            continue;
        ends = true;
        for (uint32_t value = 0; value < axis->count; value++)
            ends &= axis->values[value] > 0;
    }
    return ends ||
           error_set(error, ERROR_INPUT,
                     "a sweep with ITERATIONS 0 would never end: set ITERATIONS to 1 or more");
}

enum knob_id sweep_unread(const struct sweep *sweep, const struct variant *variant)
{
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        if (!(variant->knobs >> sweep->axes[i].knob & 1))
            return sweep->axes[i].knob;
    return KNOB_COUNT;
}

/* Lists the backend's variants that read the knob: "a, b and c". */
static void list_readers(enum knob_id knob, enum backend backend, char text[NAMES_ROOM])
{
    static const char *const none[] = {"no variant of the device", NULL};
    const char *readers[READERS_MOST + 1];
    size_t count = 0;
    for (size_t i = 0; variants[i] && count < READERS_MOST; i++)
        if (variants[i]->backend == backend && !variants[i]->hidden &&
            (variants[i]->knobs >> knob & 1))
            readers[count++] = variants[i]->name;
    readers[count] = NULL;
    words_list(text, NAMES_ROOM, count > 0 ? readers : none, "and");
}

static bool refuse_variant(const struct sweep *sweep, const struct variant *variant,
                           struct error *error)
{
    char readers[NAMES_ROOM];
    enum knob_id knob = sweep_unread(sweep, variant);
    list_readers(knob, variant->backend, readers);
    return error_set(error, ERROR_INPUT, "%s does not read %s, which is varied; it is read by %s",
                     variant->name, knob_table[knob].name, readers);
}

bool sweep_take_variants(struct sweep *sweep, const struct targets *targets, struct error *error)
{
    sweep->variant_count = 0;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (sweep_unread(sweep, targets->variants[i]) == KNOB_COUNT)
            sweep->variants[sweep->variant_count++] = targets->variants[i];
        else if (targets->by_name[i])
            return refuse_variant(sweep, targets->variants[i], error);
    }
    return sweep->variant_count > 0 || refuse_variant(sweep, targets->variants[0], error);
}

uint32_t sweep_points(const struct sweep *sweep)
{
    uint32_t points = 1;
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        points *= sweep->axes[i].count;
    return points;
}

int64_t sweep_value(const struct sweep *sweep, uint32_t number, uint32_t axis)
{
    uint32_t stride = 1;
    for (uint32_t i = axis + 1; i < sweep->axis_count; i++)
        stride *= sweep->axes[i].count;
    return sweep->axes[axis].values[(number - 1) / stride % sweep->axes[axis].count];
}

void sweep_knobs(const struct sweep *sweep, uint32_t number, struct knobs *knobs)
{
    *knobs = sweep->knobs;
    for (uint32_t i = 0; i < sweep->axis_count; i++)
        knobs->value[sweep->axes[i].knob] = sweep_value(sweep, number, i);
}
