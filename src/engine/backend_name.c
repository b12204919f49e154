#include "backend_name.h"

const char *const backend_names[BACKEND_COUNT + 1] = {
    [BACKEND_CPU] = "cpu",
    [BACKEND_CUDA] = "cuda",
};

const char *backend_name(enum backend backend)
{
    return backend_names[backend];
}
