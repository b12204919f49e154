/*
 * test_noise.c - the noise between processes: its arithmetic, its measurement with short processes,
 * and its file.
 */
#include "../../kernels/clock.h"
#include "../../src/base/files.h"
#include "../../src/base/interrupt.h"
#include "../../src/engine/targets.h"
#include "../../src/harness/noise_measure.h"
#include "cache.h"
#include "fake_worker.h"
#include "texts.h"

#include <math.h>

static struct error error;

static const struct device_info device = {.backend = BACKEND_CUDA,
                                          .name = "NVIDIA H100/80GB \"HBM3\"",
                                          .driver = "580.159.04",
                                          .units = 132};

static void begin(void)
{
    clock_start();
    cache_begin();
    cache_fill();
}

TestSuite(noise, .init = begin, .fini = folder_end, .timeout = 200);

Test(noise, is_the_standard_deviation_of_logarithms)
{
    const uint64_t same[] = {7777, 7777, 7777};
    cr_assert_float_eq(noise_sigma(same, 3), 0, 1e-12);
    /* Their logarithms are ln 1000 - d, ln 1000 and ln 1000 + d. */
    const uint64_t three[] = {950, 1000, 1053};
    cr_assert_float_eq(noise_sigma(three, 3), log(1000.0 / 950), 5e-4);
    const uint64_t doubled[] = {1900, 2000, 2106};
    cr_assert_float_eq(noise_sigma(doubled, 3), noise_sigma(three, 3), 1e-12,
                       "the noise is relative");
    const uint64_t two[] = {100, 200};
    cr_assert_float_eq(noise_sigma(two, 2), log(2) / sqrt(2), 1e-12);
}

Test(noise, is_assumed_until_it_is_measured)
{
    const struct noise kept = {1.0 / 300, 12};
    struct device_info other = device;
    char path[DEVICE_FILE_ROOM], ceilings_path[DEVICE_FILE_ROOM];
    struct noise noise = noise_recall(&device);
    cr_assert_eq(noise.sigma, 0.01);
    cr_assert_eq(noise.processes, 0);
    other.backend = BACKEND_CPU;
    cr_assert_eq(noise_recall(&other).sigma, 0.05);
    assert_success(noise_keep(&device, &kept, path, &error));
    noise = noise_recall(&device);
    cr_assert_eq(noise.sigma, kept.sigma);
    cr_assert_eq(noise.processes, 12);
    cr_assert_eq(noise_recall(&other).processes, 0, "another backend");
    other = device;
    other.units = 66;
    cr_assert_eq(noise_recall(&other).processes, 0, "fewer SMs");
    /* Noise and ceilings do not overwrite each other. */
    const struct ceilings ceilings = {.read_gb_per_s = 3100};
    assert_success(ceilings_keep(&device, &ceilings, ceilings_path, &error));
    cr_assert_str_neq(path, ceilings_path);
    cr_assert_eq(noise_recall(&device).processes, 12);
}

/* If the file is wrong in any way, pdlab assumes the noise. */
Test(noise, implausible_values_are_ignored)
{
    const struct noise kept = {0.25, 12};
    char path[DEVICE_FILE_ROOM], *text;
    size_t length;
    assert_success(noise_keep(&device, &kept, path, &error));
    cr_assert(file_read(path, 65536, &text, &length, &error));
    static const char *const others[][2] = {
        {"\"sigma\":0.25", "\"sigma\":-0.1"},
        {"\"sigma\":0.25", "\"sigma\":1e99"},
        {"\"sigma\":0.25", "\"sigma\":null"},
        {"\"processes\":12", "\"processes\":1"},
        {"\"processes\":12", "\"processes\":2.5"},
        {"\"processes\":12", "\"processes\":\"12\""},
        {"\"noise\":{", "\"noisy\":{"},
        {"pdlab.noise/1", "pdlab.noise/2"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char *broken = replaced(text, others[i][0], others[i][1]);
        cr_assert(file_write(path, broken, strlen(broken), &error));
        free(broken);
        const struct noise noise = noise_recall(&device);
        cr_assert_eq(noise.sigma, 0.01, "%s", others[i][1]);
        cr_assert_eq(noise.processes, 0, "%s", others[i][1]);
    }
    free(text);
}

/* Each variant runs in as many processes as requested; the device's noise is the largest. */
Test(noise, is_measured_in_many_processes)
{
    static struct noise_measurement found;
    const struct noise_plan plan = {.processes = 3, .each_ns = 2000000};
    assert_success(noise_measure(&plan, BACKEND_CPU, 0, &found, &error));
    cr_assert_eq(found.count, NOISE_VARIANTS);
    cr_assert_eq(found.noise.processes, 3);
    double largest = 0;
    for (uint32_t i = 0; i < found.count; i++) {
        cr_assert_eq(found.parts[i].count, 3, "%s", found.parts[i].error.text);
        cr_assert_eq(found.parts[i].sigma, noise_sigma(found.parts[i].p50s_ns, 3));
        largest = fmax(largest, found.parts[i].sigma);
    }
    cr_assert_eq(found.noise.sigma, largest);
    cr_assert_eq(found.device.backend, BACKEND_CPU);
}

Test(noise, an_interrupted_measurement_has_no_result)
{
    static struct noise_measurement found;
    const struct noise_plan plan = {.processes = 2, .each_ns = 2000000};
    interrupt_level = 1;
    cr_assert_not(noise_measure(&plan, BACKEND_CPU, 0, &found, &error));
    cr_assert_eq(found.noise.processes, 0);
}

/* A live run has the noise that is stored for its device. */
Test(noise, is_part_of_a_run)
{
    const struct noise kept = {0.125, 9};
    struct device_info cpu;
    char path[DEVICE_FILE_ROOM];
    assert_success(backends[BACKEND_CPU]->open(0, &cpu, &error));
    for (int i = 0; i < 2; i++) {
        begin_worker();
        request.variants[0] = variant_find("cpu_persistent");
        request.paused = true;
        const struct snapshot *snapshot = post_and_wait(idle);
        cr_assert_eq(snapshot->runs[0].noise.sigma, i == 0 ? 0.05 : kept.sigma);
        cr_assert_eq(snapshot->runs[0].noise.processes, i == 0 ? 0 : kept.processes);
        end_worker();
        assert_success(noise_keep(&cpu, &kept, path, &error));
    }
}
