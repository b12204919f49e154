#include "../../kernels/triton/kernels.h"
#include "../../src/base/files.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <unistd.h>

#define MANIFEST "kernels/triton/aot/manifest.json"

static cJSON *read_manifest(void)
{
    struct error error;
    char *text;
    size_t length;
    if (access(MANIFEST, F_OK) != 0)
        cr_skip_test("no kernels/triton here: run the test in the folder of the sources");
    assert_success(file_read(MANIFEST, 1 << 20, &text, &length, &error));
    cJSON *manifest = cJSON_Parse(text);
    cr_assert_not_null(manifest);
    free(text);
    return manifest;
}

static const char *string_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    cr_assert_not_null(text, "%s", key);
    return text;
}

/* 0: no such key. */
static uint32_t number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (item == NULL)
        return 0;
    return cJSON_IsBool(item) ? (uint32_t)cJSON_IsTrue(item) : (uint32_t)item->valuedouble;
}

Test(triton, the_images_match_the_sources)
{
    cJSON *manifest = read_manifest();
    const cJSON *hash;
    cr_assert_str_eq(string_of(manifest, "triton_version"), TRITON_VERSION);
    cJSON_ArrayForEach(hash, cJSON_GetObjectItemCaseSensitive(manifest, "source_sha256"))
    {
        char command[256], found[65] = "";
        snprintf(command, sizeof command, "sha256sum kernels/triton/%s", hash->string);
        FILE *pipe = popen(command, "r");
        cr_assert_not_null(pipe);
        cr_assert_eq(fscanf(pipe, "%64s", found), 1);
        pclose(pipe);
        cr_assert_str_eq(found, cJSON_GetStringValue(hash), "%s was changed: run make triton",
                         hash->string);
    }
    cJSON_Delete(manifest);
}

Test(triton, the_table_is_the_manifest)
{
    cJSON *manifest = read_manifest();
    const struct triton_kernel *kernel = triton_kernels;
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(manifest, "kernels"))
    {
        const cJSON *constexprs = cJSON_GetObjectItemCaseSensitive(row, "constexprs");
        cr_assert_not_null(kernel->name);
        cr_assert_str_eq(kernel->name, string_of(row, "name"));
        cr_assert_str_eq(kernel->entry, string_of(row, "kernel"));
        cr_assert_eq(kernel->queue_step, number_of(constexprs, "QUEUE_STEP"));
        cr_assert_eq(kernel->chain, number_of(constexprs, "CHAIN"));
        cr_assert_eq(kernel->block_k, number_of(constexprs, "BLOCK_K"));
        cr_assert_eq(kernel->tiles, number_of(constexprs, "TILES"));
        cr_assert_eq(kernel->rows, number_of(constexprs, "ROWS"));
        cr_assert_eq(kernel->warps, number_of(row, "num_warps"));
        cr_assert_eq(kernel->shared_bytes, number_of(row, "shared"));
        cr_assert_eq(number_of(row, "global_scratch_size"), 0);
        cr_assert_eq(number_of(row, "profile_scratch_size"), 0);
        kernel++;
    }
    cr_assert_null(kernel->name);
    cr_assert_leq(kernel - triton_kernels, 32);
    cJSON_Delete(manifest);
}

Test(triton, every_kernel_is_embedded_for_every_gpu)
{
    for (const struct triton_kernel *kernel = triton_kernels; kernel->name; kernel++) {
        const char *machine_code = triton_image(kernel, 90), *ptx = triton_image(kernel, 80);
        char entry[128];
        snprintf(entry, sizeof entry, ".entry %s(", kernel->entry);
        cr_assert_eq(memcmp(machine_code, "\177ELF", 4), 0, "%s", kernel->name);
        assert_contains(ptx, entry);
        assert_contains(ptx, ".target sm_80");
        cr_assert_null(strstr(ptx, ".loc"), "%s has line information", kernel->name);
        cr_assert_eq(triton_image(kernel, 100), ptx);
    }
}

/* The launcher passes as many arguments as the kernels have parameters. */
Test(triton, the_parameters_match_the_arguments)
{
    for (const struct triton_kernel *kernel = triton_kernels; kernel->name; kernel++) {
        char parameter[128];
        const char *ptx = triton_image(kernel, 80);
        const int count = kernel->rows ? TRITON_PREFILL_PARAMETERS : TRITON_DECODE_PARAMETERS;
        snprintf(parameter, sizeof parameter, " %s_param_%d\n", kernel->entry, count - 1);
        assert_contains(ptx, parameter);
        snprintf(parameter, sizeof parameter, " %s_param_%d", kernel->entry, count);
        cr_assert_null(strstr(ptx, parameter), "%s", kernel->name);
    }
}

Test(triton, a_ticket_is_a_sequence_if_each_sequence_has_a_program)
{
    struct knobs knobs = {.batch = 8, .num_programs = 8, .seq_len = 32, .queue = QUEUE_AUTO};
    cr_assert_eq(triton_queue(&knobs), QUEUE_SEQUENCE);
    knobs.num_programs = 7;
    cr_assert_eq(triton_queue(&knobs), QUEUE_STEP);
    knobs.queue = QUEUE_SEQUENCE;
    cr_assert_eq(triton_queue(&knobs), QUEUE_SEQUENCE);
    knobs.queue = QUEUE_STEP;
    knobs.num_programs = 9;
    cr_assert_eq(triton_queue(&knobs), QUEUE_STEP);
}

Test(triton, a_program_has_room_for_more_than_an_even_share)
{
    struct knobs knobs = {.batch = 8, .num_programs = 8, .seq_len = 32, .queue = QUEUE_SEQUENCE};
    cr_assert_eq(triton_rows(&knobs), 32);
    knobs.num_programs = 20;
    cr_assert_eq(triton_rows(&knobs), 32);
    knobs.num_programs = 3;
    cr_assert_eq(triton_rows(&knobs), 6 * 32);
    knobs.num_programs = 1;
    cr_assert_eq(triton_rows(&knobs), 8 * 32);
    knobs.queue = QUEUE_STEP;
    cr_assert_eq(triton_rows(&knobs), 8 * 32);
    knobs.num_programs = 3;
    cr_assert_eq(triton_rows(&knobs), 2 * 86);
    knobs = (struct knobs){.batch = 4096, .num_programs = 1, .seq_len = 65536, .queue = QUEUE_STEP};
    cr_assert_eq(triton_rows(&knobs), UINT64_C(4096) * 65536);
}

/* A row fits in the tiles of the chosen kernel. */
Test(triton, there_is_a_kernel_for_all_knobs)
{
    static const int64_t block_ks[] = {16, 32, 64, 128};
    for (size_t i = 0; i < sizeof block_ks / sizeof *block_ks; i++) {
        for (int64_t head_dim = 32; head_dim <= 256; head_dim += 32) {
            for (int setting = 0; setting < 4; setting++) {
                struct knobs knobs = {.block_k = block_ks[i],
                                      .head_dim = head_dim,
                                      .chain = setting & 1,
                                      .queue = setting & 2 ? QUEUE_STEP : QUEUE_SEQUENCE};
                const struct triton_kernel *kernel = triton_decode_kernel(&knobs);
                cr_assert_not_null(kernel);
                cr_assert_eq(kernel->block_k, knobs.block_k);
                cr_assert_eq(kernel->chain, knobs.chain);
                cr_assert_eq(kernel->queue_step, knobs.queue == QUEUE_STEP);
                cr_assert_geq(kernel->tiles * kernel->block_k, head_dim);
                if (head_dim <= knobs.block_k)
                    cr_assert_eq(kernel->tiles, 1);
                cr_assert_eq(triton_prefill_kernel(&knobs)->block_k, knobs.block_k);
            }
        }
    }
}
