/*
 * noise_measure.h - measures a device's noise between processes (noise.h). Runs a few variants with
 * default knobs, each in many processes. The processes run one after another in random order, so
 * that drift affects all variants alike.
 *
 * The device's noise is that of the variant whose medians vary most. The measuring processes are
 * children of this process (isolate.h), so this process must not open a device before or during the
 * measurement.
 */
#pragma once

#include "../engine/noise.h"
#include "isolate.h"

#define NOISE_VARIANTS       3u
#define NOISE_PROCESSES      10u /* per variant */
#define NOISE_PROCESSES_MOST 64u
#define NOISE_NS             UINT64_C(500000000) /* how long each process records iterations */

struct noise_plan {
    uint32_t processes; /* processes per variant: 2 to NOISE_PROCESSES_MOST */
    uint64_t each_ns;
};

/* The default plan; tests use a smaller one. */
extern const struct noise_plan noise_plan_default;

/* The results of one variant. */
struct noise_part {
    const struct variant *variant;
    uint32_t count; /* how many processes have a median */
    uint64_t p50s_ns[NOISE_PROCESSES_MOST];
    double sigma;       /* noise of those medians, if there are at least 2 */
    struct error error; /* why fewer processes than planned have a median */
};

struct noise_measurement {
    struct device_info device;
    struct noise noise; /* if noise.processes is 0, the noise could not be determined */
    uint32_t count;
    struct noise_part parts[NOISE_VARIANTS];
};

/* Measures the noise, and shows its progress. Returns false and sets *error if this process is
 * interrupted (interrupt.h) or the device cannot be opened. */
bool noise_measure(const struct noise_plan *plan, enum backend backend, int index,
                   struct noise_measurement *measurement, struct error *error);
