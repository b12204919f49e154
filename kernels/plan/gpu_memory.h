/*
 * gpu_memory.h - whether a GPU has what a plan needs: memory, a compute capability, cooperative
 * launches. Needs no CUDA.
 */
#pragma once

#include "../lab.h"

__BEGIN_DECLS

#define GPU_CTA_RESERVE 1024u /* shared memory in bytes that the driver reserves per CTA */

/* Rows of stamps per program: a power of two that is at least `rows`, or less if all programs
 * together would exceed 256 MiB. 0 if STAMPS is off. */
uint32_t gpu_stamp_room(const struct knobs *knobs, uint64_t programs, uint64_t rows);

/* Bytes of device memory for the stamps of gpu_stamp_room, including phases if PHASES is on. */
uint64_t gpu_stamp_bytes(const struct knobs *knobs, uint64_t programs, uint64_t rows);

/* Bytes of one of the four tensors of `dot`. */
uint64_t gpu_dot_tensor_bytes(const struct knobs *knobs);

/* Whether `bytes` bytes for `what` are at most 90 % of free memory. False: *error gives both
 * numbers. */
bool gpu_memory_fits(const char *what, uint64_t bytes, const struct device_info *device,
                     struct error *error);

/* Whether the memory of `dot` fits: its tensors, the stamps of `programs` programs with `rows` rows
 * each, and more_bytes. */
bool gpu_dot_fits(const struct knobs *knobs, uint32_t programs, uint64_t rows, uint64_t more_bytes,
                  const struct device_info *device, struct error *error);

/* Whether the device has at least compute capability `least`, 80 or 90, which `what` needs. */
bool gpu_is_capable(const struct device_info *device, uint32_t least, const char *what,
                    struct error *error);

/* Whether the device supports cooperative launches, which `what` needs. */
bool gpu_is_cooperative(const struct device_info *device, const char *what, struct error *error);

__END_DECLS
