#include "lab_prefill.h"
#include "../inputs.h"
#include "lab_cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SLEEP_MORE UINT64_C(200000) /* ns; the thread sleeps if a longer delay remains */
#define SLEEP_LESS UINT64_C(100000) /* ns; it wakes up this long before the end */

struct state {
    const struct variant *decode;
    void *inner; /* the decode's state */
    const struct knobs *knobs;
    const uint32_t *stop;
    struct pool *pool;
    float *src, *dst; /* [chunks][chunk_elems] */
    size_t memory_bytes;
    uint64_t delay_ns;
    size_t chunk_elems;
    uint32_t chunks, most_copies;
    bool beside;

    /* The current iteration. */
    enum look look;
    bool with_prefill, prefilling, decoding;
    struct stamp_batch last;    /* of a decode that ended before the prefill */
    struct prefill_span *spans; /* two submissions, then copy and computation of each chunk */

    _Alignas(CACHE_LINE) _Atomic uint32_t drawn;
    _Alignas(CACHE_LINE) struct event copied; /* counts finished copies */
    _Alignas(CACHE_LINE) _Atomic uint32_t in_flight;
    _Atomic uint32_t most, finished;
};

/* ---- the chunks ----------------------------------------------------------------------------- */

static void wait_until(uint64_t end_ns)
{
    const uint64_t now_ns = clock_now();
    if (now_ns + SLEEP_MORE < end_ns) {
        const uint64_t nap_ns = end_ns - now_ns - SLEEP_LESS;
        const struct timespec nap = {.tv_sec = (time_t)(nap_ns / 1000000000u),
                                     .tv_nsec = (long)(nap_ns % 1000000000u)};
        nanosleep(&nap, NULL);
    }
    while (clock_now() < end_ns) {
#if defined(__x86_64__)
        _mm_pause();
#endif
    }
}

static void note_most(struct state *state, uint32_t in_flight)
{
    uint32_t most = atomic_load_explicit(&state->most, memory_order_relaxed);
    while (in_flight > most &&
           !atomic_compare_exchange_weak_explicit(&state->most, &most, in_flight,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

static void copy_chunk(struct state *state, uint32_t chunk)
{
    const uint64_t begin_ns = clock_now();
    const size_t at = chunk * state->chunk_elems;
    note_most(state, atomic_fetch_add_explicit(&state->in_flight, 1, memory_order_relaxed) + 1);
    memcpy(state->dst + at, state->src + at, state->chunk_elems * sizeof *state->dst);
    wait_until(begin_ns + state->delay_ns);
    atomic_fetch_sub_explicit(&state->in_flight, 1, memory_order_relaxed);
    state->spans[2 + 2 * chunk] = (struct prefill_span){
        .begin_ns = begin_ns, .end_ns = clock_now(), .kind = SPAN_COPY, .chunk = chunk};
}

static void compute_chunk(struct state *state, uint32_t chunk)
{
    const uint64_t begin_ns = clock_now();
    const float *src = state->src + chunk * state->chunk_elems;
    float *dst = state->dst + chunk * state->chunk_elems;
    for (size_t i = 0; i < state->chunk_elems; i++)
        dst[i] += src[i];
    state->spans[3 + 2 * chunk] = (struct prefill_span){
        .begin_ns = begin_ns, .end_ns = clock_now(), .kind = SPAN_COMPUTE, .chunk = chunk};
}

/* Whether the copy of ticket `drawn` may start. */
static bool may_copy(struct state *state, uint32_t drawn)
{
    const uint32_t cap = state->most_copies;
    return !stop_requested(state->stop) &&
           (cap == 0 || drawn < cap ||
            event_wait(&state->copied, drawn + 1 - cap, 0, EVENT_WAIT_FOREVER));
}

static void run_chunks(void *argument, uint32_t thread)
{
    struct state *state = argument;
    uint32_t chunk;
    while ((chunk = atomic_fetch_add_explicit(&state->drawn, 1, memory_order_relaxed)) <
           state->chunks) {
        if (!may_copy(state, chunk)) {
            event_break(&state->copied);
            return;
        }
        copy_chunk(state, chunk);
        state->spans[2 + 2 * chunk].stream = thread;
        event_signal(&state->copied);
        compute_chunk(state, chunk);
        state->spans[3 + 2 * chunk].stream = thread;
        atomic_fetch_add_explicit(&state->finished, 1, memory_order_relaxed);
    }
}

/* Each thread generates the chunks that it will copy, so that first touch puts their pages near the
 * thread. */
static void make_source(void *argument, uint32_t thread)
{
    struct state *state = argument;
    uint32_t chunk;
    (void)thread;
    while ((chunk = atomic_fetch_add_explicit(&state->drawn, 1, memory_order_relaxed)) <
               state->chunks &&
           !stop_requested(state->stop))
        for (size_t quad = 0; quad < state->chunk_elems / 4; quad++)
            input_quad((uint64_t)state->knobs->seed, INPUT_PREFILL, chunk, 0, (uint32_t)quad,
                       state->src + chunk * state->chunk_elems + 4 * quad);
}

/* ---- preparation ---------------------------------------------------------------------------- */

static uint64_t tensor_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->prefill_chunks * (uint64_t)knobs->prefill_chunk_elems * sizeof(float);
}

bool lab_prefill_plan(const struct variant *decode, const struct knobs *knobs,
                      const struct device_info *device, struct plan *plan, struct error *error)
{
    char what[96];
    const bool decodes = decode->ops->plan(knobs, device, NULL, plan, error);
    if (knobs->prefill_source != SOURCE_DEVICE)
        return error_set(error, ERROR_UNSUPPORTED,
                         "PREFILL_SOURCE %s needs a GPU: on the CPU use device",
                         knobs->prefill_source == SOURCE_HOST ? "host" : "peer");
    snprintf(what, sizeof what, "PREFILL_CHUNKS %" PRId64 ", PREFILL_CHUNK_ELEMS %" PRId64,
             knobs->prefill_chunks, knobs->prefill_chunk_elems);
    return decodes && lab_cpu_fits(2 * tensor_bytes(knobs), device, what, error);
}

static void close_state(struct state *state)
{
    pool_destroy(state->pool);
    if (state->inner)
        state->decode->ops->release(state->inner);
    if (state->src)
        munmap(state->src, state->memory_bytes);
    free(state->spans);
    free(state);
}

static bool take_memory(struct state *state, struct error *error)
{
    state->memory_bytes = 2 * tensor_bytes(state->knobs);
    state->src = lab_cpu_map(state->memory_bytes, error);
    if (state->src == NULL)
        return false;
    state->dst = state->src + state->chunks * state->chunk_elems;
    state->spans = calloc(2 + 2 * (size_t)state->chunks, sizeof *state->spans);
    return state->spans || error_set(error, ERROR_RUN, "no memory for the spans of a prefill");
}

static bool open_state(struct state *state, const struct lab_prefill_shape *shape,
                       const struct setup *setup, struct error *error)
{
    const uint64_t spin_ns = 0; /* spinning for a prefill would take cores from the decode */
    if (!take_memory(state, error))
        return false;
    state->pool = pool_create(shape->threads, spin_ns, error);
    if (!state->pool)
        return false;
    pool_submit(state->pool, make_source, state);
    pool_wait(state->pool, 0, EVENT_WAIT_FOREVER);
    if (stop_requested(state->stop))
        return error_set(error, ERROR_RUN, "stopped before the inputs were generated");
    state->inner = shape->decode->ops->prepare(setup, error);
    return state->inner != NULL;
}

void *lab_prefill_prepare(const struct lab_prefill_shape *shape, const struct setup *setup,
                          struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "a prefill and a decode", error);
    if (!state)
        return NULL;
    state->decode = shape->decode;
    state->knobs = &setup->plan->used;
    state->stop = setup->stop;
    state->delay_ns = (uint64_t)setup->plan->used.copy_delay_ns;
    state->chunk_elems = (size_t)setup->plan->used.prefill_chunk_elems;
    state->chunks = (uint32_t)setup->plan->used.prefill_chunks;
    state->most_copies = shape->most_copies;
    state->beside = shape->beside;
    if (open_state(state, shape, setup, error))
        return state;
    close_state(state);
    return NULL;
}

void lab_prefill_release(void *argument)
{
    close_state(argument);
}

void lab_prefill_describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    state->decode->ops->describe(state->inner, facts);
    facts->launches_per_iteration++;
    facts->prefill_bytes = 2 * tensor_bytes(state->knobs);
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool submit_decode(struct state *state, struct error *error)
{
    const uint64_t began_ns = clock_now();
    state->decoding = true;
    const bool submitted = state->decode->ops->submit(state->inner, state->look, error);
    state->spans[1] = (struct prefill_span){
        .begin_ns = began_ns, .end_ns = clock_now(), .kind = SPAN_SUBMIT, .chunk = SPAN_DECODE};
    return submitted;
}

static void submit_prefill(struct state *state)
{
    const uint64_t began_ns = clock_now();
    atomic_store_explicit(&state->drawn, 0, memory_order_relaxed);
    atomic_store_explicit(&state->finished, 0, memory_order_relaxed);
    atomic_store_explicit(&state->most, 0, memory_order_relaxed);
    event_reset(&state->copied);
    pool_submit(state->pool, run_chunks, state);
    state->spans[0] = (struct prefill_span){
        .begin_ns = began_ns, .end_ns = clock_now(), .kind = SPAN_SUBMIT, .chunk = SPAN_PREFILL};
}

bool lab_prefill_submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    state->look = look;
    state->with_prefill = state->prefilling = true;
    state->decoding = false;
    state->last = (struct stamp_batch){0};
    submit_prefill(state);
    return !state->beside || submit_decode(state, error);
}

bool lab_prefill_submit_decode(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    state->look = look;
    state->with_prefill = state->prefilling = false;
    return submit_decode(state, error);
}

/* Completes *batch when prefill and decode are over. */
static enum poll_state finish(const struct state *state, uint64_t synchronised_ns,
                              struct stamp_batch *batch)
{
    batch->synchronised_ns = synchronised_ns;
    if (state->with_prefill && state->look != LOOK_NOTHING && state->knobs->stamps) {
        batch->spans = state->spans;
        batch->span_count = 2 + 2 * state->chunks;
        batch->in_flight_most = atomic_load_explicit(&state->most, memory_order_relaxed);
    }
    return POLL_DONE;
}

/* Waits for the prefill while no decode runs: the decode has ended, or it starts after the
 * prefill. */
static enum poll_state poll_prefill(struct state *state, uint64_t wait_ns,
                                    struct stamp_batch *batch, struct error *error)
{
    const uint64_t heartbeat = state->last.heartbeat;
    const bool over = pool_wait(state->pool, 0, wait_ns);
    state->last.first += state->last.count; /* these rows were returned when the decode ended */
    state->last.count = 0;
    *batch = state->last;
    batch->heartbeat = heartbeat + atomic_load_explicit(&state->finished, memory_order_relaxed);
    if (!over)
        return POLL_RUNNING;
    state->prefilling = false;
    if (!state->last.programs && !state->decoding && !stop_requested(state->stop))
        return submit_decode(state, error) ? POLL_RUNNING : POLL_FAILED;
    return finish(state, clock_now(), batch);
}

enum poll_state lab_prefill_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    struct state *state = argument;
    if (!state->decoding)
        return poll_prefill(state, wait_ns, batch, error);
    const enum poll_state polled = state->decode->ops->poll(state->inner, wait_ns, batch, error);
    batch->heartbeat += atomic_load_explicit(&state->finished, memory_order_relaxed);
    if (polled != POLL_DONE)
        return polled;
    if (!state->prefilling || pool_wait(state->pool, 0, 0)) {
        state->prefilling = false;
        return finish(state, clock_now(), batch);
    }
    state->decoding = false;
    state->last = *batch;
    return POLL_RUNNING;
}

/* ---- output --------------------------------------------------------------------------------- */

void lab_prefill_poison(void *argument)
{
    struct state *state = argument;
    const uint32_t bits = POISON_FP32;
    state->decode->ops->poison(state->inner);
    for (size_t i = 0; i < state->chunks * state->chunk_elems; i++)
        memcpy(&state->dst[i], &bits, sizeof bits);
}

uint64_t lab_prefill_count_nan(const void *argument)
{
    const struct state *state = argument;
    uint64_t wrong = 0;
    for (size_t i = 0; i < state->chunks * state->chunk_elems; i++)
        wrong += state->dst[i] != 2 * state->src[i];
    return state->decode->ops->count_nan(state->inner) + wrong;
}

void lab_prefill_output(const void *argument, uint32_t part, float *rows)
{
    const struct state *state = argument;
    state->decode->ops->output(state->inner, part, rows);
}
