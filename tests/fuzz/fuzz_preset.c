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
    for (int id = 0; id < KNOB_COUNT; id++)
        require(knob_valid((enum knob_id)id, settings.knobs.value[id]));
    require(text_printable(preset.title) && text_printable(preset.lesson));
    return 0;
}
