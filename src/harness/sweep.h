/*
 * sweep.h - the plan of a sweep: the varied knobs, the points that their values span, and the
 * variants that run at each point.
 *
 * Points are the product of the values, numbered from 1; the knob varied last changes fastest,
 * like the innermost of nested loops. The plan alone defines a point's number, so any process
 * can measure a point at any time.
 */
#pragma once

#include "../engine/knobs.h"
#include "../engine/targets.h"
#include "sweep_shard.h"

#define SWEEP_AXES    6u
#define SWEEP_VALUES  128u  /* values of one knob */
#define SWEEP_POINTS  9999u /* as many as four digits can number */
#define SWEEP_REPEATS 1000u

enum sweep_scale { SWEEP_LISTED, SWEEP_ARITHMETIC, SWEEP_GEOMETRIC };

/* A varied knob. */
struct sweep_axis {
    enum knob_id knob;
    enum sweep_scale scale;
    uint32_t count;
    int64_t values[SWEEP_VALUES]; /* valid, without duplicates */
};

struct sweep {
    char run_id[32];
    char begun_utc[32];
    char version[32], git_revision[48]; /* version of the pdlab that began it */
    struct device_info device;
    struct run_model model; /* that --model opened */
    struct sweep_split split;
    uint32_t repeats;    /* processes per variant and point; 1: one process measures everything */
    uint32_t order_seed; /* seed of the order in each round, if there are several */
    struct knobs knobs;  /* values of the knobs that are not varied */
    uint32_t axis_count;
    struct sweep_axis axes[SWEEP_AXES];
    uint32_t variant_count;
    const struct variant *variants[WORKER_RUNS]; /* each reads every varied knob */
};

/* "listed", "arithmetic", "geometric". */
extern const char *const sweep_scale_names[]; /* NULL-ended */

/* Parses the argument of --vary:
 *
 *     KNOB=V,V,...      these values, in this order
 *     KNOB=LO:HI:xF     LO, LO F, LO F^2 ... up to HI; F is a number from 1.01, results are rounded
 *     KNOB=LO:HI:+S     LO, LO + S, LO + 2 S ... up to HI
 *
 * False: *error names the argument and the accepted forms. */
bool sweep_axis_parse(const char *text, struct sweep_axis *axis, struct error *error);

/* Adds a varied knob. Refuses a knob that is varied already, and more than SWEEP_POINTS points. */
bool sweep_add_axis(struct sweep *sweep, const struct sweep_axis *axis, struct error *error);

/* Refuses a plan with a point that would never end: ITERATIONS 0. */
bool sweep_ends(const struct sweep *sweep, struct error *error);

/* The first varied knob that the variant does not read; KNOB_COUNT if it reads all of them. */
enum knob_id sweep_unread(const struct sweep *sweep, const struct variant *variant);

/* Takes the chosen variants that read every varied knob. Refuses a variant that the user named
 * but that does not, and a choice in which none does; the error names suitable variants. */
bool sweep_take_variants(struct sweep *sweep, const struct targets *targets, struct error *error);

/* The number of points; 1 without a varied knob. */
uint32_t sweep_points(const struct sweep *sweep);

/* The value of point `number` (from 1) on one of the axes. */
int64_t sweep_value(const struct sweep *sweep, uint32_t number, uint32_t axis);

/* The knobs of point `number`. */
void sweep_knobs(const struct sweep *sweep, uint32_t number, struct knobs *knobs);
