#include "heat.h"

#include "../../src/engine/knobs.h"

#include <stdio.h>
#include <string.h>

/* Fills the bins: each is the sum of 16 of the histogram's buckets. */
static void sum_bins(const struct histogram *histogram, uint64_t bins[HEAT_BINS])
{
    memset(bins, 0, HEAT_BINS * sizeof *bins);
    for (uint32_t i = histogram->first; i <= histogram->last && histogram->count > 0; i++)
        bins[i / 16] += histogram_count_at(histogram, i);
}

/* Writes the first knob that changed between two epochs: "BATCH 16"; "reset" if none did. */
static void write_mark(const struct knobs *before, const struct run *run, char *text, size_t size)
{
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[24];
        if (before->value[id] == run->asked.value[id])
            continue;
        knob_text((enum knob_id)id, run->asked.value[id], value, sizeof value);
        snprintf(text, size, "%.16s %.14s", knob_table[id].name, value);
        return;
    }
    snprintf(text, size, "reset");
}

static void begin(struct heat *heat, const struct run *run, enum metric metric, uint64_t now_ns)
{
    heat->next = heat->count = 0;
    heat->taken_ns = now_ns;
    heat->epoch = run->epoch;
    heat->metric = metric;
    heat->asked = run->asked;
    heat->mark[0] = '\0';
    memcpy(heat->variant, run->variant, sizeof heat->variant);
    sum_bins(&run->histograms[metric], heat->seen);
    heat->seen_count = run->histograms[metric].count;
}

bool heat_follow(struct heat *heat, const struct run *run, enum metric metric, uint64_t now_ns)
{
    const struct histogram *histogram = &run->histograms[metric];
    if (heat->taken_ns == 0 || metric != heat->metric || strcmp(run->variant, heat->variant) != 0) {
        begin(heat, run, metric, now_ns);
        return false;
    }
    if (run->epoch != heat->epoch) {
        write_mark(&heat->asked, run, heat->mark, sizeof heat->mark);
        heat->epoch = run->epoch;
        heat->asked = run->asked;
        memset(heat->seen, 0, sizeof heat->seen);
        heat->seen_count = 0;
    }
    if (now_ns - heat->taken_ns < HEAT_INTERVAL_NS)
        return false;
    struct heat_row *row = &heat->rows[heat->next];
    uint64_t bins[HEAT_BINS];
    sum_bins(histogram, bins);
    for (uint32_t i = 0; i < HEAT_BINS; i++)
        row->bins[i] = (uint32_t)(bins[i] - heat->seen[i]);
    row->count = histogram->count - heat->seen_count;
    memcpy(row->mark, heat->mark, sizeof row->mark);
    heat->mark[0] = '\0';
    memcpy(heat->seen, bins, sizeof bins);
    heat->seen_count = histogram->count;
    heat->taken_ns = now_ns;
    heat->next = (heat->next + 1) % HEAT_ROWS;
    if (heat->count < HEAT_ROWS)
        heat->count++;
    return true;
}

const struct heat_row *heat_at(const struct heat *heat, uint32_t age)
{
    if (age >= heat->count)
        return NULL;
    return &heat->rows[(heat->next + HEAT_ROWS - 1 - age) % HEAT_ROWS];
}

/* Returns the position of a duration among the bins: 2.5 is the middle of bin 2. */
static double bin_position(double ns)
{
    if (ns < 0)
        return 0;
    if (ns >= (double)HISTOGRAM_MOST_NS)
        return (double)HEAT_BINS;
    const uint32_t bucket = histogram_bucket((uint64_t)ns);
    uint64_t lower, upper;
    histogram_bounds(bucket, &lower, &upper);
    return (bucket + (ns - (double)lower) / (double)(upper - lower)) / 16;
}

double heat_share(const struct heat_row *row, double lower_ns, double upper_ns)
{
    const double from = bin_position(lower_ns), to = bin_position(upper_ns);
    double sum = 0;
    for (uint32_t i = (uint32_t)from; i < HEAT_BINS && (double)i < to; i++) {
        const double begin = from > i ? from : i, end = to < i + 1.0 ? to : i + 1.0;
        sum += (end - begin) * row->bins[i];
    }
    return row->count > 0 ? sum / (double)row->count : 0;
}
