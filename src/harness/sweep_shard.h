/*
 * sweep_shard.h - the part of a sweep's points that one process measures.
 *
 * The process that begins a sweep splits it once, and the plan records the split. A task's points
 * must not depend on its current job array: if only some tasks are submitted again, Slurm counts
 * only those (--array=3 has a count of 1).
 */
#pragma once

#include "../../kernels/lab.h"

#define SWEEP_SHARD_SLURM "slurm" /* the value of --shard for a task of a Slurm job array */

/* Shard `index` of `count`: the points index, index + count, index + 2 count ... Neighbouring
 * points take similar times, so this gives every shard its share of the long points. */
struct sweep_shard {
    uint32_t index, count; /* 1 of 1: all points */
};

/* How a sweep was split when it began. In a job array, shard I is the task with index first + (I -
 * 1) * step. */
struct sweep_split {
    uint32_t count; /* 0: not split */
    uint32_t first, step;
};

/* Parses the argument of --shard in the process that begins the sweep: "I/N" with 1 <= I <= N, or
 * "slurm". If `text` is NULL, the sweep is not split. For "slurm", the environment gives the number
 * of tasks. */
bool sweep_split_parse(const char *text, struct sweep_split *split, struct error *error);

/* Parses the argument of --shard as a shard of a sweep that was split as *split says. If `text` is
 * NULL, the shard is all points. Refuses an N that is not the split's count, and a task outside the
 * split. */
bool sweep_shard_parse(const char *text, const struct sweep_split *split, struct sweep_shard *shard,
                       struct error *error);

static inline bool sweep_shard_has(struct sweep_shard shard, uint32_t number)
{
    return (number - 1) % shard.count == shard.index - 1;
}
