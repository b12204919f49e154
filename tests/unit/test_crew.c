#include "../../src/engine/crew.h"
#include "unit.h"

enum { TASKS = 50, INNER = 40 };

struct outer {
    const struct workload_crew *crew;
    _Atomic uint32_t done[TASKS][INNER];
};

struct inner {
    struct outer *outer;
    uint32_t task;
};

static void count_inner(void *argument, uint32_t i)
{
    struct inner *inner = argument;
    inner->outer->done[inner->task][i]++;
}

static void run_inner(void *argument, uint32_t i)
{
    struct outer *outer = argument;
    struct inner inner = {outer, i};
    outer->crew->run(outer->crew, INNER, count_inner, &inner);
    for (uint32_t j = 0; j < INNER; j++)
        cr_assert_eq(outer->done[i][j], 1, "a task returns after those of its own");
}

/* Every task of every nested run executes once, with any number of threads. */
Test(crew, nested_tasks_run_once, .timeout = 60)
{
    for (uint32_t threads = 1; threads <= 8; threads++)
        for (int again = 0; again < 20; again++) {
            static struct outer outer;
            outer = (struct outer){.crew = crew_start(threads)};
            cr_assert_not_null(outer.crew);
            cr_assert_eq(outer.crew->threads, threads);
            outer.crew->run(outer.crew, TASKS, run_inner, &outer);
            for (uint32_t i = 0; i < TASKS; i++)
                for (uint32_t j = 0; j < INNER; j++)
                    cr_assert_eq(outer.done[i][j], 1);
            crew_stop(outer.crew);
        }
    crew_stop(NULL);
}
