#include "glossary.h"

#include <stddef.h>

const struct glossary_word glossary[] = {
    {"iteration", "one whole decode: SEQ_LEN steps, from submission to the end"},
    {"step", "one token of every sequence in the batch"},
    {"first token", "from submission until the first step has ended"},
    {"busy", "the part of a step in which its programs work"},
    {"gap", "the part of a step in which no program works yet"},
    {"launch gap", "a gap until a kernel begins; on a CPU, until a thread wakes"},
    {"barrier wait", "a program waits until all others have ended the step"},
    {"data wait", "a program waits until its tile has been loaded"},
    {"sync", "from the last step's end until the host sees the iteration end"},
    {"stamps", "times that a program writes when it begins and ends a step"},
    {"floor", "the least time that this device allows, by its peaks"},
    {"peak", "the device's highest read bandwidth; measured, not specified"},
    {"rung", "a variant of the ladder: adds one optimisation to the previous"},
    {"epoch", "samples of one knob setting; changing a knob begins another"},
    {"time slice", "how long a variant has the device before the next one runs"},
    {"differs", "a different workload: it has no speed-up"},
    {"auto=3", "the knob is auto, which pdlab resolved to 3"},
    {NULL, NULL},
};

int glossary_count(void)
{
    int count = 0;
    while (glossary[count].word)
        count++;
    return count;
}
