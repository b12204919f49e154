#include "undo.h"

#include <string.h>

void undo_push(struct undo *undo, const struct knobs *knobs,
               const enum knob_source source[KNOB_COUNT])
{
    undo->knobs[undo->next] = *knobs;
    memcpy(undo->source[undo->next], source, sizeof *undo->source);
    undo->next = (undo->next + 1) % UNDO_STEPS;
    if (undo->count < UNDO_STEPS)
        undo->count++;
}

bool undo_pop(struct undo *undo, struct knobs *knobs, enum knob_source source[KNOB_COUNT])
{
    if (undo->count == 0)
        return false;
    undo->count--;
    undo->next = (undo->next + UNDO_STEPS - 1) % UNDO_STEPS;
    *knobs = undo->knobs[undo->next];
    memcpy(source, undo->source[undo->next], sizeof *undo->source);
    return true;
}
