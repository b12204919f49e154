/*
 * turn.h - a turn: the time in which one variant holds the device. It is prepared, checked once,
 * warmed, and then iterated until the worker ends its turn.
 *
 * The deadline rule stands here, once for all variants: an iteration without a heartbeat for two
 * seconds is told to stop; one that does not stop within two more has failed, and the device with
 * it.
 */
#ifndef SRC_TURN_H
#define SRC_TURN_H

#include "run.h"
#include "steps.h"
#include "stopped.h"
#include "verifier.h"

/* An iteration in which the process was stopped, or the machine slept (stopped.h), is left out with
 * its steps; run->stopped_iterations counts these. Steps that had been recorded before the stop
 * stay: they ended before it. */

/* One iteration in so many runs without stamps, to price the stamps; with PHASES another one in so
 * many runs with stamps alone, to price the phases. */
#define TURN_BARE_EVERY 16u

/* Of a variant with a prefill every other iteration goes without: submitted and awaited like those
 * of any other variant, it is what these are compared with. Its steps are recorded apart. */

struct turn {
    const struct variant *variant; /* NULL: nobody has the device */
    void *state;
    struct run *run;  /* whose turn it is */
    struct plan plan; /* as prepared */
    struct setup setup;
    uint64_t iterations; /* begun in this turn */
    uint32_t warm_left;  /* iterations still to run unrecorded */
    bool check_due;      /* the next iteration's output goes to the verifier */
    bool lost; /* the device went with it: nothing more may be run in this process, and what it
                * holds stays as it is */
    struct error loss; /* then why */
    char *account;     /* and what could still be read of the device, a fact a line; malloc, the
                        * taker frees it; NULL: nothing */
    uint64_t began_ns; /* when it was prepared; later by the iterations that were left out */
    bool takes_stops;  /* this thread takes SIGCONT (stopped.h) */
    /* Of the last iteration: before submit, after it, and when it was known to be complete. */
    uint64_t submitted_ns, handed_ns, synchronised_ns;
    struct stopped_mark mark; /* before submit */
    bool was_stopped;         /* since then */
    struct stamp_batch last;  /* of the iteration recorded last; stamps NULL if it had none */
    struct steps steps;
};

enum turn_result {
    TURN_ITERATED,
    TURN_STOPPED, /* `stop` was raised; nothing was recorded but the steps that were seen */
    TURN_FAILED   /* *error says why; the turn must end */
};

/* Prepares the run's variant by its plan. False: *error; the turn is empty. `device` and `stop`
 * must outlive the turn.
 *
 * Where the device is lost, here or while it iterates, *error is ERROR_LOST, turn->lost is set, and
 * no function of the variant is called any more: a call to the driver may block forever. */
bool turn_begin(struct turn *turn, struct run *run, const struct plan *plan,
                const struct device_info *device, const uint32_t *stop, struct error *error);

/* Gives the device back. An empty turn is fine. If the variant does not quiesce, the device is
 * lost: turn->lost and turn->loss say so. */
void turn_end(struct turn *turn);

/* Ends what the variant keeps running between iterations, before its output is read or changed.
 * False: the device is lost, *error and turn->loss say why. */
bool turn_quiesce(struct turn *turn, struct error *error);

/* Called between polls of a running iteration, at least every 10 ms. */
struct turn_watch {
    void (*call)(void *context, bool stalled);
    void *context;
};

/*
 * Runs one iteration: the check, a warm-up or a recorded one, as is due. Records in the run; after
 * the check, gives the output to `verifier`. On TURN_STOPPED what was due is still due. Raises
 * *stop itself where the deadline passes.
 */
enum turn_result turn_iterate(struct turn *turn, uint32_t *stop, struct verifier *verifier,
                              struct turn_watch watch, struct error *error);

#endif
