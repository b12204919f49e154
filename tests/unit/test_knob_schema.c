#include "../../src/base/files.h"
#include "../../src/engine/knob_schema.h"
#include "unit.h"

static char *printed(void)
{
    size_t length;
    char *text = knob_schema_print(&length);
    cr_assert_not_null(text);
    cr_assert_eq(length, strlen(text));
    return text;
}

Test(knob_schema, each_kind_of_knob_has_its_form)
{
    static const char *const lines[] = {
        "\"BATCH\":{\"description\":\"Sequences decoded side by side. Every step advances all of "
        "them by one token. In sequences.\",\"type\":\"integer\",\"minimum\":1,\"maximum\":4096},",
        "\"minimum\":32,\"maximum\":256,\"multipleOf\":32},\n   \"NUM_PROGRAMS\":",
        "\"enum\":[16,32,64,128]},\n   \"STEP_SYNC\":",
        "\"enum\":[\"device\",\"host\",\"peer\"]},\n   \"THREADS\":",
        "\"oneOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":256},{\"const\":\"auto\"}]},\n"
        "   \"SPIN_NS\":",
        "\"enum\":[true,false,\"on\",\"off\"]},\n   \"SEED\":",
    };
    char *text = printed();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert(strstr(text, lines[i]), "%s", lines[i]);
    free(text);
}

Test(knob_schema, every_current_schema_contains_the_knobs)
{
    static const char *const schemas[] = {"run.2", "preset.1", "expect.2", "demo.1"};
    char *text = printed();
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        char path[64], *schema, *at;
        size_t length;
        struct error error = {0};
        snprintf(path, sizeof path, "presets/schema/pdlab.%s.schema.json", schemas[i]);
        if (!file_read(path, 1 << 20, &schema, &length, &error))
            cr_skip_test("not run from the root of the sources");
        at = strstr(schema, "\n  \"knobs\":{");
        cr_assert(at && strncmp(at + strlen("\n  \"knobs\":"), text, strlen(text)) == 0,
                  "%s: not the knobs of kernels/knobs.def; make knobs writes them", path);
        cr_assert(strstr(schema, "\"$ref\": \"#/$defs/knobs\""), "%s: it is not used", path);
        free(schema);
    }
    free(text);
}
