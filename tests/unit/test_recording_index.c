#include "../../src/base/embedded.h"
#include "../../ui/model/items.h"
#include "../../ui/model/recording_index.h"
#include "unit.h"

static struct item read_item(const char *path)
{
    struct item item = {.recording = true, .unread = true};
    snprintf(item.name, sizeof item.name, "%s", path);
    items_read(&item);
    cr_assert_not(item.broken || item.unread, "%s", path);
    return item;
}

/* UPDATE=1 writes the index; run it from the root of the repository, then build again. */
Test(recording_index, it_matches_every_embedded_recording)
{
    FILE *out = getenv("UPDATE") ? fopen("presets/" RECORDING_INDEX, "we") : NULL;
    size_t count = 0;
    for (const struct embedded *file = embedded_files; file->path; file++) {
        char title[sizeof((struct item *)0)->title];
        if (strncmp(file->path, "recordings/", strlen("recordings/")) != 0)
            continue;
        const struct item item = read_item(file->path);
        count++;
        if (out) {
            fprintf(out, "%s\t%s\n", file->path, item.title);
            continue;
        }
        cr_assert(recording_index_find(file->path, title, sizeof title), "%s", file->path);
        cr_assert_str_eq(title, item.title, "UPDATE=1 writes the index anew");
    }
    if (out)
        fclose(out);
    cr_assert_gt(count, 0);
}

Test(recording_index, the_list_of_recordings_reads_none_of_them)
{
    static struct explorer explorer;
    int count;
    explorer.items = items_devices(&explorer, &count);
    explorer.item_count = count;
    cr_assert_eq(items_unread(&explorer), -1);
    free(explorer.items);
}

Test(recording_index, it_lists_only_embedded_recordings)
{
    char title[64];
    cr_assert_not(recording_index_find("one.json", title, sizeof title));
    cr_assert_not(recording_index_find("recordings/h200", title, sizeof title));
}
