/*
 * doctor_noise.h - pdlab doctor --noise: measures the noise between processes of each device, keeps
 * it, and says what was found.
 */
#ifndef SRC_DOCTOR_NOISE_H
#define SRC_DOCTOR_NOISE_H

#include "../engine/device_file.h"
#include "noise_measure.h"

struct doctor_noise {
    enum backend backend;
    int index; /* of the device */
    struct noise_measurement measurement;
    char path[DEVICE_FILE_ROOM]; /* where it is kept; "": it is not */
    struct error not_kept;
};

/* Measures device `index` of a backend, or with index < 0 all that it has, and keeps what was
 * found. Appends to `noises`, which have room for `most`; returns how many there are then. Before
 * this process opens a device. Devices that can't be opened are left out; so are all from where it
 * is interrupted on. */
size_t doctor_noise_measure(struct doctor_noise *noises, size_t count, size_t most,
                            enum backend backend, int index);

/* The one of that device; NULL: there is none. */
const struct doctor_noise *doctor_noise_find(const struct doctor_noise *noises, size_t count,
                                             enum backend backend, int index);

/* In words, a line for each variant; and as the member "noise" of a device. */
void doctor_noise_print(const struct doctor_noise *noise, int label_width);
void doctor_noise_write(struct json_writer *json, const struct doctor_noise *noise);

#endif
