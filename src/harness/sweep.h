/*
 * sweep.h - the plan of a sweep: the varied knobs, the points (combinations of their values), and
 * the variants that run at each point.
 *
 * There is one point for each combination of the knobs' values. Points are numbered from 1; the
 * last knob of --vary changes fastest, as in nested loops. The plan alone determines a point's
 * number, so any process can measure any point at any time.
 */
#pragma once

#include "../engine/knobs.h"
#include "../engine/targets.h"
#include "sweep_shard.h"

#define SWEEP_AXES    6u
#define SWEEP_VALUES  128u  /* values of one knob */
#define SWEEP_POINTS  9999u /* the most that four digits can number */
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
    char version[32], git_revision[48]; /* the pdlab build that began the sweep */
    struct device_info device;
    struct run_model model; /* the model that --model opened */
    struct sweep_split split;
    uint32_t repeats;    /* processes per variant and point; 1: one process measures all points */
    uint32_t order_seed; /* seed of the order in each round, if repeats > 1 */
    struct knobs knobs;  /* the values of all knobs; those of varied knobs are replaced at each
                            point */
    uint32_t axis_count;
    struct sweep_axis axes[SWEEP_AXES];
    uint32_t variant_count;
    const struct variant *variants[WORKER_RUNS]; /* each reads every varied knob */
};

/* The names of enum sweep_scale: "listed", "arithmetic", "geometric". */
extern const char *const sweep_scale_names[]; /* ends with NULL */

/* Parses the argument of --vary:
 *
 *     KNOB=V,V,...      these values, in this order
 *     KNOB=LO:HI:xF     LO, LO F, LO F^2 ... up to HI; F is a number from 1.01, results are rounded
 *     KNOB=LO:HI:+S     LO, LO + S, LO + 2 S ... up to HI
 *
 * Returns false on failure; *error names the argument and the accepted forms. */
bool sweep_axis_parse(const char *text, struct sweep_axis *axis, struct error *error);

/* Adds a varied knob. Fails if the knob is already varied, or if the sweep would have more than
 * SWEEP_POINTS points. */
bool sweep_add_axis(struct sweep *sweep, const struct sweep_axis *axis, struct error *error);

/* Refuses a plan with ITERATIONS 0, because such a point would never end. */
bool sweep_ends(const struct sweep *sweep, struct error *error);

/* Returns the first varied knob that the variant does not read; KNOB_COUNT if the variant reads all
 * of them. */
enum knob_id sweep_unread(const struct sweep *sweep, const struct variant *variant);

/* Adds the chosen variants that read every varied knob. Fails if the user named a variant that does
 * not read them all, or if no chosen variant does; *error then names suitable variants. */
bool sweep_take_variants(struct sweep *sweep, const struct targets *targets, struct error *error);

/* Returns the number of points; 1 if no knob is varied. */
uint32_t sweep_points(const struct sweep *sweep);

/* Returns the value of one varied knob (`axis`) at point `number` (from 1). */
int64_t sweep_value(const struct sweep *sweep, uint32_t number, uint32_t axis);

/* Writes all knobs of point `number`. */
void sweep_knobs(const struct sweep *sweep, uint32_t number, struct knobs *knobs);
