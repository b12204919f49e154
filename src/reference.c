#include "reference.h"
#include "../kernels/inputs.h"

#include <stdlib.h>

struct reference {
    struct workload_expected part;
};

struct reference *reference_open(void)
{
    return calloc(1, sizeof(struct reference));
}

static void free_expected(struct workload_expected *expected)
{
    free(expected->rows);
    free(expected->sizes);
    *expected = (struct workload_expected){0};
}

void reference_close(struct reference *reference)
{
    if (!reference)
        return;
    free_expected(&reference->part);
    free(reference);
}

static bool make_expected(struct workload_expected *expected, const struct workload_part *part)
{
    expected->rows = malloc((size_t)part->rows * part->columns * sizeof *expected->rows);
    expected->sizes = malloc(part->rows * sizeof *expected->sizes);
    if (expected->rows && expected->sizes)
        return true;
    free_expected(expected);
    return false;
}

const struct workload_expected *reference_part(struct reference *reference,
                                               const struct workload *workload,
                                               const struct knobs *knobs, uint32_t part,
                                               const uint32_t *cancel)
{
    const struct workload_part shape = workload->part(knobs, part);
    free_expected(&reference->part);
    if (!make_expected(&reference->part, &shape) ||
        !workload->reference(knobs, part, cancel, &reference->part))
        return NULL;
    return &reference->part;
}

/* Fisher and Yates' shuffle. Its random numbers come from the generator of the inputs, from a
 * tensor that no workload has. */
void reference_order(uint64_t seed, uint32_t parts, uint32_t *order)
{
    for (uint32_t i = 0; i < parts; i++) {
        uint32_t words[4] = {UINT32_MAX, i, 0, 0};
        philox4x32_10(words, (uint32_t)seed, (uint32_t)(seed >> 32));
        uint32_t j = (uint32_t)(((uint64_t)words[0] * (i + 1)) >> 32);
        order[i] = order[j];
        order[j] = i;
    }
}
