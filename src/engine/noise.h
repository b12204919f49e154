/*
 * noise.h - how much the medians of one variant vary between processes on a device: the standard
 * deviation of ln(iteration p50). The samples of one process share a clock frequency, a placement
 * in cores and memory, and a point in time. So no measurement within a process shows this noise.
 */
#pragma once

#include "../../kernels/lab.h"

#define NOISE_SCHEMA "pdlab.noise/1"

struct json;
struct json_writer;

struct noise {
    double sigma;       /* standard deviation of ln(p50): 0.01 is 1 % */
    uint32_t processes; /* processes measured per variant; 0: sigma is assumed */
};

/* The noise assumed for an unmeasured device: 1 % for a GPU, 5 % for a CPU. */
struct noise noise_assumed(enum backend backend);

/* The standard deviation of ln(p50) over `count` >= 2 processes; each p50 is above 0. */
double noise_sigma(const uint64_t *p50s_ns, uint32_t count);

/* Stores the noise in the device's file (device_file.h) and writes its path to `path`, a buffer of
 * DEVICE_FILE_ROOM bytes. */
bool noise_keep(const struct device_info *device, const struct noise *noise, char *path,
                struct error *error);

/* Returns the noise stored for this device; if there is none, noise_assumed. */
struct noise noise_recall(const struct device_info *device);

/* Write the noise as "noise": {...}, and read such an object. False: *error, and *noise is
 * unchanged. */
void noise_write_json(struct json_writer *writer, const struct noise *noise);
bool noise_read_json(const struct json *object, struct noise *noise, struct error *error);
