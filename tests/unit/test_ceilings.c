/* Stored ceilings are read back whole or not at all; the ceilings of the CPU are measured. */
#include "../../kernels/clock.h"
#include "../../src/base/files.h"
#include "cache.h"

#include <sys/resource.h>
#include <sys/stat.h>

static struct error error;

static const struct device_info device = {.backend = BACKEND_CUDA,
                                          .name = "NVIDIA H100/80GB \"HBM3\"",
                                          .driver = "580.159.04",
                                          .units = 132};
TestSuite(ceilings, .init = cache_begin, .fini = folder_end);

static double *value_at(struct ceilings *ceilings, const struct ceiling_info *ceiling)
{
    return (double *)(void *)((char *)ceilings + ceiling->field);
}

static char path[DEVICE_FILE_ROOM]; /* the file that keep wrote last */

static void keep(const struct device_info *of, const struct ceilings *ceilings)
{
    assert_success(ceilings_keep(of, ceilings, path, &error));
}

static bool recalls(const struct device_info *of)
{
    struct ceilings ceilings;
    ceilings_recall(of, &ceilings);
    return ceilings.read_gb_per_s > 0;
}

/* Writes this text to the file, and returns whether ceilings are recalled from it. */
static bool takes(const char *text, size_t length)
{
    cr_assert(file_write(path, text, length, &error));
    return recalls(&device);
}

/* Every member of the struct has a row, and each ceiling of a GPU survives. */
Test(ceilings, survive_storing)
{
    struct ceilings ceilings = {0}, again;
    double next = 0.1;
    size_t rows = 0;
    for (const struct ceiling_info *row = ceiling_table; row->key; row++, rows++)
        if (ceiling_applies(row, BACKEND_CUDA))
            *value_at(&ceilings, row) = next += 1.0 / 3;
    cr_assert_eq(rows * sizeof(double), sizeof ceilings);
    keep(&device, &ceilings);
    cr_assert_eq(strncmp(path, folder, strlen(folder)), 0);
    cr_assert_null(strpbrk(path + strlen(folder) + strlen("/pdlab/"), "/\" "), "%s", path);
    ceilings_recall(&device, &again);
    for (const struct ceiling_info *row = ceiling_table; row->key; row++)
        cr_assert_eq(*value_at(&ceilings, row), *value_at(&again, row), "%s", row->key);
}

Test(ceilings, belong_to_one_device_and_driver)
{
    const struct ceilings ceilings = {.read_gb_per_s = 3100};
    cr_assert_not(recalls(&device), "before any are kept");
    keep(&device, &ceilings);
    cr_assert(recalls(&device));
    struct device_info other = device;
    other.units = 66;
    cr_assert_not(recalls(&other), "fewer SMs");
    keep(&other, &ceilings);
    cr_assert(recalls(&device), "the file for fewer SMs does not replace it");
    other = device;
    strcpy(other.driver, "580.159.05");
    cr_assert_not(recalls(&other), "another driver");
    other = device;
    strcpy(other.name, "NVIDIA H100-80GB \"HBM3\""); /* gives the same file name */
    cr_assert_not(recalls(&other), "another name");
}

/* Truncated anywhere, or with any byte changed, the file is accepted whole or not at all. */
Test(ceilings, a_broken_file_is_ignored)
{
    const struct ceilings kept = {.read_gb_per_s = 3100, .stamp_ns = 17};
    char *text;
    size_t length;
    keep(&device, &kept);
    cr_assert(file_read(path, 65536, &text, &length, &error));
    for (size_t cut = 0; cut + 1 < length; cut += 7)
        cr_assert_not(takes(text, cut), "cut after %zu bytes", cut);
    static const char *const broken[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"schema\":\"pdlab.ceilings/2\"}",
        "{\"schema\":\"pdlab.ceilings/1\",\"ceilings\":[]}",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        cr_assert_not(takes(broken[i], strlen(broken[i])), "%s", broken[i]);
    cr_assert(takes(text, length), "as it was written");
    char *at = strstr(text, "3100");
    cr_assert_not_null(at);
    memcpy(at, "-310", 4);
    cr_assert_not(takes(text, length), "a bandwidth below 0");
    memcpy(at, "1e99", 4);
    cr_assert_not(takes(text, length), "an impossible bandwidth");
    free(text);
    remove(path);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_not(recalls(&device), "a folder");
}

Test(ceilings, need_a_folder_to_be_kept_in)
{
    const struct ceilings ceilings = {.read_gb_per_s = 1};
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", "/proc/none", 1);
    cr_assert_not(ceilings_keep(&device, &ceilings, path, &error));
    assert_contains(error.text, "XDG_CACHE_HOME");
    cr_assert_not(recalls(&device));
}

/* All ceilings of a CPU are measured, except the barrier between threads on a single core. */
Test(ceilings, of_the_cpu_are_measured)
{
    static const uint32_t never;
    const struct device_ops *cpu = backends[BACKEND_CPU];
    struct device_info info;
    struct ceilings ceilings;
    clock_start();
    cr_assert(cpu->open(0, &info, &error));
    assert_success(cpu->ceilings(0, &never, &ceilings, &error));
    for (const struct ceiling_info *row = ceiling_table; row->key; row++) {
        const bool alone = strncmp(row->key, "flag", 4) == 0 && info.units < 2;
        const bool known = *value_at(&ceilings, row) > 0;
        cr_assert_eq(known, ceiling_applies(row, BACKEND_CPU) && !alone, "%s", row->key);
    }
    cpu->close(0);
}

Test(ceilings, failed_measurements_give_none)
{
    static const uint32_t at_once = 1;
    struct ceilings ceilings = {.read_gb_per_s = 1};
    struct device_info info;
    clock_start();
    cr_assert(backends[BACKEND_CPU]->open(0, &info, &error));
    cr_assert_not(ceilings_measure(&info, 0, &at_once, &ceilings, &error));
    cr_assert(error.text[0]);
    cr_assert_not(ceilings_known(&ceilings));
    info.blocking = true;
    cr_assert_not(ceilings_measure(&info, 0, &at_once, &ceilings, &error));
    assert_contains(error.text, "CUDA_LAUNCH_BLOCKING");
}

/* The system takes seconds to allocate the memory for the measurement. A stop does not wait for
 * that. */
Test(ceilings, a_stop_is_heeded_before_memory_is_filled)
{
    static const uint32_t at_once = 1;
    struct ceilings ceilings;
    struct rusage before, after;
    clock_start();
    getrusage(RUSAGE_SELF, &before);
    cr_assert_not(backends[BACKEND_CPU]->ceilings(0, &at_once, &ceilings, &error));
    getrusage(RUSAGE_SELF, &after);
    assert_contains(error.text, "stopped");
    cr_assert_lt(after.ru_maxrss - before.ru_maxrss, 32 << 10, "it took %ld KiB",
                 after.ru_maxrss - before.ru_maxrss);
}
