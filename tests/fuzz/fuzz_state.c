/* fuzz_state.c - no bytes may crash the reader of the explorer's state, and an accepted state can
 * be written and read again. */
#include "../../src/document/state.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state state, again;
    struct error error = {0};
    size_t length;

    if (!state_parse((const char *)data, size, "input", &state, &error)) {
        require_refusal(&error);
        return 0;
    }
    require_knobs(&state.settings.knobs, UINT64_MAX);
    require(state.knob < KNOB_COUNT && state.variant_count <= WORKER_RUNS);
    char *text = state_print(&state, &length);
    require(text != NULL);
    require(state_parse(text, length, "again", &again, &error));
    require(again.document.count == state.document.count && again.selected == state.selected);
    free(text);
    state_free(&again);
    state_free(&state);
    return 0;
}
