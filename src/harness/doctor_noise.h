/*
 * doctor_noise.h - pdlab doctor --noise: measures each device's noise between processes, keeps it
 * in a file, and prints it.
 */
#pragma once

#include "../engine/device_file.h"
#include "noise_measure.h"

struct doctor_noise {
    enum backend backend;
    int index; /* the device's index */
    struct noise_measurement measurement;
    char path[DEVICE_FILE_ROOM]; /* the file that keeps the noise; "": not kept */
    struct error not_kept;
};

/* Measures device `index` of a backend, or all its devices if index < 0, and keeps the results in
 * files. Appends to `noises`, which has room for `most` entries; returns the new count. Call it
 * before this process opens a device. Omits devices that cannot be opened, and stops at an
 * interruption. */
size_t doctor_noise_measure(struct doctor_noise *noises, size_t count, size_t most,
                            enum backend backend, int index);

/* Returns the noise of that device; NULL if there is none. */
const struct doctor_noise *doctor_noise_find(const struct doctor_noise *noises, size_t count,
                                             enum backend backend, int index);

/* Print the noise as text, one line per variant, or write it as the member "noise" of a device. */
void doctor_noise_print(const struct doctor_noise *noise, int label_width);
void doctor_noise_write(struct json_writer *json, const struct doctor_noise *noise);
