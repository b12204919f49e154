#include "demo_play.h"

#include <math.h>

#define SECOND_NS 1e9

enum demo_wait demo_play_wait(const struct demo_play *play)
{
    if (play->asks)
        return DEMO_WAITS_FOR_KEY;
    if (!play->playing || !demo_play_can_step(play, 1))
        return DEMO_WAITS_AT_END;
    if (play->playing->scenes[play->scene].seconds <= 0)
        return DEMO_WAITS_FOR_KEY;
    return play->held ? DEMO_WAITS_HELD : DEMO_WAITS_FOR_TIME;
}

void demo_play_begin(struct demo_play *play)
{
    play->held = false;
    play->passed_ns = play->looked_ns = 0;
}

bool demo_play_pause(struct demo_play *play)
{
    const enum demo_wait wait = demo_play_wait(play);
    if (wait != DEMO_WAITS_FOR_TIME && wait != DEMO_WAITS_HELD)
        return false;
    play->held = !play->held;
    play->looked_ns = 0;
    return true;
}

double demo_play_length_s(const struct demo_play *play)
{
    return play->playing->scenes[play->scene].seconds;
}

double demo_play_left_s(const struct demo_play *play)
{
    return fmax(demo_play_length_s(play) - (double)play->passed_ns / SECOND_NS, 0);
}

int demo_play_wait_ms(const struct demo_play *play, uint64_t now_ns)
{
    if (demo_play_wait(play) != DEMO_WAITS_FOR_TIME)
        return -1;
    const double since = play->looked_ns > 0 ? (double)(now_ns - play->looked_ns) / SECOND_NS : 0;
    const double left = fmax(demo_play_left_s(play) - since, 0);
    return (int)((left - floor(left)) * 1e3) + 1;
}

bool demo_play_tick(struct demo_play *play, uint64_t now_ns)
{
    if (demo_play_wait(play) != DEMO_WAITS_FOR_TIME)
        return false;
    const double before = ceil(demo_play_left_s(play));
    if (play->looked_ns > 0)
        play->passed_ns += now_ns - play->looked_ns;
    play->looked_ns = now_ns;
    return ceil(demo_play_left_s(play)) < before;
}

bool demo_play_can_step(const struct demo_play *play, int direction)
{
    return direction > 0 ? play->scene + 1 < play->playing->scene_count : play->scene > 0;
}
