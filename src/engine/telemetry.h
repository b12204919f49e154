/*
 * telemetry.h - what a device's meter (struct meter) read while a run lasted: clocks, power and
 * temperature of a GPU, the energy of a token; a CPU's quota, stolen time, involuntary switches.
 *
 * All of it is plain values. A zeroed struct telemetry is that of no reading.
 */
#ifndef SRC_TELEMETRY_H
#define SRC_TELEMETRY_H

#include "../../kernels/lab.h"

/* The readings of one sensor. All 0: there were none. */
struct telemetry_sensor {
    uint64_t readings, total; /* total / readings is the mean */
    uint32_t least, most;
};

struct telemetry {
    uint64_t readings;
    uint64_t watched_ns; /* from the first reading of each turn to its last one, added up */
    uint32_t counted;    /* meter_bits of the counters that were read at least twice in a turn */

    /* Of a GPU. */
    struct telemetry_sensor sm_clock_mhz, memory_clock_mhz, power_mw, temperature_c;
    uint32_t sm_clock_most_mhz;         /* that the SM clock can be; 0: not known */
    uint64_t throttle_readings;         /* that said whether the clock was held */
    uint64_t throttled[THROTTLE_COUNT]; /* of these, the ones that named each reason */
    struct telemetry_sensor held_mhz;   /* the SM clock in those that named any */
    uint64_t energy_mj;                 /* while `tokens` were made */

    uint64_t tokens; /* by whole iterations */

    /* Of the host: how much the counters of struct meter_reading grew. */
    uint64_t quota_periods, throttled_periods, throttled_ns;
    uint64_t stolen_ns, wanted_ns;
    uint64_t involuntary_switches;
    uint32_t threads, cores; /* that work on a step, on a CPU; that they have. 0: not known */
};

static inline bool telemetry_is_empty(const struct telemetry *telemetry)
{
    return telemetry->readings == 0;
}

/* Adds *from, of another turn of the same run, to *to. */
void telemetry_merge(struct telemetry *to, const struct telemetry *from);

/* 0 where there were no readings. */
double telemetry_mean(const struct telemetry_sensor *sensor);

/* The energy of a token in J; 0: not known. */
double telemetry_token_j(const struct telemetry *telemetry);

/* ---- from readings to telemetry -------------------------------------------------------------- */

/* One turn. Begin with {.tokens_per_iteration = …}. */
struct telemetry_turn {
    uint64_t tokens_per_iteration;
    struct telemetry sum;

    uint64_t last_ns;
    struct meter_reading last; /* of the counters: what each said last */
    uint64_t whole_iterations; /* at the last reading by which another iteration had ended */
    uint64_t whole_energy_mj;  /* and then */
};

/* Adds a reading. `iterations` had ended when it was taken, counted from any moment. Energy and
 * tokens are added up between readings by which an iteration has ended, so that they are those of
 * the same iterations: one that was cut off counts for neither. */
void telemetry_add(struct telemetry_turn *turn, const struct meter_reading *reading,
                   uint64_t iterations, uint64_t now_ns);

/* ---- in words -------------------------------------------------------------------------------- */

struct run;

/* In a line: "1,980 MHz, 412 W, 54 C, 0.812 mJ/token"; "quota 3 of 82 periods, 12 switches, stolen
 * 0 %". "": nothing was read. */
const char *telemetry_strip(const struct telemetry *telemetry, char *text, size_t size);

/* What disturbed the run, and which of its figures: "throttled in 77 of 82 periods:
 * iteration p99.9 is the quota's". "": nothing that matters. */
const char *telemetry_remark(const struct run *run, char *text, size_t size);

/* Why a clock was held: "the power cap"; as the key of documents: "power_cap". */
const char *telemetry_throttle_name(enum throttle throttle);
const char *telemetry_throttle_key(enum throttle throttle);

#endif
