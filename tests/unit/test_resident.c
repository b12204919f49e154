/*
 * test_resident.c - a model of the doorbell of a resident kernel, in every interleaving of three
 * CTAs and a host. The host rings the doorbell once, may raise the abort word at any moment, and
 * rings again to end the kernel. As in the kernel, resident.h decides what a CTA does after each
 * poll. The model also has the previous protocol, to show that it finds the fault of that protocol.
 */
#include "../../kernels/cuda/resident.h"
#include "unit.h"

#define CTAS 3

/* Values of the doorbell and of the command, numbered as in the kernel. */
#define RUNG_BEFORE 10u
#define RUNG_NOW    12u

enum place {
    AT_BELL,    /* CTA 0 polls the doorbell, the others poll the command */
    COMMANDS,   /* CTA 0 has decided, but not written its command yet */
    AT_STEP,    /* in the iteration, before its barrier */
    IN_BARRIER, /* has arrived at the barrier */
    RAN_ALL,    /* has completed the iteration, and polls again */
    LEFT,       /* has left the iteration early */
    GONE
};

/* How CTAs synchronise after a step, and whether they obey the abort word there. */
enum barrier {
    BARRIER_GRID, /* a barrier of the grid or a cluster: CTA 0 decides for all CTAs; the barrier
                     waits forever for a missing CTA */
    BARRIER_FLAG, /* each CTA decides for itself, and polls the abort word while it waits */
    BARRIER_NONE  /* each CTA decides for itself */
};

struct rules {
    enum barrier barrier;
    bool old; /* the previous protocol: every CTA obeys the abort word at the doorbell, and CTA 0
                 writes no command when it leaves early */
};

/* A state of the model. */
struct moment {
    uint32_t rung, command, pending;
    uint8_t place[CTAS], entered[CTAS];
    uint8_t abort, decision, arrived;
};

/* All states found so far; those at the end of the list have no successors yet. */
struct walk {
    struct moment *list;
    size_t count, room;
    size_t *table; /* index into list, by hash; SIZE_MAX: free */
    size_t slots;
    size_t moves;        /* transitions, whether to a new state or not */
    size_t stuck, split; /* wrong states: see judge */
};

/* ---- states --------------------------------------------------------------------------------- */

static size_t hash(const struct moment *moment)
{
    const unsigned char *bytes = (const unsigned char *)moment;
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < sizeof *moment; i++)
        h = (h ^ bytes[i]) * UINT64_C(1099511628211);
    return (size_t)h;
}

static void add(struct walk *walk, const struct moment *moment)
{
    size_t slot = hash(moment) % walk->slots;
    walk->moves++;
    for (; walk->table[slot] != SIZE_MAX; slot = (slot + 1) % walk->slots)
        if (memcmp(&walk->list[walk->table[slot]], moment, sizeof *moment) == 0)
            return;
    cr_assert_lt(walk->count, walk->room);
    walk->table[slot] = walk->count;
    walk->list[walk->count++] = *moment;
}

/* ---- the CTAs ------------------------------------------------------------------------------- */

static void enter_or_go(struct moment *next, int cta, uint32_t word)
{
    next->place[cta] = word == RESIDENT_LEAVE ? GONE : AT_STEP;
    next->entered[cta] |= word != RESIDENT_LEAVE;
}

/* A poll at the doorbell by a CTA that has answered `seen`. */
static void look(const struct rules *rules, struct walk *walk, const struct moment *now, int cta,
                 uint32_t seen)
{
    for (int expired = 0; expired <= (cta == 0); expired++) {
        struct moment next = *now;
        uint32_t word;
        if (cta == 0)
            word = resident_decide(now->rung, seen, now->abort, expired);
        else if (rules->old)
            word = now->command == seen && now->abort ? RESIDENT_LEAVE : now->command;
        else
            word = now->command;
        if (word == seen)
            continue; /* polls again */
        if (cta == 0) {
            next.pending = word;
            next.place[0] = COMMANDS;
        } else {
            enter_or_go(&next, cta, word);
        }
        add(walk, &next);
    }
}

static void step(const struct rules *rules, struct walk *walk, const struct moment *now, int cta)
{
    struct moment next = *now;
    if (rules->barrier != BARRIER_GRID && now->abort) {
        next.place[cta] = LEFT;
    } else if (rules->barrier == BARRIER_NONE) {
        next.place[cta] = RAN_ALL;
    } else {
        next.decision |= cta == 0 && now->abort;
        next.place[cta] = IN_BARRIER;
        next.arrived++;
    }
    add(walk, &next);
}

static void wait(const struct rules *rules, struct walk *walk, const struct moment *now, int cta)
{
    struct moment next = *now;
    if (rules->barrier == BARRIER_FLAG && now->abort)
        next.place[cta] = LEFT;
    else if (now->arrived == CTAS)
        next.place[cta] = now->decision ? LEFT : RAN_ALL;
    else
        return;
    add(walk, &next);
}

static void move_cta(const struct rules *rules, struct walk *walk, const struct moment *now,
                     int cta)
{
    struct moment next = *now;
    switch ((enum place)now->place[cta]) {
    case AT_BELL:
        look(rules, walk, now, cta, RUNG_BEFORE);
        break;
    case RAN_ALL:
        look(rules, walk, now, cta, RUNG_NOW);
        break;
    case COMMANDS:
        next.command = now->pending;
        enter_or_go(&next, cta, now->pending);
        next.pending = 0;
        add(walk, &next);
        break;
    case AT_STEP:
        step(rules, walk, now, cta);
        break;
    case IN_BARRIER:
        wait(rules, walk, now, cta);
        break;
    case LEFT:
        if (cta == 0 && !rules->old)
            next.command = RESIDENT_LEAVE;
        next.place[cta] = GONE;
        add(walk, &next);
        break;
    case GONE:
        break;
    }
}

/* ---- the host ------------------------------------------------------------------------------- */

static bool all_ran(const struct moment *moment)
{
    for (int cta = 0; cta < CTAS; cta++)
        if (moment->place[cta] != RAN_ALL)
            return false;
    return true;
}

/* Rings the doorbell; may abort the iteration; after a complete iteration, rings to end the kernel.
 */
static void move_host(struct walk *walk, const struct moment *now)
{
    struct moment next = *now;
    if (now->rung == RUNG_BEFORE) {
        next.rung = RUNG_NOW;
        add(walk, &next);
    } else if (now->rung == RUNG_NOW && !now->abort) {
        if (all_ran(now))
            next.rung = RESIDENT_LEAVE;
        else
            next.abort = 1;
        add(walk, &next);
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Counts the wrong states. Stuck: nothing can move, and not all CTAs have gone. Split: all CTAs
 * have gone, and only some of them took part in the iteration. */
static void judge(struct walk *walk, const struct moment *moment, bool moves)
{
    int gone = 0, entered = 0;
    for (int cta = 0; cta < CTAS; cta++) {
        gone += moment->place[cta] == GONE;
        entered += moment->entered[cta];
    }
    walk->stuck += !moves && gone < CTAS;
    walk->split += gone == CTAS && entered > 0 && entered < CTAS;
}

static struct walk walk_all(enum barrier barrier, bool old)
{
    const struct rules rules = {barrier, old};
    struct walk walk = {.room = 1u << 20, .slots = 1u << 22};
    walk.list = calloc(walk.room, sizeof *walk.list);
    walk.table = malloc(walk.slots * sizeof *walk.table);
    cr_assert(walk.list && walk.table);
    memset(walk.table, 0xFF, walk.slots * sizeof *walk.table);
    struct moment first;
    memset(&first, 0, sizeof first);
    first.rung = first.command = RUNG_BEFORE;
    add(&walk, &first);
    for (size_t i = 0; i < walk.count; i++) {
        const struct moment now = walk.list[i];
        const size_t moved = walk.moves;
        for (int cta = 0; cta < CTAS; cta++)
            move_cta(&rules, &walk, &now, cta);
        move_host(&walk, &now);
        judge(&walk, &now, walk.moves > moved);
    }
    free(walk.list);
    free(walk.table);
    return walk;
}

Test(resident, whenever_abort_is_raised_all_ctas_leave)
{
    for (int barrier = BARRIER_GRID; barrier <= BARRIER_NONE; barrier++) {
        const struct walk walk = walk_all((enum barrier)barrier, false);
        cr_expect_gt(walk.count, 100, "the model has too few states");
        cr_expect_eq(walk.stuck, 0, "barrier %d: %zu of %zu states are stuck", barrier, walk.stuck,
                     walk.count);
    }
    cr_expect_eq(walk_all(BARRIER_GRID, false).split, 0);
}

/* With the previous protocol, CTAs are stuck at a barrier of the grid, which cannot be left. At
 * other barriers, the kernel ends although some CTAs did not enter the iteration, while the host
 * waits for a report from each. */
Test(resident, the_model_finds_the_fault_of_the_previous_protocol)
{
    cr_expect_gt(walk_all(BARRIER_GRID, true).stuck, 0);
    cr_expect_gt(walk_all(BARRIER_FLAG, true).split, 0);
    cr_expect_gt(walk_all(BARRIER_NONE, true).split, 0);
}
