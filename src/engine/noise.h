/*
 * noise.h - how far the medians of one variant lie apart from process to process on a device: the
 * standard deviation of ln(iteration p50). Samples of one process share its clock, its placement
 * and its moment, so nothing that one process measures tells of it.
 */
#ifndef SRC_NOISE_H
#define SRC_NOISE_H

#include "../../kernels/lab.h"

#define NOISE_SCHEMA "pdlab.noise/1"

struct json;
struct json_writer;

struct noise {
    double sigma;       /* of ln(p50): 0.01 is 1 % */
    uint32_t processes; /* of each variant that it was found from; 0: assumed */
};

/* What is assumed of a device that was not looked at: 1 % of a GPU, 5 % of a CPU. */
struct noise noise_assumed(enum backend backend);

/* The standard deviation of ln(p50) over `count` processes, 2 or more; each p50 is above 0. */
double noise_sigma(const uint64_t *p50s_ns, uint32_t count);

/* Keeps it, and says where in a buffer of DEVICE_FILE_ROOM (device_file.h). */
bool noise_keep(const struct device_info *device, const struct noise *noise, char *path,
                struct error *error);

/* What is kept of this device; else what is assumed. */
struct noise noise_recall(const struct device_info *device);

/* Writes it as "noise": {...}, and reads such an object. False: *error, and it is not changed. */
void noise_write_json(struct json_writer *writer, const struct noise *noise);
bool noise_read_json(const struct json *object, struct noise *noise, struct error *error);

#endif
