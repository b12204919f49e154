#include "why.h"

#include "../base/text.h"
#include "../engine/parts.h"

#include <stdio.h>

#define CELL  24u
#define MEANS " (means)" /* parts add up in means only */

/* A side of the comparison. */
struct side {
    const char *name;
    struct parts parts;
};

static bool may_say(enum outcome outcome)
{
    return compare_ranked(outcome) || outcome == OUTCOME_FEW;
}

/* Waits that only one side measured are part of its gap and of its computing, as the other has
 * them. */
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

/* The part that takes the slower side the most time beyond the faster one. */
static enum part most_different(const struct parts *slow, const struct parts *fast)
{
    enum part most = PART_START;
    for (int part = PART_START; part < PART_COUNT; part++)
        if (slow->whole[part] - fast->whole[part] > slow->whole[most] - fast->whole[most])
            most = (enum part)part;
    return most;
}

/* "its gap is 0 ns, A's 3.78 us of a 4.19 us step": what both have of the part. */
static void append_parts(char *text, const struct side *b, const struct side *a, bool b_slower,
                         enum part part)
{
    const bool of_step =
        part != PART_START && part != PART_SYNC && a->parts.free_running == b->parts.free_running;
    const struct side *slow = b_slower ? b : a;
    const double *in_a = of_step ? a->parts.step : a->parts.whole;
    const double *in_b = of_step ? b->parts.step : b->parts.whole;
    char own[CELL], other[CELL], whole[CELL], of[64] = "";
    text_duration(own, CELL, in_b[part]);
    text_duration(other, CELL, in_a[part]);
    text_duration(whole, CELL, of_step ? slow->parts.step_ns : slow->parts.iteration_ns);
    text_append(of, sizeof of, " of %s %s %s", whole[0] == '8' ? "an" : "a", whole,
                of_step ? "step" : "iteration");
    const char *name =
        part == PART_COMPUTE && !b->parts.phased ? "busy part" : part_name(&b->parts, part);
    text_append(text, WHY_ROOM, "its %s %s %s%s, %s's %s%s", name,
                part == PART_START || part == PART_SYNC ? "takes" : "is", own, b_slower ? of : "",
                a->name, other, b_slower ? "" : of);
}

static double mean_step_ns(const struct run *run)
{
    const struct histogram *steps = &run->histograms[METRIC_STEP];
    return steps->count > 0 ? histogram_mean(steps) : 0;
}

/* "a step of a program takes 400 ns", where it is not known how it divides; and of the other side
 * the part that takes most of its step. */
static void append_step(char *text, const struct run *run, const char *before)
{
    char whole[CELL], most[CELL];
    struct parts parts;
    enum part part = PART_GAP;
    const bool known = parts_of(run, &parts);
    for (int i = PART_GAP; i <= PART_COMPUTE; i++)
        if (parts.step[i] > parts.step[part])
            part = (enum part)i;
    text_duration(whole, CELL, known ? parts.step_ns : mean_step_ns(run));
    text_append(text, WHY_ROOM,
                run->facts.free_running ? "%sprograms run freely and take %s a step"
                                        : "%sstep takes %s",
                before, whole);
    if (known && part != PART_COMPUTE)
        text_append(text, WHY_ROOM, ", of which %s are %s",
                    text_duration(most, CELL, parts.step[part]), part_name(&parts, part));
}

/* Without the parts of one side, whole steps are compared. */
static bool write_steps(const struct run *a, const char *a_name, const struct run *b,
                        const char *b_name, const struct comparison *comparison, char *text)
{
    char before[WHY_ROOM];
    if (mean_step_ns(a) <= 0 || mean_step_ns(b) <= 0 || comparison->outcome == OUTCOME_CLOSE)
        return false;
    const bool slower = comparison->iteration.value < 1;
    if (slower != (mean_step_ns(b) > mean_step_ns(a)))
        return false;
    text_append(text, WHY_ROOM, "%s %s %s: ", b_name,
                compare_ranked(comparison->outcome) ? "is" : "looks", slower ? "slower" : "faster");
    append_step(text, b, "its ");
    snprintf(before, sizeof before, "; %s's ", a_name);
    append_step(text, a, before);
    text_append(text, WHY_ROOM, MEANS);
    return true;
}

bool why_text(const struct run *a, const char *a_name, const struct run *b, const char *b_name,
              const struct comparison *comparison, char text[WHY_ROOM])
{
    struct side in_a = {.name = a_name}, in_b = {.name = b_name};
    *text = '\0';
    if (!may_say(comparison->outcome) || comparison->iteration.value <= 0)
        return false;
    if (!parts_of(a, &in_a.parts) || !parts_of(b, &in_b.parts))
        return write_steps(a, a_name, b, b_name, comparison, text);
    if (in_a.parts.phased != in_b.parts.phased) {
        fold_waits(&in_a.parts);
        fold_waits(&in_b.parts);
    }
    /* By the means, which the parts are of: medians may lie the other way round. */
    const bool b_slower = in_b.parts.iteration_ns > in_a.parts.iteration_ns;
    const enum part part = b_slower ? most_different(&in_b.parts, &in_a.parts)
                                    : most_different(&in_a.parts, &in_b.parts);
    if (b_slower != (comparison->iteration.value < 1) && comparison->outcome != OUTCOME_CLOSE)
        return false;
    if (comparison->outcome == OUTCOME_CLOSE)
        text_append(text, WHY_ROOM, "%s is no faster or slower; what differs most: ", b_name);
    else
        text_append(text, WHY_ROOM, "%s %s %s: ", b_name,
                    compare_ranked(comparison->outcome) ? "is" : "looks",
                    b_slower ? "slower" : "faster");
    append_parts(text, &in_b, &in_a, b_slower, part);
    text_append(text, WHY_ROOM, MEANS);
    return true;
}
