#include "../../ui/model/items.h"
#include "folder.h"

#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static struct explorer explorer;
static char one[] = "one.json", two[] = "two.json", fifo[] = "fifo";
static char *files[3]; /* as on the command line */

static void make_folder(void)
{
    explorer = (struct explorer){.files = files};
    folder_enter();
}

static void remove_folder(void)
{
    explorer_close(&explorer);
    folder_end();
}

TestSuite(items, .init = make_folder, .fini = remove_folder);

static void record(const char *path, const char *device_name)
{
    struct document document;
    struct device_info device = {.backend = BACKEND_CPU, .id = "cpu"};
    strcpy(device.name, device_name);
    document_describe(&document, &device, NULL, 0);
    assert_success(document_write(&document, path, &error));
}

/* The item `name` of a newly made list. */
static struct item listed(const char *name)
{
    int count;
    struct item found = {0};
    explorer.items = items_devices(&explorer, &count);
    explorer.item_count = count;
    while (items_unread(&explorer) >= 0)
        items_read_next(&explorer);
    for (int i = 0; i < count; i++)
        if (strcmp(explorer.items[i].name, name) == 0)
            found = explorer.items[i];
    free(explorer.items);
    explorer.items = NULL;
    explorer.item_count = 0;
    cr_assert_str_eq(found.name, name);
    return found;
}

Test(items, a_recording_is_read_once)
{
    files[0] = one;
    record(one, "Some CPU");
    assert_contains(listed(one).title, "0 runs of 0 variants; Some CPU, 2");
    unlink(one);
    struct item again = listed(one);
    cr_assert_not(again.broken);
    assert_contains(again.title, "Some CPU");
}

Test(items, unreadable_recordings_are_tried_again)
{
    files[0] = one;
    struct item item = listed(one);
    cr_assert(item.broken);
    assert_contains(item.title, "No such file");
    record(one, "Some CPU");
    cr_assert_not(listed(one).broken);
}

Test(items, the_open_recording_is_marked)
{
    files[0] = one;
    files[1] = two;
    record(one, "One CPU");
    record(two, "Two CPU");
    for (int i = 0; i < 2; i++) {
        source_close(&explorer.source);
        cr_assert(source_open_recording(&explorer.source, files[i], &error));
        cr_assert_eq(listed(one).in_use, i == 0);
        cr_assert_eq(listed(two).in_use, i == 1);
    }
}

/* The pipe has no writer, so that opening it would never return. */
Test(items, a_pipe_is_not_opened, .timeout = 20)
{
    files[0] = fifo;
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    struct item item = listed(fifo);
    cr_assert(item.broken);
    assert_contains(item.title, "only once");
}

/* Varied knobs come first, then unusual workload knobs, because lists cut the end. */
Test(items, a_recordings_title_begins_with_what_distinguishes_it)
{
    struct item sweep = listed("recordings/h200/step-sync.json");
    cr_assert_str_eq(sweep.label, "h200/step-sync");
    cr_assert_str_eq(sweep.title, "varies NUM_PROGRAMS, STEP_SYNC; 27 runs of 3 variants; "
                                  "NVIDIA H200, 2026-11-29");
    struct item single = listed("recordings/h200/right-sized-large.json");
    cr_assert_eq(strstr(single.title, "SEQ_LEN 64, BATCH 12; 6 runs"), single.title, "%s",
                 single.title);
    assert_contains(single.detail, "Enter opens this recording");
}

Test(items, an_embedded_recording_is_listed_once)
{
    static char built_in[] = "recordings/h200/step-sync.json";
    int count, found = 0;
    files[0] = built_in;
    explorer.items = items_devices(&explorer, &count);
    for (int i = 0; i < count; i++)
        found += strcmp(explorer.items[i].name, built_in) == 0;
    cr_assert_eq(found, 1);
    free(explorer.items);
    explorer.items = NULL;
}
