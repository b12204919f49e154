/*
 * turn.h - a turn: a time slice in which one variant has the device to itself. The variant is
 * prepared, checked once, warmed up, and then iterated until the worker ends the time slice.
 *
 * The deadline rule is implemented here for all variants: an iteration without a heartbeat for two
 * seconds is asked to stop; if it does not stop within two more seconds, it has failed and the
 * device is lost.
 */
#pragma once

#include "run.h"
#include "steps.h"
#include "stopped.h"
#include "verifier.h"

/* An iteration in which the process was stopped or the machine slept (stopped.h) is not recorded;
 * run->stopped_iterations counts such iterations. Its steps that were recorded before the stop
 * stay, because they ended before it. */

/* One of this many iterations runs without stamps, to measure the cost of stamps. With PHASES,
 * another one runs with stamps but without phases, to measure the cost of phases. */
#define TURN_BARE_EVERY 16u

/* A variant with a prefill runs every other iteration without it. Such an iteration is submitted
 * and awaited like those of other variants, so it can be compared with them. Its steps are recorded
 * separately. */

struct turn {
    const struct variant *variant; /* NULL: no variant has the device */
    void *state;
    struct run *run;  /* the run being measured */
    struct plan plan; /* the plan by which the variant was prepared */
    struct setup setup;
    uint64_t iterations; /* iterations begun in this time slice */
    uint32_t warm_left;  /* warm-up iterations left */
    bool check_due;      /* the next iteration's output goes to the verifier */
    bool lost;         /* the device is lost: run nothing more in this process, and free nothing */
    struct error loss; /* why it is lost */
    char *account; /* what could still be read about the device, one fact per line; malloc, freed by
                      whoever takes it; NULL: nothing */
    uint64_t began_ns; /* when the variant was prepared, plus the time of iterations that were not
                          recorded because of a stop */
    bool takes_stops;  /* this thread takes SIGCONT (stopped.h) */
    /* Times of the last iteration: before submit, after submit, and when the host knew that the
     * iteration was complete. */
    uint64_t submitted_ns, handed_ns, synchronised_ns;
    struct stopped_mark mark; /* taken before submit */
    bool was_stopped;         /* the process was stopped since the mark */
    struct stamp_batch last;  /* the rows of the last recorded iteration; stamps are NULL if it
                                 had none */
    const struct operation *operations; /* operations of a step, owned by the variant; NULL: none */
    uint32_t operation_count;
    struct steps steps;
};

enum turn_result {
    TURN_ITERATED,
    TURN_STOPPED, /* `stop` was raised; only the steps seen so far are recorded */
    TURN_FAILED   /* *error says why; the time slice must end */
};

/* Prepares the run's variant by its plan. False: *error; the turn is empty. `device` and `stop`
 * must outlive the turn.
 *
 * If the device is lost, here or during an iteration, *error is ERROR_LOST and turn->lost is set.
 * From then on no function of the variant is called, because a driver call may block forever. */
bool turn_begin(struct turn *turn, struct run *run, const struct plan *plan,
                const struct device_info *device, const uint32_t *stop, struct error *error);

/* Releases the device. An empty turn is allowed. If the variant does not quiesce, the device is
 * lost: turn->lost and turn->loss say so. */
void turn_end(struct turn *turn);

/* Ends whatever the variant keeps running between iterations, before its output is read or
 * changed. False: the device is lost; *error and turn->loss say why. */
bool turn_quiesce(struct turn *turn, struct error *error);

/* Called between polls of a running iteration, at least every 10 ms. */
struct turn_watch {
    void (*call)(void *context, bool stalled);
    void *context;
};

/*
 * Runs the iteration that is due: the check, a warm-up or a recorded iteration. Records the results
 * in the run; after the check, gives the output to `verifier`. After TURN_STOPPED, an iteration of
 * the same kind is due. Raises *stop itself when the deadline passes.
 */
enum turn_result turn_iterate(struct turn *turn, uint32_t *stop, struct verifier *verifier,
                              struct turn_watch watch, struct error *error);
