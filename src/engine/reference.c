#include "reference.h"
#include "../../kernels/inputs.h"
#include "crew.h"
#include "knobs.h"

#include <stdlib.h>

/* A workload with its knobs, and its known parts. */
struct work {
    const struct workload *workload; /* NULL: an empty slot */
    struct knobs knobs;              /* knobs that are not part of the workload are 0 */
    uint32_t parts;
    struct workload_expected *expected; /* [parts]; rows are NULL for an unknown part */
    uint64_t *choices; /* [parts]: hash of the choices that a known part belongs to; NULL: the
                          workload has no choices */
    uint64_t bytes;    /* bytes of the list and the kept rows */
    uint64_t used;     /* reference->used at the last use */
};

struct reference {
    const struct workload_crew *crew; /* NULL: computes parts one by one */
    struct work works[REFERENCE_WORKS_MOST];
    uint64_t bytes, used; /* bytes of all entries; a counter of uses */
    uint64_t bytes_most;
    /* Parts that did not fit into the cache; freed when others are computed. */
    struct work *loose_of;
    uint32_t loose_first, loose_count;
};

struct reference *reference_open(uint32_t threads, uint64_t memory_free)
{
    struct reference *reference = calloc(1, sizeof *reference);
    const uint64_t room = memory_free / 40;
    if (!reference)
        return NULL;
    reference->bytes_most =
        memory_free > 0 && room < REFERENCE_BYTES_MOST ? room : REFERENCE_BYTES_MOST;
    reference->crew = threads > 0 ? crew_start(threads) : NULL;
    if (threads > 0 && !reference->crew) {
        free(reference);
        return NULL;
    }
    return reference;
}

/* ---- cache entries -------------------------------------------------------------------------- */

static void free_expected(struct workload_expected *expected)
{
    free(expected->rows);
    free(expected->sizes);
    *expected = (struct workload_expected){0};
}

static void forget_parts(struct work *work, uint32_t first, uint32_t count)
{
    for (uint32_t part = first; part < first + count; part++)
        free_expected(&work->expected[part]);
}

static void forget_work(struct reference *reference, struct work *work)
{
    forget_parts(work, 0, work->parts);
    free(work->expected);
    free(work->choices);
    reference->bytes -= work->bytes;
    if (reference->loose_of == work)
        reference->loose_count = 0;
    *work = (struct work){0};
}

void reference_close(struct reference *reference)
{
    if (!reference)
        return;
    for (uint32_t i = 0; i < REFERENCE_WORKS_MOST; i++)
        forget_work(reference, &reference->works[i]);
    crew_stop(reference->crew);
    free(reference);
}

/* Bytes of a work's lists, without the parts. */
static uint64_t list_bytes(const struct work *work)
{
    return work->parts * (sizeof *work->expected + (work->choices ? sizeof *work->choices : 0));
}

/* Fills `work`, an empty slot. NULL: out of memory, and the slot stays empty. */
static struct work *begin_work(struct reference *reference, struct work *work,
                               const struct workload *workload, const struct knobs *knobs)
{
    const uint32_t parts = workload->parts(knobs);
    struct workload_expected *expected = calloc(parts, sizeof *expected);
    uint64_t *choices = workload->choices ? calloc(parts, sizeof *choices) : NULL;
    if (!expected || (workload->choices && !choices)) {
        free(expected);
        free(choices);
        return NULL;
    }
    *work = (struct work){
        .workload = workload, .parts = parts, .expected = expected, .choices = choices};
    work->bytes = list_bytes(work);
    for (int id = 0; id < KNOB_COUNT; id++)
        if (workload->knobs >> id & 1)
            work->knobs.value[id] = knobs->value[id];
    reference->bytes += work->bytes;
    return work;
}

/* The least recently used entry, or an empty slot. */
static struct work *find_oldest(struct reference *reference)
{
    struct work *oldest = &reference->works[0];
    for (uint32_t i = 1; i < REFERENCE_WORKS_MOST; i++)
        if (reference->works[i].used < oldest->used)
            oldest = &reference->works[i];
    return oldest;
}

/* Finds the workload's entry, or begins a new one. NULL: out of memory. */
static struct work *find_work(struct reference *reference, const struct workload *workload,
                              const struct knobs *knobs)
{
    struct work *work = NULL;
    for (uint32_t i = 0; i < REFERENCE_WORKS_MOST && !work; i++)
        if (reference->works[i].workload == workload &&
            knobs_equal(&reference->works[i].knobs, knobs, workload->knobs))
            work = &reference->works[i];
    if (!work) {
        struct work *oldest = find_oldest(reference);
        forget_work(reference, oldest);
        work = begin_work(reference, oldest, workload, knobs);
    }
    if (work)
        work->used = ++reference->used;
    return work;
}

/* Evicts other entries until `bytes` fit. False: they do not fit even then. */
static bool make_room(struct reference *reference, const struct work *work, uint64_t bytes)
{
    while (reference->bytes + bytes > reference->bytes_most) {
        struct work *oldest = NULL;
        for (uint32_t i = 0; i < REFERENCE_WORKS_MOST; i++) {
            struct work *other = &reference->works[i];
            if (other->workload && other != work && (!oldest || other->used < oldest->used))
                oldest = other;
        }
        if (!oldest)
            return false;
        forget_work(reference, oldest);
    }
    return true;
}

/* ---- parts ---------------------------------------------------------------------------------- */

static uint64_t part_bytes(const struct workload_part *part)
{
    return (uint64_t)part->rows * (part->columns + 1) * sizeof(double);
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

/* Parts [first, first + count) that are computed together. */
struct stretch {
    struct work *work;
    const struct workload_crew *crew;
    const uint32_t *cancel;
    const float *output; /* output of the only part, if the workload has choices */
    uint32_t first, count, siblings;
    uint64_t bytes;
    bool failed; /* atomic */
};

/* Selects the parts to compute together, from `first` on: up to `groups` groups of siblings, as
 * many as fit. If `groups` is 0, only one part. */
static struct stretch find_stretch(const struct reference *reference, struct work *work,
                                   uint32_t first, uint64_t groups)
{
    const struct workload *workload = work->workload;
    struct stretch stretch = {.work = work, .crew = reference->crew, .first = first};
    stretch.siblings = workload->siblings ? workload->siblings(&work->knobs) : 1;
    const uint64_t most = (first / stretch.siblings + groups) * stretch.siblings;
    const uint64_t end = groups == 0 ? first + 1 : most < work->parts ? most : work->parts;
    for (uint32_t part = first; part < end && !work->expected[part].rows; part++) {
        const struct workload_part shape = workload->part(&work->knobs, part);
        const uint64_t bytes = part_bytes(&shape);
        if (part > first && stretch.bytes + bytes > reference->bytes_most)
            break;
        stretch.bytes += bytes;
        stretch.count++;
    }
    return stretch;
}

/* Computes the stretch's i-th group of siblings: one task of the thread pool. */
static void compute_group(void *argument, uint32_t i)
{
    struct stretch *stretch = argument;
    const uint32_t group = stretch->first / stretch->siblings + i;
    const uint32_t begin = i == 0 ? stretch->first : group * stretch->siblings;
    const uint32_t last = stretch->first + stretch->count, next = (group + 1) * stretch->siblings;
    const struct workload_order order = {
        .knobs = &stretch->work->knobs,
        .first = begin,
        .count = (next < last ? next : last) - begin,
        .crew = stretch->crew,
        .cancel = stretch->cancel,
        .expected = stretch->work->expected + begin,
        .outputs = stretch->output ? &stretch->output : NULL,
    };
    if (!stretch->work->workload->reference(&order))
        __atomic_store_n(&stretch->failed, true, __ATOMIC_RELAXED);
}

static bool compute(struct stretch *stretch)
{
    struct work *work = stretch->work;
    const uint32_t last = stretch->first + stretch->count - 1;
    const uint32_t groups = last / stretch->siblings - stretch->first / stretch->siblings + 1;
    for (uint32_t part = stretch->first; part <= last && !stretch->failed; part++) {
        const struct workload_part shape = work->workload->part(&work->knobs, part);
        stretch->failed = !make_expected(&work->expected[part], &shape);
    }
    if (!stretch->failed && stretch->crew)
        stretch->crew->run(stretch->crew, groups, compute_group, stretch);
    else if (!stretch->failed)
        compute_group(stretch, 0);
    if (stretch->failed)
        forget_parts(work, stretch->first, stretch->count);
    return !stretch->failed;
}

/* Caches the computed parts if they fit. If not, they stay until others are computed. */
static void keep(struct reference *reference, const struct stretch *stretch)
{
    if (make_room(reference, stretch->work, stretch->bytes)) {
        stretch->work->bytes += stretch->bytes;
        reference->bytes += stretch->bytes;
        return;
    }
    reference->loose_of = stretch->work;
    reference->loose_first = stretch->first;
    reference->loose_count = stretch->count;
}

static void forget_loose(struct reference *reference)
{
    if (reference->loose_count > 0)
        forget_parts(reference->loose_of, reference->loose_first, reference->loose_count);
    reference->loose_count = 0;
}

/* Evicts all parts, to free as much memory as possible. */
static void forget_kept(struct reference *reference, struct work *work)
{
    const uint64_t list = list_bytes(work);
    for (uint32_t i = 0; i < REFERENCE_WORKS_MOST; i++)
        if (&reference->works[i] != work)
            forget_work(reference, &reference->works[i]);
    forget_parts(work, 0, work->parts);
    reference->bytes -= work->bytes - list;
    work->bytes = list;
}

/* Computes and keeps the parts that find_stretch selects. False: cancelled or out of memory. */
static bool compute_parts(struct reference *reference, struct work *work, uint32_t first,
                          uint64_t groups, const float *output, const uint32_t *cancel)
{
    struct stretch stretch = find_stretch(reference, work, first, groups);
    stretch.cancel = cancel;
    stretch.output = output;
    if (!compute(&stretch))
        return false;
    keep(reference, &stretch);
    return true;
}

/* Forgets a known part that was computed for other choices than those in the output. */
static void check_choices(struct reference *reference, struct work *work, uint32_t part,
                          const float *output)
{
    const uint64_t choices = work->workload->choices(&work->knobs, part, output);
    const bool other = work->expected[part].rows && work->choices[part] != choices;
    const bool loose =
        reference->loose_of == work && part - reference->loose_first < reference->loose_count;
    work->choices[part] = choices;
    if (!other)
        return;
    if (loose) {
        forget_loose(reference);
        return;
    }
    const struct workload_part shape = work->workload->part(&work->knobs, part);
    forget_parts(work, part, 1);
    work->bytes -= part_bytes(&shape);
    reference->bytes -= part_bytes(&shape);
}

const struct workload_expected *reference_part(struct reference *reference,
                                               const struct workload *workload,
                                               const struct knobs *knobs, uint32_t part,
                                               const float *output, const uint32_t *cancel)
{
    struct work *work = find_work(reference, workload, knobs);
    if (!work)
        return NULL;
    if (work->choices)
        check_choices(reference, work, part, output);
    if (!work->expected[part].rows) {
        /* With choices, only this part can be computed: the output of the other parts is
         * unknown. */
        const uint64_t groups = reference->crew && !work->choices ? reference->crew->threads : 0;
        forget_loose(reference);
        if (!compute_parts(reference, work, part, groups, output, cancel)) {
            if (cancel && stop_requested(cancel))
                return NULL;
            forget_kept(reference, work);
            if (!compute_parts(reference, work, part, 0, output, cancel))
                return NULL;
        }
    }
    return &work->expected[part];
}

/* Fisher-Yates shuffle. Its random numbers come from the generator of the inputs, for a tensor
 * number that no workload uses. */
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
