/* fuzz_preset.c - no bytes may crash the reader of presets, and an accepted preset sets only valid
 * knobs. */
#include "../../src/document/preset.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct knob_settings settings;
    struct preset preset;
    struct error error = {0};

    if (!preset_parse((const char *)data, size, "input", "fuzz", &preset, &error)) {
        require_refusal(&error);
        return 0;
    }
    knobs_reset(&settings);
    preset_apply(&preset, &settings);
    require_knobs(&settings.knobs, UINT64_MAX);
    require(text_printable(preset.title) && text_printable(preset.lesson));
    return 0;
}
