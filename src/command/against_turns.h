/*
 * against_turns.h - another build of pdlab that takes turns with this process: a thread that runs
 * one process of it (against.h) each time that it is told to. The B side of the explorer's
 * --against.
 *
 * One thread may call these. None of them waits, but against_turns_stop.
 */
#ifndef SRC_AGAINST_TURNS_H
#define SRC_AGAINST_TURNS_H

#include "against.h"

#define AGAINST_TURN_NS UINT64_C(500000000) /* that one of its processes measures */

/* What the other build measures. */
struct against_order {
    const struct variant *variant;
    struct knobs knobs; /* as asked for */
    struct device_info device;
};

/* What it has measured so far. */
struct against_result {
    struct run run;              /* of all its processes; owned by who took it */
    struct device_info device;   /* as the other build names it */
    char unknown[AGAINST_NAMES]; /* knobs that it does not know; "": none */
};

struct against_turns;

/* Starts the thread; `binary` must outlive it. NULL: *error. */
struct against_turns *against_turns_start(const char *binary, struct error *error);

/* Ends what runs, removes the temporary folder and frees all. NULL is fine. */
void against_turns_stop(struct against_turns *turns);

/* From the next go on it measures that, from the beginning; what runs is cancelled. */
void against_turns_begin(struct against_turns *turns, const struct against_order *order);

/* Runs one process, at `place` of `round` (both from 1). Only where it is not busy. If the file is
 * another one than that which was run before, it begins anew. */
void against_turns_go(struct against_turns *turns, uint32_t round, uint32_t place);

/* Ends what runs, which is left out: it is busy until that has ended. */
void against_turns_cancel(struct against_turns *turns);

/* Whether something runs. */
bool against_turns_busy(struct against_turns *turns);

/* Moves what was measured, of the order that was begun last, to *result, whose run is empty. False:
 * nothing new. A run that failed says why. */
bool against_turns_take(struct against_turns *turns, struct against_result *result);

/* A file descriptor that poll(2) finds readable when a process has ended; and clears it. */
int against_turns_news(const struct against_turns *turns);
void against_turns_heed(struct against_turns *turns);

#endif
