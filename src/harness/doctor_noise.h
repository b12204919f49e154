/*
 * doctor_noise.h - pdlab doctor --noise: measures the noise between processes of each device,
 * keeps it, and prints it.
 */
#pragma once

#include "../engine/device_file.h"
#include "noise_measure.h"

struct doctor_noise {
    enum backend backend;
    int index; /* the device's index */
    struct noise_measurement measurement;
    char path[DEVICE_FILE_ROOM]; /* the path of the kept noise; "": not kept */
    struct error not_kept;
};

/* Measures device `index` of a backend, or all its devices if index < 0, and keeps the results.
 * Appends to `noises`, which have room for `most`; returns the new count. Call it before this
 * process opens a device. Leaves out devices that cannot be opened, and after an interruption
 * all others. */
size_t doctor_noise_measure(struct doctor_noise *noises, size_t count, size_t most,
                            enum backend backend, int index);

/* The noise of that device; NULL: none. */
const struct doctor_noise *doctor_noise_find(const struct doctor_noise *noises, size_t count,
                                             enum backend backend, int index);

/* As text, one line per variant; and as the member "noise" of a device. */
void doctor_noise_print(const struct doctor_noise *noise, int label_width);
void doctor_noise_write(struct json_writer *json, const struct doctor_noise *noise);
