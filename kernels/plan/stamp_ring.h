/*
 * stamp_ring.h - the arithmetic with which the host reads stamps while the kernel still writes them
 * (../cuda/link.h). Plain C.
 *
 * Each program writes the stamp of row r to slot r mod room of its own ring. The program's report
 * contains its number of complete rows, and maps its SM's clock to the GPU's timer. The words of a
 * report may arrive in any order. So the host reads a report twice, a moment apart, and uses it
 * only if both readings agree.
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

/* Copies a report word by word, because the program may be writing it. False: no launch has written
 * the report yet. */
bool gpu_report_read(const struct gpu_report *live, struct gpu_report *copy);

/* Whether two readings of a report agree. If they do, neither is torn. */
bool gpu_report_agrees(const struct gpu_report *a, const struct gpu_report *b);

/* Whether the two clock readings of a report define a line. */
bool gpu_report_draws_line(const struct gpu_report *report);

struct gpu_standing gpu_report_standing(const struct gpu_report *report);

/* Converts an SM's clock to the GPU's timer: sets *timer_ns and returns the ns since then, negative
 * if earlier. */
double gpu_standing_after(const struct gpu_standing *standing, uint64_t clock, uint64_t *timer_ns);

/* Whether `clock` can be from this iteration: within a day and a half of the program's first clock.
 * About one in 10^9 clocks that an H200 returned was 2^63 too large. */
bool gpu_standing_reaches(const struct gpu_standing *standing, uint64_t clock);

/* Converts a number of cycles of a program's SM to ns, with the slope of its line. */
uint32_t gpu_standing_ns(const struct gpu_standing *standing, uint32_t cycles);

/* ---- rows ----------------------------------------------------------------------------------- */

/* The next row to return if all programs have `rows` rows and the rows below `handed` are returned.
 * This is `handed`, unless a program may have overwritten that row: then it is the first of the
 * newest `most` rows. */
uint32_t stamp_ring_first(uint32_t handed, uint32_t rows, uint32_t most);

/* How many rows of a program with `rows` rows are skipped if the next returned row is `first`
 * instead of `handed`. */
uint64_t stamp_ring_left_out(uint32_t rows, uint32_t handed, uint32_t first);

/* A rectangle that one copy transfers: slots [slot, slot + rows) of `programs` rings. */
struct stamp_block {
    uint32_t slot, rows, programs;
};

/* The largest rectangle of rows from [first, first + count) in up to `programs` rings. It does not
 * wrap around the end of a ring and contains at most `most` stamps. room (slots per ring) is a
 * power of two. count, programs and most are at least 1. */
struct stamp_block stamp_ring_block(uint32_t room, uint32_t first, uint32_t count,
                                    uint32_t programs, size_t most);

__END_DECLS
