#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CLOSE       1e-9 /* tolerance for rounding errors */
#define LEAST_STEP  1.0  /* smallest step between linear ticks */
#define DIGITS      4
#define DIGITS_MOST 10

/* ---- positions ------------------------------------------------------------------------------ */

double axis_position(const struct axis *axis, double ns)
{
    if (axis->linear)
        return (ns - axis->low_ns) / (axis->high_ns - axis->low_ns);
    if (ns <= 0)
        return -1;
    return log(ns / axis->low_ns) / log(axis->high_ns / axis->low_ns);
}

double axis_value(const struct axis *axis, double position)
{
    if (axis->linear)
        return axis->low_ns + position * (axis->high_ns - axis->low_ns);
    return axis->low_ns * pow(axis->high_ns / axis->low_ns, position);
}

double axis_decade(double value)
{
    return pow(10, floor(log10(value) + CLOSE));
}

/* ---- ticks ---------------------------------------------------------------------------------- */

/* The ticks collected so far. The set is spoiled if two labels would touch, or if it would have
 * more than AXIS_TICKS ticks. */
struct tick_set {
    const struct axis *axis;
    unsigned columns, count;
    struct tick *ticks;
    bool upright, rate;
    int digits;    /* significant digits: enough to tell neighbouring ticks apart */
    int free_from; /* first column available to the next label */
    bool spoiled;
};

static void format_tick(const struct tick_set *set, struct tick *tick)
{
    static const char *const units[2][4] = {{" ns", " us", " ms", " s"}, {"", " k", " M", " G"}};
    double value = tick->ns;
    unsigned unit = 0;
    for (; unit < 3 && value >= 999.9995; unit++)
        value /= 1000;
    snprintf(tick->text, sizeof tick->text, "%.*g%s", set->digits, value, units[set->rate][unit]);
}

static void add_tick(struct tick_set *set, double ns)
{
    double position = axis_position(set->axis, ns);
    if (position < -CLOSE || position > 1 + CLOSE || set->spoiled)
        return;
    int column = (int)(position * set->columns);
    if (column >= (int)set->columns)
        column = (int)set->columns - 1;
    struct tick tick = {.ns = ns, .column = (unsigned)column};
    format_tick(set, &tick);
    int width = set->upright ? 1 : (int)strlen(tick.text);
    int start = column - width / 2;
    if (start + width > (int)set->columns)
        start = (int)set->columns - width;
    if (start < 0)
        start = 0;
    if (start < set->free_from || set->count == AXIS_TICKS) {
        set->spoiled = true;
        return;
    }
    tick.start = (unsigned)start;
    set->ticks[set->count++] = tick;
    set->free_from = start + width + (set->upright ? 1 : 2);
}

/* Leading digits of logarithmic ticks, from dense to sparse: "125" means ticks at 1, 2 and 5 times
 * a power of ten. NULL-ended. */
static const char *const log_steps[] = {"123456789", "12357", "125", "13", "1", NULL};

static void add_log_ticks(struct tick_set *set, const char *leading, int every)
{
    int first = (int)floor(log10(set->axis->low_ns) + CLOSE);
    int last = (int)ceil(log10(set->axis->high_ns) - CLOSE);
    for (int decade = first; decade <= last; decade += every)
        for (const char *digit = leading; *digit; digit++)
            add_tick(set, (*digit - '0') * pow(10, decade));
}

static void add_linear_ticks(struct tick_set *set, double step)
{
    double first = ceil(set->axis->low_ns / step - CLOSE);
    double last = floor(set->axis->high_ns / step + CLOSE);
    int digits = 1 + (int)log10(fmax(set->axis->high_ns / axis_decade(step), 1));
    set->digits = digits < DIGITS ? DIGITS : digits > DIGITS_MOST ? DIGITS_MOST : digits;
    for (double i = first; i <= last && !set->spoiled; i++)
        add_tick(set, fabs(i * step)); /* fabs turns -0 into 0, so that no label is "-0" */
}

static unsigned choose_ticks(const struct tick_set *fresh)
{
    const struct axis *axis = fresh->axis;
    const unsigned columns = fresh->columns;
    if (axis->high_ns <= 0 || columns == 0)
        return 0;
    if (!axis->linear && axis->high_ns > 4 * axis->low_ns) {
        const char *const *steps = log_steps;
        for (int every = 1;;) {
            struct tick_set set = *fresh;
            add_log_ticks(&set, *steps, every);
            if (!set.spoiled)
                return set.count;
            if (steps[1])
                steps++;
            else
                every++;
        }
    }
    double decade = axis_decade(fmax((axis->high_ns - axis->low_ns) / columns, LEAST_STEP));
    for (;; decade *= 10) {
        for (unsigned i = 0; i < 3; i++) {
            static const double steps[] = {1, 2, 5};
            struct tick_set set = *fresh;
            add_linear_ticks(&set, steps[i] * decade);
            if (!set.spoiled)
                return set.count;
        }
    }
}

unsigned axis_ticks(const struct axis *axis, unsigned columns, struct tick *ticks)
{
    return choose_ticks(
        &(struct tick_set){.axis = axis, .columns = columns, .ticks = ticks, .digits = DIGITS});
}

unsigned axis_ticks_upright(const struct axis *axis, unsigned rows, bool rate, struct tick *ticks)
{
    return choose_ticks(&(struct tick_set){.axis = axis,
                                           .columns = rows,
                                           .ticks = ticks,
                                           .upright = true,
                                           .rate = rate,
                                           .digits = DIGITS});
}
