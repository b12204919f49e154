/*
 * telemetry.h - readings of a device's meter (struct meter) during a run: clocks, power,
 * temperature and energy per token of a GPU; quota, stolen time and involuntary context switches of
 * a CPU.
 *
 * The structs contain no pointers. A zeroed struct telemetry contains no reading.
 */
#pragma once

#include "../../kernels/lab.h"

/* The readings of one sensor. All 0: none. */
struct telemetry_sensor {
    uint64_t readings, total; /* total / readings is the mean */
    uint32_t least, most;
};

struct telemetry {
    uint64_t readings;
    uint64_t watched_ns; /* time from the first to the last reading, summed over time slices */
    uint32_t counted;    /* meter_bits of the counters that were read at least twice in a time
                            slice */

    /* GPUs only. */
    struct telemetry_sensor sm_clock_mhz, memory_clock_mhz, power_mw, temperature_c;
    uint32_t sm_clock_most_mhz;         /* the highest possible SM clock; 0: unknown */
    uint64_t throttle_readings;         /* readings in which the throttle reasons were known */
    uint64_t throttled[THROTTLE_COUNT]; /* how many of those readings reported each reason */
    struct telemetry_sensor held_mhz;   /* the SM clock in readings that reported any reason */
    uint64_t energy_mj;                 /* energy used to compute `tokens` */

    uint64_t tokens; /* tokens of complete iterations */

    /* The host: growth of the counters in struct meter_reading. */
    uint64_t quota_periods, throttled_periods, throttled_ns;
    uint64_t stolen_ns, wanted_ns;
    uint64_t involuntary_switches;
    uint32_t threads, cores; /* threads that compute a step on a CPU; cores available to them. 0:
                                unknown */
};

/* Adds *from, of another time slice of the same run, to *to. */
void telemetry_merge(struct telemetry *to, const struct telemetry *from);

/* Returns the mean of the readings; 0 without readings. */
double telemetry_mean(const struct telemetry_sensor *sensor);

/* The energy per token in J; 0: unknown. */
double telemetry_token_j(const struct telemetry *telemetry);

/* ---- from readings to telemetry -------------------------------------------------------------- */

/* One time slice. Initialise with {.tokens_per_iteration = …}. */
struct telemetry_turn {
    uint64_t tokens_per_iteration;
    struct telemetry sum;

    uint64_t last_ns;
    struct meter_reading last; /* the last value of each counter */
    uint64_t whole_iterations; /* `iterations` at the last reading that found it grown */
    uint64_t whole_energy_mj;  /* at the same reading */
};

/* Adds a reading. `iterations`: how many had ended by then, counted from any moment. Adds energy
 * and tokens only at readings at which this number has grown, so that both cover the same
 * iterations. An iteration that was cut short counts for neither. */
void telemetry_add(struct telemetry_turn *turn, const struct meter_reading *reading,
                   uint64_t iterations, uint64_t now_ns);

/* ---- in words -------------------------------------------------------------------------------- */

struct run;

/* Writes the telemetry in one line: "1,980 MHz, 412 W, 54 C, 812 uJ/token"; "quota 3 of 82 periods,
 * 12 context switches, steal 0 %". "": no readings. Returns `text`. */
const char *telemetry_strip(const struct telemetry *telemetry, char *text, size_t size);

/* Writes what disturbed the run, and which figures are affected: "throttled in 77 of 82 periods:
 * the quota explains iteration p99.9". "": nothing significant. Returns `text`. */
const char *telemetry_remark(const struct run *run, char *text, size_t size);

/* The key in documents of a reason why the clock was throttled: "power_cap". */
const char *telemetry_throttle_key(enum throttle throttle);
