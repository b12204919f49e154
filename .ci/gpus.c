/*
 * gpus.c - prints the compute capabilities of the GPUs that the NVIDIA driver reports, such as
 * "9.0 8.6": each once, in the driver's order. Without a driver or a GPU it prints "none".
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>

/* CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of cuda.h, which may not be installed. */
#define MAJOR 75
#define MINOR 76

int main(void)
{
    void *driver = dlopen("libcuda.so.1", RTLD_NOW);
    int (*init)(unsigned), (*get_count)(int *), (*get)(int *, int, int);
    int count = 0, found = 0, major, minor;
    bool seen[1000] = {false};

    if (driver) {
        *(void **)&init = dlsym(driver, "cuInit");
        *(void **)&get_count = dlsym(driver, "cuDeviceGetCount");
        *(void **)&get = dlsym(driver, "cuDeviceGetAttribute");
        if (!init || !get_count || !get || init(0) != 0 || get_count(&count) != 0)
            count = 0;
    }
    for (int device = 0; device < count; device++) {
        if (get(&major, MAJOR, device) != 0 || get(&minor, MINOR, device) != 0)
            continue;
        const int capability = 10 * major + minor;
        if (capability < 0 || capability >= 1000 || seen[capability])
            continue;
        seen[capability] = true;
        printf("%s%d.%d", found++ ? " " : "", major, minor);
    }
    puts(found ? "" : "none");
    return 0;
}
