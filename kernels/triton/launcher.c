#include "launcher.h"

#include <cuda.h>

#define DRIVER_VERSION 12000 /* the CUDA version of the signatures in struct driver */
#define KERNELS_MOST   32    /* most kernels in the table; compile.py refuses more */

struct triton_function {
    const struct triton_kernel *kernel;
    CUmodule module; /* NULL: not loaded */
    CUfunction function;
};

/* The driver functions that this file uses. */
struct driver {
    CUresult (*load)(CUmodule *, const void *);
    CUresult (*unload)(CUmodule);
    CUresult (*find)(CUfunction *, CUmodule, const char *);
    CUresult (*set)(CUfunction, CUfunction_attribute, int);
    CUresult (*occupancy)(int *, CUfunction, int, size_t);
    CUresult (*launch)(const CUlaunchConfig *, CUfunction, void **, void **);
};

static struct driver driver;
static struct triton_function loaded[KERNELS_MOST]; /* as triton_kernels, for the open device */

/* ---- loading -------------------------------------------------------------------------------- */

/* Converts an error. The runtime uses the driver's error numbers. */
static cudaError_t as_runtime(CUresult result)
{
    return (cudaError_t)result;
}

static bool find_entry(const char *name, void **entry, struct error *error)
{
    enum cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
    if (!gpu_right(cudaGetDriverEntryPointByVersion(name, entry, DRIVER_VERSION, cudaEnableDefault,
                                                    &found),
                   "cudaGetDriverEntryPointByVersion", error))
        return false;
    return found == cudaDriverEntryPointSuccess ||
           error_set(error, ERROR_UNSUPPORTED, "the NVIDIA driver lacks %s: update it", name);
}

static bool find_driver(struct error *error)
{
    if (driver.launch)
        return true;
    struct driver entries = {0};
    if (!find_entry("cuModuleLoadData", (void **)&entries.load, error) ||
        !find_entry("cuModuleUnload", (void **)&entries.unload, error) ||
        !find_entry("cuModuleGetFunction", (void **)&entries.find, error) ||
        !find_entry("cuFuncSetAttribute", (void **)&entries.set, error) ||
        !find_entry("cuOccupancyMaxActiveBlocksPerMultiprocessor", (void **)&entries.occupancy,
                    error) ||
        !find_entry("cuLaunchKernelEx", (void **)&entries.launch, error))
        return false;
    driver = entries;
    return true;
}

static int threads_of(const struct triton_kernel *kernel)
{
    return (int)(32 * kernel->warps);
}

/* The driver loads a module's code lazily, at its first query or launch. Query the occupancy here,
 * so that no launch has to load the code, and especially no captured launch. */
static bool load(struct triton_function *function, const void *image, struct error *error)
{
    const struct triton_kernel *kernel = function->kernel;
    int on_sm;
    return gpu_right(as_runtime(driver.load(&function->module, image)), "cuModuleLoadData",
                     error) &&
           gpu_right(as_runtime(driver.find(&function->function, function->module, kernel->entry)),
                     "cuModuleGetFunction", error) &&
           gpu_right(as_runtime(driver.set(function->function,
                                           CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                           (int)kernel->shared_bytes)),
                     "cuFuncSetAttribute", error) &&
           gpu_right(as_runtime(driver.occupancy(&on_sm, function->function, threads_of(kernel),
                                                 kernel->shared_bytes)),
                     "cuOccupancyMaxActiveBlocksPerMultiprocessor", error);
}

/* Finds the compute capability of the open device (90 is 9.0). */
static bool find_capability(uint32_t *capability, struct error *error)
{
    int device, major, minor;
    if (!gpu_right(cudaGetDevice(&device), "cudaGetDevice", error) ||
        !gpu_right(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device),
                   "cudaDeviceGetAttribute", error) ||
        !gpu_right(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device),
                   "cudaDeviceGetAttribute", error))
        return false;
    *capability = (uint32_t)(major * 10 + minor);
    return true;
}

const struct triton_function *triton_load(const struct triton_kernel *kernel, struct error *error)
{
    uint32_t capability;
    struct triton_function *function = &loaded[kernel - triton_kernels];
    if (function->module)
        return function;
    if (!gpu_right(cudaFree(NULL), "cudaFree", error) || /* creates the context */
        !find_driver(error) || !find_capability(&capability, error))
        return NULL;
    function->kernel = kernel;
    if (load(function, triton_image(kernel, capability), error))
        return function;
    if (function->module)
        driver.unload(function->module);
    function->module = NULL;
    return NULL;
}

bool triton_is_kernel(const void *kernel)
{
    for (const struct triton_kernel *known = triton_kernels; known->name; known++)
        if (known == kernel)
            return true;
    return false;
}

uint32_t triton_ctas_per_sm(const struct triton_kernel *kernel)
{
    struct error ignored;
    int on_sm = 0;
    const struct triton_function *function = triton_load(kernel, &ignored);
    if (!function || driver.occupancy(&on_sm, function->function, threads_of(kernel),
                                      kernel->shared_bytes) != CUDA_SUCCESS)
        return 0;
    return on_sm > 0 ? (uint32_t)on_sm : 0;
}

void triton_forget(void)
{
    for (int i = 0; i < KERNELS_MOST; i++) {
        if (loaded[i].module)
            driver.unload(loaded[i].module);
        loaded[i].module = NULL;
    }
}

/* ---- launching ------------------------------------------------------------------------------ */

static cudaError_t launch(const struct triton_function *function, uint32_t ctas, void **arguments,
                          cudaStream_t stream)
{
    const CUlaunchConfig config = {
        .gridDimX = ctas,
        .gridDimY = 1,
        .gridDimZ = 1,
        .blockDimX = (unsigned)threads_of(function->kernel),
        .blockDimY = 1,
        .blockDimZ = 1,
        .sharedMemBytes = function->kernel->shared_bytes,
        .hStream = stream,
    };
    return as_runtime(driver.launch(&config, function->function, arguments, NULL));
}

/* After the kernel's own parameters, a kernel compiled by Triton 3.6.0 takes two addresses of
 * scratch memory. No kernel here uses scratch memory. */
cudaError_t triton_launch_decode(const struct triton_function *function,
                                 const struct triton_decode *run, uint32_t programs,
                                 cudaStream_t stream)
{
    struct gpu_dot dot = run->dot;
    struct gpu_link link = run->link;
    struct triton_decode own = *run;
    uint32_t tag = GPU_TAG, timed = run->timed;
    CUdeviceptr scratch = 0, profile_scratch = 0;
    void *arguments[] = {
        &dot.q,           &dot.k,     &dot.v,        &dot.out,      &link.stamps,
        &link.reports,    &link.done, &link.abort,   &own.queue,    &own.steps_done,
        &own.progress,    &dot.batch, &dot.seq_len,  &dot.head_dim, &own.steps,
        &link.row_mask,   &tag,       &link.stamped, &timed,        &scratch,
        &profile_scratch,
    };
    _Static_assert(sizeof arguments / sizeof *arguments == TRITON_DECODE_PARAMETERS,
                   "pass all of them");
    return launch(function, programs, arguments, stream);
}

cudaError_t triton_launch_prefill(const struct triton_function *function, const struct gpu_dot *dot,
                                  float *scores, cudaStream_t stream)
{
    struct gpu_dot own = *dot;
    uint32_t rows = own.batch * own.seq_len; /* at most 2^28 */
    CUdeviceptr scratch = 0, profile_scratch = 0;
    void *arguments[] = {&own.q, &own.k, &scores, &rows, &own.head_dim, &scratch, &profile_scratch};
    _Static_assert(sizeof arguments / sizeof *arguments == TRITON_PREFILL_PARAMETERS,
                   "all of them");
    const uint32_t in_cta = function->kernel->rows;
    return launch(function, (rows + in_cta - 1) / in_cta, arguments, stream);
}
