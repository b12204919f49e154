/*
 * sweep_shard.h - the part of a sweep's points that one process measures.
 *
 * A sweep is split once, by the process that begins it; its plan remembers how. Slurm numbers the
 * tasks of an array anew when only some are submitted again (--array=3 has a count of 1), so that
 * what a task measures must not follow from the array it is in now.
 */
#ifndef SRC_SWEEP_SHARD_H
#define SRC_SWEEP_SHARD_H

#include "../../kernels/lab.h"

#define SWEEP_SHARD_SLURM "slurm" /* what --shard takes for the task of a Slurm job array */

/* Shard `index` of `count`: the points index, index + count, index + 2 count ... Points beside each
 * other take about as long, so dealing them out in turn gives every shard its part of the long
 * ones. */
struct sweep_shard {
    uint32_t index, count; /* 1 of 1: all */
};

/* How a sweep was split when it began. Shard I is task first + (I - 1) step of a job array. */
struct sweep_split {
    uint32_t count; /* 0: it was not */
    uint32_t first, step;
};

/* Reads what --shard takes, "I/N" with 1 <= I <= N or "slurm", as the process does that begins the
 * sweep. NULL: it is not split. Of a job array, the environment tells how many tasks there are. */
bool sweep_split_parse(const char *text, struct sweep_split *split, struct error *error);

/* Reads the same as a shard of a sweep that was split so. NULL: all points. Refused: a shard of
 * another count, and a task that is none of those that the sweep was split into. */
bool sweep_shard_parse(const char *text, const struct sweep_split *split, struct sweep_shard *shard,
                       struct error *error);

static inline bool sweep_shard_has(struct sweep_shard shard, uint32_t number)
{
    return (number - 1) % shard.count == shard.index - 1;
}

#endif
