/*
 * against_turns.h - alternates another build of pdlab with this process: a thread runs one process
 * of that build (against.h) for each request. The B side of the explorer's --against.
 *
 * Only one thread may call these functions. Only against_turns_stop waits.
 */
#pragma once

#include "against.h"

#define AGAINST_TURN_NS UINT64_C(500000000) /* measuring time of each process */

/* What the other build must measure. */
struct against_order {
    const struct variant *variant;
    struct knobs knobs; /* as requested */
    struct device_info device;
};

/* Its results so far. */
struct against_result {
    struct run run;              /* pooled from all processes of the order; owned by the caller */
    struct device_info device;   /* as the other build describes it */
    char unknown[AGAINST_NAMES]; /* knobs that the other build lacks; "": none */
};

struct against_turns;

/* Starts the thread. `binary` must outlive it. NULL: *error. */
struct against_turns *against_turns_start(const char *binary, struct error *error);

/* Ends the current process, removes the temporary folder and frees everything. NULL is allowed. */
void against_turns_stop(struct against_turns *turns);

/* Cancels the current process and drops the results so far. The next against_turns_go measures the
 * new order. */
void against_turns_begin(struct against_turns *turns, const struct against_order *order);

/* Starts one process, at `place` of `round` (both from 1). Call it only while not busy. Drops the
 * results so far if the binary has changed since the last process. */
void against_turns_go(struct against_turns *turns, uint32_t round, uint32_t place);

/* Cancels the current process and discards its result. against_turns_busy is true until the process
 * has ended. */
void against_turns_cancel(struct against_turns *turns);

/* Whether a process is running. */
bool against_turns_busy(struct against_turns *turns);

/* Moves the results of the last order to *result, whose run must be empty. False: there are no new
 * results. A failed run contains the reason. */
bool against_turns_take(struct against_turns *turns, struct against_result *result);

/* A file descriptor that poll(2) reports as readable after a process has ended.
 * against_turns_heed clears it. */
int against_turns_news(const struct against_turns *turns);
void against_turns_heed(struct against_turns *turns);
