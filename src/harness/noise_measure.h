/*
 * noise_measure.h - measures the noise between processes of a device (noise.h): some of its
 * variants at their default knobs, each in many processes of its own, interleaved in random order
 * so that what drifts meanwhile falls on all of them.
 *
 * The device's is that of the variant whose medians lie furthest apart. Who calls this opens no
 * device in this process, before or meanwhile: its processes are this one's children (isolate.h).
 */
#ifndef SRC_NOISE_MEASURE_H
#define SRC_NOISE_MEASURE_H

#include "../engine/noise.h"
#include "isolate.h"

#define NOISE_VARIANTS       3u
#define NOISE_PROCESSES      10u /* of each variant */
#define NOISE_PROCESSES_MOST 64u
#define NOISE_NS             UINT64_C(500000000) /* that each of them iterates */

struct noise_plan {
    uint32_t processes; /* of each variant: 2 to NOISE_PROCESSES_MOST */
    uint64_t each_ns;
};

/* What is measured unless a test wants less. */
extern const struct noise_plan noise_plan_default;

/* A variant's part. */
struct noise_part {
    const struct variant *variant;
    uint32_t count; /* processes that came to a median */
    uint64_t p50s_ns[NOISE_PROCESSES_MOST];
    double sigma;       /* of those, if there are 2 or more */
    struct error error; /* why there are fewer than were asked for */
};

struct noise_measurement {
    struct device_info device;
    struct noise noise; /* processes 0: it could not be found */
    uint32_t count;
    struct noise_part parts[NOISE_VARIANTS];
};

/* Shows its progress, and ends early where this process is interrupted (interrupt.h): then, and
 * where the device can't be opened, false and *error. */
bool noise_measure(const struct noise_plan *plan, enum backend backend, int index,
                   struct noise_measurement *measurement, struct error *error);

#endif
