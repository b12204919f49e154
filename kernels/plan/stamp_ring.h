/*
 * stamp_ring.h - the arithmetic by which the host reads stamps while the kernel that writes them
 * still runs (../cuda/link.h). Plain C.
 *
 * Each program stamps row r in slot r mod room of its own ring, and reports how many rows it has
 * and how its SM's clock stands to the GPU's timer. The words of a report arrive in any order: a
 * report is read twice, a moment apart, and counts only if both readings agree.
 */
#ifndef KERNELS_PLAN_STAMP_RING_H
#define KERNELS_PLAN_STAMP_RING_H

#include "../cuda/link.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reports --------------------------------------------------------------------------------- */

/* How far a program is, and the line that turns its SM's clock into a time. */
struct gpu_standing {
    uint64_t timer_ns, clock; /* a point of the line */
    double slope;             /* ns to a cycle; 0: no line yet */
    uint32_t rows;
};

/* Copies a report word by word while the program may write it. False: it is of no launch yet. */
bool gpu_report_read(const struct gpu_report *live, struct gpu_report *copy);

/* Whether two readings of a report agree: then neither is torn. */
bool gpu_report_agrees(const struct gpu_report *a, const struct gpu_report *b);

/* Whether its clocks draw a line. */
bool gpu_report_draws_line(const struct gpu_report *report);

struct gpu_standing gpu_report_standing(const struct gpu_report *report);

/* The time of the GPU's timer at `clock`: returns ns after *timer_ns, negative before it. */
double gpu_standing_after(const struct gpu_standing *standing, uint64_t clock, uint64_t *timer_ns);

/* So many cycles of an SM in ns, as its line says. */
uint32_t gpu_standing_ns(const struct gpu_standing *standing, uint32_t cycles);

/* ---- rows ------------------------------------------------------------------------------------ */

/* The row to hand over next when all programs have `rows`: `handed`, or the first of the newest
 * `most`, where a program may have overwritten earlier ones. */
uint32_t stamp_ring_first(uint32_t handed, uint32_t rows, uint32_t most);

/* Rows of a program with `rows` that are never handed over where `first` follows `handed`. */
uint64_t stamp_ring_left_out(uint32_t rows, uint32_t handed, uint32_t first);

/* A rectangle that one copy moves: slots [slot, slot + rows) of `programs` rings. */
struct stamp_block {
    uint32_t slot, rows, programs;
};

/* The largest for rows [first, first + count) of up to `programs` rings of `room` slots, a power of
 * two, that wraps around no ring's end and holds at most `most` stamps. count, programs and most
 * are at least 1. */
struct stamp_block stamp_ring_block(uint32_t room, uint32_t first, uint32_t count,
                                    uint32_t programs, size_t most);

#ifdef __cplusplus
}
#endif

#endif
