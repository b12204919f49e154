#include "demo_play.h"

#define SECOND_NS 1e9

/* Nanoseconds until the next scene comes by itself; below 0: it does not. */
static double remaining_ns(const struct demo_play *play, uint64_t now_ns)
{
    if (!play->playing || play->held)
        return -1;
    const struct demo_scene *seen = &play->playing->scenes[play->scene - play->asks];
    if (seen->seconds <= 0 || (!play->asks && play->scene + 1 >= play->playing->scene_count))
        return -1;
    const double passed = play->began_ns ? (double)(now_ns - play->began_ns) : 0;
    const double all = (play->asks ? DEMO_ASK_SECONDS : seen->seconds) * SECOND_NS;
    return passed < all ? all - passed : 0;
}

bool demo_play_goes_on(const struct demo_play *play)
{
    return remaining_ns(play, play->began_ns) >= 0;
}

int demo_play_wait_ms(const struct demo_play *play, uint64_t now_ns)
{
    const double ns = remaining_ns(play, now_ns);
    return ns < 0 ? -1 : (int)(ns / 1e6) + 1;
}

bool demo_play_is_due(struct demo_play *play, uint64_t now_ns)
{
    if (!demo_play_goes_on(play))
        return false;
    if (play->began_ns == 0)
        play->began_ns = now_ns;
    return remaining_ns(play, now_ns) <= 0;
}

bool demo_play_can_step(const struct demo_play *play, int direction)
{
    return direction > 0 ? play->scene + 1 < play->playing->scene_count : play->scene > 0;
}
