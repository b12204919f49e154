#include "../clock.h"
#include "per_token.h"
#include "persistent.h"
#include "prefill_decode.h"

#include <stdlib.h>
#include <string.h>

struct state {
    struct prefill_pair pair;   /* must be first */
    const struct plan *launch;  /* if the decode is one node: its plan */
    struct persistent run;      /* if the decode is one node: its arguments */
    enum look look;             /* what the decode that is being captured records */
    struct per_token per_token; /* if the decode has one node per token */
    struct graph_plan plan;
    struct gpu_graph decode[LOOK_PHASES + 1], burst; /* decode: indexed by enum look */
    struct gpu_replays replays;
    cudaEvent_t prefilled;
    bool by_token;
};

/* Whether the decode has one node per token. GRAPH_MODE full: the decode is one node, a persistent
 * kernel. piecewise: one node per token. full_and_piecewise: one node up to MAX_CAPTURE_SEQ steps,
 * one node per token above. */
static bool is_by_token(const struct knobs *knobs)
{
    return knobs->graph_mode == GRAPH_MODE_PIECEWISE ||
           (knobs->graph_mode == GRAPH_MODE_FULL_AND_PIECEWISE &&
            knobs->seq_len > graph_capture_most(knobs));
}

bool prefill_burst_plan(const struct prefill_engine *engine, const struct knobs *knobs,
                        const struct device_info *device, const struct capacity *capacity,
                        struct plan *plan, struct error *error)
{
    const struct persistent_needs needs = {
        .kernels = persistent_decode_cuda_kernels,
        .phased = persistent_decode_cuda_phased,
        .more_bytes = prefill_memory_bytes(knobs),
        .busy = true,
    };
    struct error refusal;
    plan->used.max_capture_seq = graph_capture_most(knobs);
    const bool decodes = is_by_token(knobs)
                             ? per_token_plan(knobs, device, needs.more_bytes, plan, &refusal)
                             : persistent_plan(&needs, knobs, device, capacity, plan, &refusal);
    if (!prefill_accepts(engine, knobs, device, error))
        return false;
    if (knobs->pdl && device->capability < 90)
        return error_set(error, ERROR_UNSUPPORTED,
                         "PDL on needs compute capability 9.0; this device has %u.%u",
                         device->capability / 10, device->capability % 10);
    if (!decodes)
        *error = refusal;
    return decodes;
}

/* ---- capture -------------------------------------------------------------------------------- */

static cudaError_t record_node(void *argument, cudaStream_t stream)
{
    struct state *state = argument;
    void *arguments[] = {&state->run};
    /* Every replay has the same arguments, so the counter must start from 0 each time. */
    const cudaError_t status =
        state->run.sync == SYNC_FLAG
            ? cudaMemsetAsync(state->run.barrier, 0, sizeof *state->run.barrier, stream)
            : cudaSuccess;
    return status == cudaSuccess ? gpu_plan_launch(state->launch, state->look, arguments, stream)
                                 : status;
}

static cudaError_t record_tokens(void *argument, cudaStream_t stream)
{
    const struct state *state = argument;
    cudaError_t status = cudaSuccess;
    for (uint32_t t = 0; t < state->plan.steps && status == cudaSuccess; t++)
        status =
            per_token_launch(&state->per_token, t, t > 0 && state->pair.lab.knobs->pdl, stream);
    if (status == cudaSuccess && state->per_token.base)
        status = per_token_advance(&state->per_token, state->plan.steps, stream);
    return status;
}

/* The shape includes a node's launch attributes, because cudaGraphExecUpdate of CUDA 13.0 updates a
 * kernel and its arguments and reports success, but keeps the cluster size of the old node. Then a
 * kernel that needs a cluster stores to shared memory that does not exist, and a kernel without
 * clusters does not run at all. */
static uint64_t decode_shape(const struct state *state)
{
    if (state->by_token)
        return 1 + (uint64_t)state->pair.lab.knobs->pdl;
    return (uint64_t)state->launch->cluster << 2 | (uint64_t)state->launch->cooperative << 1;
}

static bool capture_decode(struct state *state, enum look look, struct error *error)
{
    static const enum gpu_graph_slot slots[] = {[LOOK_NOTHING] = GPU_GRAPH_BESIDE_BARE,
                                                [LOOK_STAMPS] = GPU_GRAPH_BESIDE,
                                                [LOOK_PHASES] = GPU_GRAPH_BESIDE_PHASED};
    const struct gpu_recording recording = {
        .record = state->by_token ? record_tokens : record_node,
        .context = state,
        .shape = decode_shape(state),
    };
    state->look = look;
    state->run.link.stamped = state->per_token.link.stamped = look != LOOK_NOTHING;
    state->run.link.phases = look == LOOK_PHASES ? gpu_lab_phases(&state->pair.lab) : NULL;
    return gpu_graph_open(&state->decode[look], slots[look], &recording, state->pair.lab.stream,
                          error);
}

static cudaError_t record_burst(void *argument, cudaStream_t stream)
{
    const struct state *state = argument;
    (void)stream; /* the prefill's first stream, which prefill_record uses too */
    return prefill_record(&state->pair.prefill, (uint32_t)state->pair.lab.knobs->max_in_flight);
}

static bool capture(struct state *state, struct error *error)
{
    const struct gpu_recording recording = {.record = record_burst, .context = state};
    return gpu_graph_open(&state->burst, GPU_GRAPH_BURST, &recording,
                          state->pair.prefill.streams[0], error) &&
           capture_decode(state, LOOK_NOTHING, error) &&
           (state->pair.lab.room == 0 || capture_decode(state, LOOK_STAMPS, error)) &&
           (!gpu_lab_phases(&state->pair.lab) || capture_decode(state, LOOK_PHASES, error));
}

/* ---- preparation ---------------------------------------------------------------------------- */

static void close_state(struct state *state)
{
    gpu_replays_close(&state->replays);
    gpu_graph_close(&state->burst);
    for (int i = 0; i <= LOOK_PHASES; i++)
        gpu_graph_close(&state->decode[i]);
    if (state->prefilled)
        cudaEventDestroy(state->prefilled);
    prefill_close(&state->pair.prefill);
    gpu_lab_close(&state->pair.lab);
}

static bool open_decode(struct state *state, const struct setup *setup, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    state->by_token = is_by_token(knobs);
    state->launch = setup->plan;
    if (!state->by_token) {
        state->plan = (struct graph_plan){.pieces = 1, .steps = (uint32_t)knobs->seq_len};
        return persistent_open(&state->pair.lab, setup, "decode_graph", &state->run, error);
    }
    if (!per_token_open(&state->pair.lab, setup, "decode_graph", error))
        return false;
    state->plan = graph_plan_chain(knobs);
    state->per_token = (struct per_token){.dot = state->pair.lab.dot, .link = state->pair.lab.link};
    if (state->plan.pieces > 1)
        state->per_token.base = &state->pair.lab.control->step;
    return true;
}

/* A shaped burst leaves as many SMs free as the decode has CTAs, and runs one CTA per SM. High
 * priority alone is not enough: the decode's CTAs start first when an SM is free, but priority
 * frees no SM. The other SMs are divided equally among the streams, even if the cap does not let
 * all streams run at once. So the cap also limits the memory bandwidth that the burst uses. If the
 * burst is not shaped, every chunk uses all SMs. */
static struct prefill_plan plan_prefill(const struct state *state,
                                        const struct prefill_engine *engine,
                                        const struct setup *setup)
{
    const uint32_t streams = (uint32_t)setup->plan->used.prefill_streams;
    const uint32_t ctas = state->by_token ? state->pair.lab.programs : state->launch->ctas;
    const bool shaped = setup->plan->used.max_in_flight > 0;
    return (struct prefill_plan){
        .engine = engine,
        .setup = setup,
        .computes = true,
        .streams = streams,
        .lanes = shaped ? streams : 1,
        .leave = shaped ? ctas : 0,
        .alone_on_sm = shaped,
    };
}

static bool open_state(struct state *state, const struct prefill_engine *engine,
                       const struct setup *setup, struct error *error)
{
    if (!open_decode(state, setup, error))
        return false;
    const struct prefill_plan plan = plan_prefill(state, engine, setup);
    if (prefill_open(&state->pair.prefill, &plan, &state->pair.lab, error) &&
        capture(state, error) && gpu_replays_open(&state->replays, &state->plan, error) &&
        gpu_right(cudaEventCreateWithFlags(&state->prefilled, cudaEventDisableTiming),
                  "cudaEventCreateWithFlags", error)) {
        state->pair.lab.beside = state->pair.prefill.streams[0];
        return true;
    }
    close_state(state);
    return false;
}

void *prefill_burst_prepare(const struct prefill_engine *engine, const struct setup *setup,
                            struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "a prefill and a decode", error);
    if (state && open_state(state, engine, setup, error))
        return state;
    free(state);
    return NULL;
}

void prefill_burst_release(void *argument)
{
    close_state(argument);
    free(argument);
}

void prefill_burst_describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    const struct gpu_graph *decode = &state->decode[state->pair.lab.room > 0];
    *facts = (struct facts){
        .programs = state->pair.lab.programs,
        .launches_per_iteration = 1 + state->plan.pieces,
        .graph_nodes = state->burst.nodes + state->plan.pieces * decode->nodes,
        .free_running = state->pair.lab.free_running,
        .stamp_error_ns = gpu_clock_error(),
        .prefill_bytes = prefill_moved_bytes(state->pair.lab.knobs),
    };
    gpu_graph_describe(&state->burst, &facts->graph);
    gpu_graph_describe(decode, &facts->graph);
    gpu_replays_describe(&state->replays, &facts->graph);
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool launch_burst(struct state *state, struct error *error)
{
    const uint64_t range = gpu_range_begin("prefill_shaped", state->pair.lab.knobs);
    const uint64_t began_ns = clock_now();
    cudaError_t status = cudaGraphLaunch(state->burst.exec, state->pair.lab.beside);
    if (status == cudaSuccess && !state->pair.lab.knobs->overlap)
        status = cudaEventRecord(state->prefilled, state->pair.lab.beside);
    if (status == cudaSuccess && !state->pair.lab.knobs->overlap)
        status = cudaStreamWaitEvent(state->pair.lab.stream, state->prefilled, 0);
    prefill_note_submit(&state->pair.prefill, SPAN_PREFILL, began_ns);
    gpu_range_end(range);
    return gpu_lab_launched(&state->pair.lab, status, "cudaGraphLaunch", error);
}

static bool launch_decode(struct state *state, struct error *error)
{
    const uint64_t began_ns = clock_now();
    const bool begun = gpu_replays_begin(&state->replays, &state->pair.lab,
                                         state->decode[gpu_lab_look(&state->pair.lab)].exec, error);
    prefill_note_submit(&state->pair.prefill, SPAN_DECODE, began_ns);
    return begun;
}

static void begin(struct state *state, enum look look, bool prefill)
{
    state->pair.lab.others = prefill;
    gpu_lab_begin(&state->pair.lab, look);
    prefill_begin(&state->pair.prefill);
}

/* If the burst is shaped, submits the decode first, so that it occupies its SMs before the burst
 * starts. */
bool prefill_burst_submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    const bool decode_first =
        state->pair.lab.knobs->max_in_flight > 0 && state->pair.lab.knobs->overlap;
    begin(state, look, true);
    return decode_first ? launch_decode(state, error) && launch_burst(state, error)
                        : launch_burst(state, error) && launch_decode(state, error);
}

bool prefill_burst_submit_decode(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    begin(state, look, false);
    return launch_decode(state, error);
}

enum poll_state prefill_burst_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                   struct error *error)
{
    struct state *state = argument;
    return prefill_pair_collect(
        &state->pair, gpu_replays_poll(&state->replays, &state->pair.lab, wait_ns, batch, error),
        batch);
}
