/* fuzz_demo.c - no bytes may crash the reader of demos, and every accepted demo can be played. */
#include "../../src/document/demo.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const views[] = {"live", "compare", NULL};
    static struct demo demo;
    struct error error = {0};

    if (!demo_parse((const char *)data, size, "input", "fuzz", views, &demo, &error)) {
        require_refusal(&error);
        return 0;
    }
    require(demo.scene_count >= 1 && demo.scene_count <= DEMO_SCENES);
    for (uint32_t i = 0; i < demo.scene_count; i++) {
        const struct demo_scene *scene = &demo.scenes[i];
        require(scene->tag_count <= DEMO_TAGS && scene->knob < KNOB_COUNT);
        require(scene->view[0]);
        require_knobs(&scene->knobs, scene->knobs_set);
    }
    /* No scene can be shown without a recording. */
    require(!demo_check(&demo, NULL, 0, &error) && text_printable(error.text));
    return 0;
}
