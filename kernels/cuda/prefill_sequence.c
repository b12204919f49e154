#include "../clock.h"
#include "per_token.h"
#include "prefill_decode.h"

#include <stdlib.h>

#define LAUNCHES_AT_ONCE 256u /* launches between two checks of `stop` */

struct state {
    struct prefill_pair pair; /* first */
    struct per_token run;
    uint32_t next, all; /* index of the next kernel, and number of kernels in this iteration: those
                           of the prefill, then one per step */
    bool cut;           /* the last iteration was aborted between two launches */
};

bool prefill_sequence_plan(const struct prefill_engine *engine, const struct knobs *knobs,
                           const struct device_info *device, struct plan *plan, struct error *error)
{
    return prefill_accepts(engine, knobs, device, error) &&
           per_token_plan(knobs, device, prefill_memory_bytes(knobs), plan, error);
}

static bool open_state(struct state *state, const struct prefill_engine *engine,
                       const struct setup *setup, struct error *error)
{
    const struct prefill_plan prefill = {.engine = engine, .setup = setup, .lanes = 1};
    if (!per_token_open(&state->pair.lab, setup, "decode_baseline", error))
        return false;
    if (prefill_open(&state->pair.prefill, &prefill, &state->pair.lab, error))
        return true;
    gpu_lab_close(&state->pair.lab);
    return false;
}

void *prefill_sequence_prepare(const struct prefill_engine *engine, const struct setup *setup,
                               struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "a prefill and a decode", error);
    if (state && open_state(state, engine, setup, error))
        return state;
    free(state);
    return NULL;
}

void prefill_sequence_release(void *argument)
{
    struct state *state = argument;
    prefill_close(&state->pair.prefill);
    gpu_lab_close(&state->pair.lab);
    free(state);
}

void prefill_sequence_describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    *facts = (struct facts){
        .programs = state->pair.lab.programs,
        .launches_per_iteration =
            prefill_launches(&state->pair.prefill) + state->pair.lab.dot.seq_len,
        .stamp_error_ns = gpu_clock_error(),
        .prefill_bytes = prefill_moved_bytes(state->pair.lab.knobs),
    };
}

/* ---- an iteration --------------------------------------------------------------------------- */

/* Launches more kernels. Records a span for each launch of the prefill, and one span for the
 * launches of the decode. */
static bool launch_more(struct state *state, struct error *error)
{
    struct prefill *prefill = &state->pair.prefill;
    const uint32_t first_step = state->all - state->pair.lab.dot.seq_len;
    const uint32_t chunk_launches = prefill->computes ? 1 : 2;
    uint64_t decode_ns = 0;
    for (uint32_t i = 0; i < LAUNCHES_AT_ONCE && state->next < state->all; i++) {
        const uint32_t next = state->next++;
        const uint64_t began_ns = clock_now();
        cudaError_t status;
        if (next < first_step) {
            status = prefill_launch(prefill, next, state->pair.lab.stream);
            prefill_note_submit(prefill, next / chunk_launches, began_ns);
        } else {
            status =
                per_token_launch(&state->run, next - first_step, false, state->pair.lab.stream);
            decode_ns = decode_ns ? decode_ns : began_ns;
        }
        if (!gpu_lab_launched(&state->pair.lab, status, "cudaLaunchKernelExC", error))
            return false;
    }
    if (decode_ns)
        prefill_note_submit(prefill, SPAN_DECODE, decode_ns);
    return true;
}

static bool begin(struct state *state, enum look look, uint32_t prefill_launches,
                  struct error *error)
{
    if (state->cut && !prefill_reset(&state->pair.prefill, state->pair.lab.stream, error))
        return false;
    state->cut = false;
    state->pair.lab.others = prefill_launches > 0;
    gpu_lab_begin(&state->pair.lab, look);
    prefill_begin(&state->pair.prefill);
    state->run = (struct per_token){.dot = state->pair.lab.dot, .link = state->pair.lab.link};
    state->next = 0;
    state->all = prefill_launches + state->pair.lab.dot.seq_len;
    return launch_more(state, error);
}

bool prefill_sequence_submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    const uint64_t range = gpu_range_begin("prefill_baseline", state->pair.lab.knobs);
    const bool begun = begin(state, look, prefill_launches(&state->pair.prefill), error);
    gpu_range_end(range);
    return begun;
}

bool prefill_sequence_submit_decode(void *argument, enum look look, struct error *error)
{
    return begin(argument, look, 0, error);
}

enum poll_state prefill_sequence_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                      struct error *error)
{
    struct state *state = argument;
    if (state->next < state->all) {
        if (gpu_lab_cuts(&state->pair.lab)) {
            state->cut = true;
            return gpu_lab_cut(&state->pair.lab, wait_ns, batch, error);
        }
        if (!launch_more(state, error))
            return POLL_FAILED;
        gpu_lab_collect(&state->pair.lab, batch);
        batch->heartbeat += state->next;
        return POLL_RUNNING;
    }
    return prefill_pair_collect(&state->pair, gpu_lab_poll(&state->pair.lab, wait_ns, batch, error),
                                batch);
}
