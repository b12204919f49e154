#include "why.h"

#include "../base/text.h"
#include "../engine/parts.h"

#include <stdio.h>

#define CELL    24u
#define MEDIANS " (p50)" /* the parts (parts.h) are parts of medians */

/* One of the two compared runs. */
struct side {
    const char *name;
    struct parts parts;
    const struct operations *operations;
};

/* Counts barrier waits as gap and data waits as compute, as in a run without phases. This makes two
 * sides comparable if only one measured waits. */
static void fold_waits(struct parts *parts)
{
    parts->step[PART_GAP] += parts->step[PART_BARRIER];
    parts->step[PART_COMPUTE] += parts->step[PART_DATA];
    parts->whole[PART_GAP] += parts->whole[PART_BARRIER];
    parts->whole[PART_COMPUTE] += parts->whole[PART_DATA];
    parts->step[PART_BARRIER] = parts->step[PART_DATA] = 0;
    parts->whole[PART_BARRIER] = parts->whole[PART_DATA] = 0;
    parts->phased = false;
}

/* Returns the part in which the slower side loses the most time against the faster side. */
static enum part most_different(const struct parts *slow, const struct parts *fast)
{
    enum part most = PART_START;
    for (int part = PART_START; part < PART_COUNT; part++)
        if (slow->whole[part] - fast->whole[part] > slow->whole[most] - fast->whole[most])
            most = (enum part)part;
    return most;
}

/* Writes text such as "a 4.19 us step" or "an 11.0 us iteration". */
static void write_whole(char *text, size_t size, double ns, bool step)
{
    char whole[CELL];
    text_duration(whole, CELL, ns);
    const bool teens = whole[0] == '1' && (whole[1] == '1' || whole[1] == '8') &&
                       (whole[2] == '.' || whole[2] == ' ');
    snprintf(text, size, "%s %s %s", whole[0] == '8' || teens ? "an" : "a", whole,
             step ? "step" : "iteration");
}

static bool is_outside_steps(enum part part)
{
    return part == PART_START || part == PART_SYNC;
}

/* Appends how long a part takes on both sides: "its gap is 0 ns, A's is 3.78 us of a 4.19 us step".
 */
static void append_parts(char *text, const struct side *b, const struct side *a, bool b_slower,
                         enum part part, bool of_step)
{
    const struct side *slow = b_slower ? b : a;
    const double *in_a = of_step ? a->parts.step : a->parts.whole;
    const double *in_b = of_step ? b->parts.step : b->parts.whole;
    char own[CELL], other[CELL], whole[48], of[64];
    text_duration(own, CELL, in_b[part]);
    text_duration(other, CELL, in_a[part]);
    write_whole(whole, sizeof whole, of_step ? slow->parts.step_ns : slow->parts.iteration_ns,
                of_step);
    snprintf(of, sizeof of, " of %s", whole);
    const char *name =
        part == PART_COMPUTE && !b->parts.phased ? "busy part" : part_name(&b->parts, part);
    text_append(text, WHY_ROOM, "its %s %s %s%s, %s's %s%s", name,
                is_outside_steps(part) ? "takes" : "is", own, b_slower ? of : "", a->name, other,
                b_slower ? "" : of);
}

/* Returns PART_START (first token) or PART_SYNC if that part takes more of an iteration than the
 * steps do; else PART_COUNT. */
static enum part beyond_steps(const struct parts *parts)
{
    const enum part longest =
        parts->whole[PART_START] >= parts->whole[PART_SYNC] ? PART_START : PART_SYNC;
    double steps_ns = 0;
    for (int part = PART_GAP; part <= PART_COMPUTE; part++)
        steps_ns += parts->whole[part];
    return parts->whole[longest] > steps_ns ? longest : PART_COUNT;
}

/* Returns the operation in which the slower side loses the most time against the faster side. NULL
 * if the sides do not have the same operations, or the slower side loses time in none. */
static const struct operation_sums *most_different_operation(const struct operations *slow,
                                                             const struct operations *fast)
{
    const struct operation_sums *most = NULL;
    double most_ns = 0;
    if (slow->count != fast->count)
        return NULL;
    for (uint32_t i = 0; i < slow->count; i++) {
        const struct operation_sums *in_slow = &slow->of[i];
        const struct operation_sums *in_fast = operations_find(fast, in_slow->name);
        if (!in_fast || in_fast->count != in_slow->count)
            return NULL;
        const double ns =
            (double)in_slow->ns / (double)slow->steps - (double)in_fast->ns / (double)fast->steps;
        if (ns > most_ns) {
            most_ns = ns;
            most = in_slow;
        }
    }
    return most;
}

static double mean_ns(const struct operations *operations, const char *name)
{
    return (double)operations_find(operations, name)->ns / (double)operations->steps;
}

static void append_operation(char *text, const struct side *b, const struct side *a, bool b_slower)
{
    const struct side *slow = b_slower ? b : a, *fast = b_slower ? a : b;
    const struct operation_sums *most =
        most_different_operation(slow->operations, fast->operations);
    char own[CELL], other[CELL];
    if (!most)
        return;
    text_append(text, WHY_ROOM, "; its %s takes %s, %s's %s (mean)", most->name,
                text_duration(own, CELL, mean_ns(b->operations, most->name)), a->name,
                text_duration(other, CELL, mean_ns(a->operations, most->name)));
}

/* Appends the part that differs most. If first token or sync takes most of the faster side's
 * iteration, names that part too and compares iterations: a comparison of steps alone would
 * overstate the difference. */
static void append_difference(char *text, const struct side *b, const struct side *a, bool b_slower)
{
    const struct side *fast = b_slower ? a : b, *slow = b_slower ? b : a;
    const enum part part = most_different(&slow->parts, &fast->parts);
    const enum part most = beyond_steps(&fast->parts);
    const bool of_step = !is_outside_steps(part) && most == PART_COUNT &&
                         a->parts.free_running == b->parts.free_running;
    char takes[CELL], whole[CELL];
    append_parts(text, b, a, b_slower, part, of_step);
    if (most != PART_COUNT && most != part)
        text_append(text, WHY_ROOM, "; %s takes %s of %s's %s", part_name(&fast->parts, most),
                    text_duration(takes, CELL, fast->parts.whole[most]), fast->name,
                    text_duration(whole, CELL, fast->parts.iteration_ns));
    text_append(text, WHY_ROOM, MEDIANS);
    if (of_step)
        append_operation(text, b, a, b_slower);
}

/* Appends "B is faster: ", or a weaker claim if the outcome is less certain. */
static void append_claim(char *text, const char *a_name, const char *b_name, enum outcome outcome,
                         bool b_slower)
{
    if (compare_ranked(outcome) && !compare_decided(outcome))
        text_append(text, WHY_ROOM, "%s is too close to %s to call; what differs most: ", b_name,
                    a_name);
    else
        text_append(text, WHY_ROOM, "%s %s %s: ", b_name, compare_decided(outcome) ? "is" : "looks",
                    b_slower ? "slower" : "faster");
}

/* Appends text such as "step takes 400 ns", and the step's longest part if the parts are known. */
static void append_step(char *text, const struct run *run, const char *before)
{
    char whole[CELL], most[CELL];
    struct parts parts;
    enum part part = PART_GAP;
    const bool known = parts_of(run, &parts);
    for (int i = PART_GAP; i <= PART_COMPUTE; i++)
        if (parts.step[i] > parts.step[part])
            part = (enum part)i;
    text_duration(whole, CELL, run_p50_ns(run, METRIC_STEP));
    text_append(text, WHY_ROOM,
                run->facts.free_running ? "%sprograms run freely and take %s a step"
                                        : "%sstep takes %s",
                before, whole);
    if (known && part != PART_COMPUTE)
        text_append(text, WHY_ROOM, ", of which %s are %s",
                    text_duration(most, CELL, parts.step[part]), part_name(&parts, part));
}

/* Compares whole steps, if the parts of either side are unknown. Returns false if steps do not
 * explain the outcome. */
static bool write_steps(const struct run *a, const char *a_name, const struct run *b,
                        const char *b_name, const struct comparison *comparison, char *text)
{
    char before[WHY_ROOM];
    if (run_p50_ns(a, METRIC_STEP) <= 0 || run_p50_ns(b, METRIC_STEP) <= 0 ||
        (compare_ranked(comparison->outcome) && !compare_decided(comparison->outcome)))
        return false;
    const bool slower = comparison->iteration.value < 1;
    if (slower != (run_p50_ns(b, METRIC_STEP) > run_p50_ns(a, METRIC_STEP)))
        return false;
    append_claim(text, a_name, b_name, comparison->outcome, slower);
    append_step(text, b, "its ");
    snprintf(before, sizeof before, "; %s's ", a_name);
    append_step(text, a, before);
    text_append(text, WHY_ROOM, MEDIANS);
    return true;
}

bool why_text(const struct run *a, const char *a_name, const struct run *b, const char *b_name,
              const struct comparison *comparison, char text[WHY_ROOM])
{
    struct side in_a = {.name = a_name, .operations = &a->operations};
    struct side in_b = {.name = b_name, .operations = &b->operations};
    const enum outcome outcome = comparison->outcome;
    *text = '\0';
    if (!(compare_ranked(outcome) || outcome == OUTCOME_FEW) || comparison->iteration.value <= 0)
        return false;
    if (!parts_of(a, &in_a.parts) || !parts_of(b, &in_b.parts))
        return write_steps(a, a_name, b, b_name, comparison, text);
    if (in_a.parts.phased != in_b.parts.phased) {
        fold_waits(&in_a.parts);
        fold_waits(&in_b.parts);
    }
    /* Use the pooled p50s, because the parts add up to them. The p50s of single time slices may
     * order A and B differently. */
    const bool b_slower = in_b.parts.iteration_ns > in_a.parts.iteration_ns;
    if (b_slower != (comparison->iteration.value < 1) &&
        (compare_decided(outcome) || !compare_ranked(outcome)))
        return false;
    append_claim(text, a_name, b_name, outcome, b_slower);
    append_difference(text, &in_b, &in_a, b_slower);
    return true;
}
