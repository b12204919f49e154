/*
 * gpu_diagnose.c - prints the state of an iteration that does not stop, as far as the host can read
 * it. No function here waits for a kernel.
 */
#include "../clock.h"
#include "gpu_lab.h"

#include <string.h>

#define DIAGNOSED_PROGRAMS 16u
#define READ_BACK_NS       UINT64_C(200000000) /* how long gpu_lab_diagnose waits for a copy */

static void name_stream(FILE *out, const char *name, cudaStream_t stream)
{
    const cudaError_t status = stream ? cudaStreamQuery(stream) : cudaErrorInvalidResourceHandle;
    if (status == cudaErrorNotReady)
        cudaGetLastError();
    fprintf(out, " %s %s", name,
            !stream                       ? "absent"
            : status == cudaSuccess       ? "idle"
            : status == cudaErrorNotReady ? "running"
                                          : cudaGetErrorName(status));
}

static void name_programs(const struct gpu_lab *lab, FILE *out)
{
    static const char *const words[] = {
        [GPU_RUNS] = "runs", [GPU_DONE] = "done", [GPU_LEFT] = "exited"};
    uint32_t count[3] = {0};
    for (uint32_t p = 0; p < lab->programs; p++)
        count[lab->done[p] <= GPU_LEFT ? lab->done[p] : GPU_RUNS]++;
    fprintf(out, "programs: %u, of which %u run, %u are done, %u exited;", lab->programs,
            count[GPU_RUNS], count[GPU_DONE], count[GPU_LEFT]);
    for (uint32_t p = 0; p < lab->programs && p < DIAGNOSED_PROGRAMS; p++)
        fprintf(out, " %u: %s, %u rows;", p, lab->done[p] <= GPU_LEFT ? words[lab->done[p]] : "?",
                (uint32_t)lab->reports[p].tagged_rows);
    if (lab->others > 0)
        fprintf(out, " kernels beside the steps: %s, heartbeat %u",
                lab->done[lab->programs] == GPU_RUNS ? "runs" : "done", *lab->beats);
    fputc('\n', out);
}

/* Copies the control words while kernels run. Returns false if the copy does not complete. */
static bool read_control(const struct gpu_lab *lab, struct gpu_control *control)
{
    const uint64_t began_ns = clock_now();
    if (cudaMemcpyAsync(lab->staging, lab->control, sizeof *control, cudaMemcpyDeviceToHost,
                        lab->side) != cudaSuccess)
        return false;
    while (cudaStreamQuery(lab->side) == cudaErrorNotReady) {
        cudaGetLastError();
        if (clock_now() - began_ns > READ_BACK_NS)
            return false;
    }
    memcpy(control, lab->staging, sizeof *control);
    return true;
}

void gpu_lab_diagnose(const void *state, FILE *out)
{
    const struct gpu_lab *lab = state;
    const uint64_t now_ns = clock_now();
    struct gpu_control control;
    fprintf(out, "iteration: submitted %.3f s ago, %s, %s\n",
            (double)(now_ns - lab->begun_ns) / 1e9, lab->stamped ? "stamped" : "not stamped",
            lab->free_running ? "free-running" : "synchronised");
    name_programs(lab, out);
    fputs("streams:", out);
    name_stream(out, "steps", lab->stream);
    name_stream(out, "beside", lab->beside);
    name_stream(out, "copies", lab->side);
    fputc('\n', out);
    if (lab->aborting)
        fprintf(out, "abort: copied %.3f s ago, %s\n", (double)(now_ns - lab->abort_ns) / 1e9,
                cudaGetErrorName(lab->abort_status));
    else
        fputs("abort: not raised\n", out);
    if (lab->doorbell)
        fprintf(out, "doorbell: 0x%x\n", __atomic_load_n(lab->doorbell, __ATOMIC_RELAXED));
    if (read_control(lab, &control))
        fprintf(out, "device words: abort %u, barrier %u, decisions %u %u, command 0x%x, step %u\n",
                control.abort, control.barrier, control.decision[0], control.decision[1],
                control.command, control.step);
    else
        fputs("device words: not readable, the copy did not complete\n", out);
}
