#include "gpu_memory.h"
#include "../cuda/link.h"

#include <inttypes.h>
#include <stdio.h>

#define STAMPS_MOST_BYTES (UINT64_C(256) << 20)

uint32_t gpu_stamp_room(const struct knobs *knobs, uint64_t programs, uint64_t rows)
{
    uint64_t room = 1;
    if (!knobs->stamps)
        return 0;
    while (room < rows && 2 * room * programs * sizeof(struct gpu_stamp) <= STAMPS_MOST_BYTES)
        room *= 2;
    return (uint32_t)room;
}

uint64_t gpu_stamp_bytes(const struct knobs *knobs, uint64_t programs, uint64_t rows)
{
    const uint64_t bytes =
        sizeof(struct gpu_stamp) + (knobs->phases ? sizeof(struct gpu_phase) : 0);
    return gpu_stamp_room(knobs, programs, rows) * programs * bytes;
}

uint64_t gpu_dot_tensor_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->seq_len * (uint64_t)knobs->head_dim *
           sizeof(float);
}

bool gpu_memory_fits(const char *what, uint64_t bytes, const struct device_info *device,
                     struct error *error)
{
    const uint64_t allowed = device->memory_free_bytes / 10 * 9;
    if (bytes <= allowed)
        return true;
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s needs %" PRIu64 " bytes of GPU memory; at most %" PRIu64
                     " are accepted, 90 %% of the free memory",
                     what, bytes, allowed);
}

bool gpu_dot_fits(const struct knobs *knobs, uint32_t programs, uint64_t rows, uint64_t more_bytes,
                  const struct device_info *device, struct error *error)
{
    char what[96];
    snprintf(what, sizeof what, "BATCH %" PRId64 ", SEQ_LEN %" PRId64 ", HEAD_DIM %" PRId64,
             knobs->batch, knobs->seq_len, knobs->head_dim);
    return gpu_memory_fits(
        what, 4 * gpu_dot_tensor_bytes(knobs) + gpu_stamp_bytes(knobs, programs, rows) + more_bytes,
        device, error);
}

bool gpu_is_capable(const struct device_info *device, uint32_t least, const char *what,
                    struct error *error)
{
    return device->capability >= least ||
           error_set(error, ERROR_UNSUPPORTED,
                     "%s needs compute capability %u.%u; this device has %u.%u", what, least / 10,
                     least % 10, device->capability / 10, device->capability % 10);
}

bool gpu_is_cooperative(const struct device_info *device, const char *what, struct error *error)
{
    return device->cooperative ||
           error_set(error, ERROR_UNSUPPORTED,
                     "%s needs cooperative launches, which this device lacks", what);
}
