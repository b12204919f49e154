/*
 * nvml.h - a GPU as libnvidia-ml sees it: the driver's version, clocks, power, temperature. The
 * library is loaded at run time, and bound nowhere else.
 */
#ifndef KERNELS_CUDA_NVML_H
#define KERNELS_CUDA_NVML_H

#include "../lab.h"

struct nvml;

/* Loads the library and looks for the device with this PCI id. If there is no such device, the
 * functions below leave out what is a device's. NULL: there is no library, or no memory. */
struct nvml *nvml_open(const char *bus);
void nvml_close(struct nvml *nvml);

/* Fills in the driver's version and the SM clocks that can be read; leaves the rest alone. */
void nvml_describe(const struct nvml *nvml, struct device_info *info);

/* Fills in what *reading has of a GPU; leaves the rest alone. Takes milliseconds on some GPUs. */
void nvml_read(const struct nvml *nvml, struct meter_reading *reading);

#endif
