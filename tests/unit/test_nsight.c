/*
 * test_nsight.c - how pdlab runs the Nsight tools. Scripts replace the tools: PATH contains only
 * the folder of the scripts.
 */
#include "../../kernels/clock.h"
#include "../../src/command/nsight.h"
#include "../../src/engine/targets.h"
#include "folder.h"
#include "unit.h"

static struct error error;

static void set_up(void)
{
    clock_start();
    folder_begin();
    setenv("PATH", folder, 1);
}

TestSuite(nsight, .init = set_up, .fini = folder_end);

static struct run make_run(const char *variant)
{
    struct run run = {.known = variant_find(variant)};
    struct knobs knobs = knobs_defaults();
    knobs.iterations = 200;
    cr_assert_not_null(run.known);
    snprintf(run.variant, sizeof run.variant, "%s", variant);
    run.asked = run.used = knobs;
    run.facts.launches_per_iteration = 1;
    return run;
}

static bool run_tool(enum nsight_tool tool, const struct run *run, uint64_t limit_ns)
{
    const struct nsight_order order = {.tool = tool,
                                       .run = run,
                                       .device = "cuda:0",
                                       .program = "/opt/pdlab",
                                       .folder = folder,
                                       .limit_ns = limit_ns};
    error = (struct error){0};
    return nsight_run(&order, &error);
}

/* Runs a tool that records its arguments and writes a report. Returns the arguments; malloc. */
static char *profile(enum nsight_tool tool, const char *variant)
{
    const struct run run = make_run(variant);
    folder_put_script(tool == NSIGHT_SYSTEMS ? "nsys" : "ncu",
                      "{ echo; printf '%s\\n' \"under $PDLAB_UNDER\" \"$@\"; } >$folder/arguments\n"
                      "name=${0##*/}; : >$folder/$name.$name-rep");
    assert_success(run_tool(tool, &run, NSIGHT_LIMIT_NS));

    char *text;
    size_t length;
    assert_success(file_read(folder_path("arguments"), 8192, &text, &length, &error));
    return text;
}

static void has_line(const char *text, const char *line)
{
    char whole[256];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    cr_assert_not_null(strstr(text, whole), "no line '%s' in:%s", line, text);
}

Test(nsight, systems_profiles_between_start_and_stop)
{
    char output[128], *text = profile(NSIGHT_SYSTEMS, "cpu_persistent");
    has_line(text, "under nsys");
    has_line(text, "profile");
    has_line(text, "--trace=cuda,nvtx");
    has_line(text, "--capture-range=cudaProfilerApi");
    has_line(text, "--capture-range-end=stop");
    has_line(text, "/opt/pdlab\nrun\n--targets\ncpu_persistent\n--device\ncuda:0");
    has_line(text, "--seq-len\n32");
    has_line(text, "--threads\nauto");
    has_line(text, "--warmup\n5");
    has_line(text, "--iterations\n20");
    cr_assert_null(strstr(text, "--context"), "a knob that the variant does not read");
    snprintf(output, sizeof output, "--output=%s/nsys", folder);
    has_line(text, output);
    free(text);
}

Test(nsight, a_model_from_files_is_named)
{
    const struct model_checkpoint checkpoint = {.folder = "some/folder"};
    model_checkpoint_use(&checkpoint);
    char *text = profile(NSIGHT_SYSTEMS, "cpu_model_persistent");
    has_line(text, "--model\nsome/folder");
    free(text);
    model_checkpoint_use(NULL);
}

Test(nsight, compute_profiles_one_iteration_and_leaves_the_clocks)
{
    char *text = profile(NSIGHT_COMPUTE, "cpu_persistent");
    has_line(text, "under ncu");
    has_line(text, "--target-processes=all");
    has_line(text, "--profile-from-start=off");
    has_line(text, "--clock-control=none");
    has_line(text, "--iterations\n1");
    free(text);
}

Test(nsight, a_kernel_that_waits_for_the_host_is_refused_by_compute)
{
    struct run run = make_run("cpu_persistent");
    cr_assert_null(nsight_refuses(NSIGHT_COMPUTE, &run));
    run.facts.launches_per_iteration = 0;
    cr_assert_not_null(nsight_refuses(NSIGHT_COMPUTE, &run));
    cr_assert_null(nsight_refuses(NSIGHT_SYSTEMS, &run));
}

static void fails(const char *script, const char *part)
{
    struct run run = make_run("cpu_persistent");
    folder_put_script("ncu", script);
    cr_assert(!run_tool(NSIGHT_COMPUTE, &run, NSIGHT_LIMIT_NS));
    cr_assert_eq(error.kind, ERROR_RUN);
    assert_contains(error.text, part);
    cr_assert_null(strchr(error.text, '\n'));
}

Test(nsight, a_tool_that_fails_is_quoted)
{
    fails("echo '==ERROR== ERR_NVGPUCTRPERM: no permission'; echo more; exit 9",
          "status 9: ==ERROR== ERR_NVGPUCTRPERM: no permission");
    fails("echo finished", "no report: finished");
    fails("kill -SEGV $$", "SIGSEGV");
    fails("exit 3", "status 3");
    fails("printf 'a\\033[31mb'; exit 3", "a?[31mb");
}

Test(nsight, a_missing_tool)
{
    struct run run = make_run("cpu_persistent");
    cr_assert(!run_tool(NSIGHT_SYSTEMS, &run, NSIGHT_LIMIT_NS));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert_str_eq(error.text, "nsys is not on PATH");
}

/* The tool and its child both sleep: waiting for either would end at the timeout. */
Test(nsight, a_tool_that_hangs_is_ended_with_its_children, .timeout = 60)
{
    struct run run = make_run("cpu_persistent");
    folder_put_script("nsys", "/bin/sleep 1000 & /bin/sleep 1000");
    cr_assert(!run_tool(NSIGHT_SYSTEMS, &run, UINT64_C(300000000)));
    cr_assert_str_eq(error.text, "nsys was ended: it exceeded its time limit");
}
