/*
 * stamp_ring.h - the arithmetic for reading stamps on the host while the kernel that writes them
 * still runs (../cuda/link.h). Plain C.
 *
 * Each program writes the stamp of row r to slot r mod room of its own ring. Its report says how
 * many rows it has, and maps its SM's clock to the GPU's timer. The words of a report may arrive in
 * any order, so the host reads a report twice, a moment apart, and uses it only if both readings
 * agree.
 */
#pragma once

#include "../cuda/link.h"

#include <stdbool.h>
#include <stddef.h>

__BEGIN_DECLS

/* ---- reports -------------------------------------------------------------------------------- */

/* A program's progress, and the line that converts its SM's clock to a time. */
struct gpu_standing {
    uint64_t timer_ns, clock; /* a point on the line */
    double slope;             /* ns per cycle; 0: no line yet */
    uint32_t rows;
};

/* Copies a report word by word while the program may write it. False: no launch has written it
 * yet. */
bool gpu_report_read(const struct gpu_report *live, struct gpu_report *copy);

/* Whether two readings of a report agree, so that neither is torn. */
bool gpu_report_agrees(const struct gpu_report *a, const struct gpu_report *b);

/* Whether its clock readings define a line. */
bool gpu_report_draws_line(const struct gpu_report *report);

struct gpu_standing gpu_report_standing(const struct gpu_report *report);

/* The GPU timer's value at `clock`: returns ns after *timer_ns, negative if before it. */
double gpu_standing_after(const struct gpu_standing *standing, uint64_t clock, uint64_t *timer_ns);

/* Whether `clock` can be one of the program's iteration: within a day and a half of its first one.
 * An H200 has given a clock that was 2^63 too large, one in some 10^9. */
bool gpu_standing_reaches(const struct gpu_standing *standing, uint64_t clock);

/* Converts cycles of an SM to ns, using its line. */
uint32_t gpu_standing_ns(const struct gpu_standing *standing, uint32_t cycles);

/* ---- rows ----------------------------------------------------------------------------------- */

/* The next row to return when all programs have `rows`: `handed`, or the first of the newest `most`
 * if a program may have overwritten earlier ones. */
uint32_t stamp_ring_first(uint32_t handed, uint32_t rows, uint32_t most);

/* Rows of a program with `rows` that are never returned if `first` follows `handed`. */
uint64_t stamp_ring_left_out(uint32_t rows, uint32_t handed, uint32_t first);

/* A rectangle that one copy transfers: slots [slot, slot + rows) of `programs` rings. */
struct stamp_block {
    uint32_t slot, rows, programs;
};

/* The largest rectangle for rows [first, first + count) of up to `programs` rings of `room` slots
 * (a power of two) that does not wrap around a ring's end and holds at most `most` stamps. count,
 * programs and most are at least 1. */
struct stamp_block stamp_ring_block(uint32_t room, uint32_t first, uint32_t count,
                                    uint32_t programs, size_t most);

__END_DECLS
