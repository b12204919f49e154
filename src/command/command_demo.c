/*
 * command_demo.c - the parts of pdlab demo that need no screen: the list of demos, and --check,
 * which validates demos without playing them.
 */
#include "../base/fold.h"
#include "../base/text.h"
#include "../engine/targets.h"
#include "commands.h"

#include <limits.h>
#include <stdio.h>

#define TITLE_COLUMN 13 /* column of the titles in the list */

static bool check(const char *name, const char *const *views, struct error *error)
{
    static struct demo demo;
    struct document document;
    char shown[PATH_MAX];
    double seconds = 0;
    bool timed = true;
    if (!demo_load(name, views, &demo, error) || !document_open(demo.recording, &document, error))
        return false;
    bool right = demo_check(&demo, document.runs, document.count, error);
    for (uint32_t i = 0; i + 1 < demo.scene_count; i++) {
        timed &= demo.scenes[i].seconds > 0 && !demo.scenes[i + 1].ask[0];
        seconds += demo.scenes[i].seconds;
    }
    text_visible(shown, sizeof shown, name);
    if (right && timed && demo.scene_count > 1)
        printf("%s: %u scenes, the last after %.0f s\n", shown, demo.scene_count, seconds);
    else if (right)
        printf("%s: %u scene%s\n", shown, demo.scene_count, demo.scene_count == 1 ? "" : "s");
    document_free(&document);
    return right;
}

int command_demo_check(const struct options *options, const char *const *views)
{
    int status = 0;
    interrupt_leave();
    for (char **name = options->files; *name; name++) {
        struct error error;
        if (!check(*name, views, &error))
            status = command_fail(&error);
    }
    return command_end(status);
}

int command_demo_list(const struct options *options)
{
    static struct demo demo;
    enum backend backend;
    int index;
    char name[64];
    struct error error;
    if (!device_choose(options->device, options->preferred_device, &backend, &index, &error))
        return command_fail(&error);
    puts("Demos (pdlab demo NAME; n and N step through the scenes)");
    for (size_t i = 0; demo_name(i, name, sizeof name); i++) {
        char text[512];
        if (!demo_load(name, NULL, &demo, &error))
            return command_fail(&error);
        snprintf(text, sizeof text, "%s. %u scenes, %s%s", demo.title, demo.scene_count,
                 backend == BACKEND_CPU ? "from " : "live",
                 backend == BACKEND_CPU ? demo.recording : "");
        fold_print(stdout, printf("  %s", name), TITLE_COLUMN, text);
    }
    return command_end(0);
}
