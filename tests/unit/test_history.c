#include "../../ui/model/history.h"
#include "verified_run.h"

static struct history history;
static struct run run;
static struct ceilings ceilings;
static struct history_place place;
static struct knob_settings settings;

static void open_all(void)
{
    memset(&history, 0, sizeof history);
    memset(&place, 0, sizeof place);
    strcpy(place.preset, "quick");
    knobs_reset(&settings);
    cr_assert(run_open(&run));
}

static void close_all(void)
{
    history_close(&history);
    run_close(&run);
}

TestSuite(history, .init = open_all, .fini = close_all);

/* An epoch of a verified variant whose iterations take `ns` each, in `turns` turns. */
static void begin(const char *variant, uint64_t epoch, uint64_t ns, unsigned turns)
{
    run_begin(&run, variant_find(variant), &settings.knobs, &settings.knobs, epoch);
    run.status = RUN_MEASURING;
    run.verification.verdict = VERDICT_RIGHT;
    run.turns = (struct evidence){.turns = true};
    for (unsigned i = 0; i < turns; i++) {
        histogram_record(&run.histograms[METRIC_ITERATION], ns + i * ns / 1000);
        evidence_add(&run.turns, (double)(ns + i * ns / 1000));
    }
    run.turns.turns = true;
    run.version++;
}

static bool follow(void)
{
    return history_follow(&history, &place, &run, &some_cpu, &ceilings);
}

/* Begins an epoch like `begin`, and follows it. Returns whether the epoch became a new entry. */
static bool add(const char *variant, uint64_t epoch, uint64_t ns, unsigned turns)
{
    begin(variant, epoch, ns, turns);
    return follow();
}

static uint64_t kept(uint32_t at)
{
    return history.entries[at].run.histograms[METRIC_ITERATION].count;
}

Test(history, an_epoch_gets_an_entry_once_it_has_samples)
{
    cr_assert_not(add("cpu_graph", 1, 1000, 0));
    cr_assert_eq(history.count, 0);
    cr_assert_eq(history.present, history.count);
    cr_assert(add("cpu_graph", 1, 1000, 5));
    cr_assert_not(follow(), "it goes on");
    cr_assert_eq(history.count, 1);
    cr_assert_eq(history.present, 0);
    cr_assert_eq(kept(0), 5);
    cr_assert_not(history_follow(&history, &place, NULL, &some_cpu, &ceilings));
    cr_assert_eq(history.present, history.count);
}

Test(history, another_epoch_variant_worker_or_recording_is_another_entry)
{
    add("cpu_graph", 1, 1000, 5);
    cr_assert(add("cpu_graph", 2, 1000, 5));
    cr_assert(add("cpu_persistent", 2, 1000, 5));
    place.source = 1;
    cr_assert(follow());
    strcpy(place.recording, "recordings/some.json");
    cr_assert(follow());
    settings.knobs.batch = 3;
    cr_assert(add("cpu_persistent", 0, 1000, 5), "another point of the recording");
    cr_assert_eq(history.count, 6);
    settings.knobs.batch = 8;
    add("cpu_persistent", 0, 1000, 5);
    cr_assert_eq(history.count, 6, "the previous point again");
    cr_assert_eq(history.present, 4);
}

Test(history, a_live_epochs_samples_are_saved_before_it_ends)
{
    add("cpu_graph", 1, 1000, 5);
    begin("cpu_graph", 1, 1000, 9);
    cr_assert_eq(kept(0), 5);
    history_keep(&history, &run, 1);
    cr_assert_eq(kept(0), 9);
    begin("cpu_graph", 2, 2000, 7);
    history_keep(&history, &run, 1);
    cr_assert_eq(kept(0), 9, "another epoch's samples do not belong to it");
    history.source = 1;
    begin("cpu_graph", 1, 2000, 7);
    history_keep(&history, &run, 1);
    cr_assert_eq(kept(0), 9, "nor do another worker's");
}

static void expect_change(uint32_t at, const char *expected)
{
    char text[256];
    history_changed_text(&history, at, text, sizeof text);
    cr_assert_str_eq(text, expected);
}

Test(history, changes_are_described)
{
    add("cpu_graph", 1, 1000, 5);
    expect_change(0, "the first");
    settings.knobs.batch = 16;
    settings.knobs.block_k = 32; /* the variant does not read it */
    add("cpu_graph", 2, 1000, 5);
    expect_change(1, "BATCH 16 (was 8)");
    strcpy(place.preset, "step-sync");
    add("cpu_persistent", 3, 1000, 5);
    expect_change(2, "variant, preset step-sync");
    add("cpu_persistent", 4, 1000, 5);
    expect_change(3, "measured again");
    strcpy(place.recording, "recordings/some.json");
    place.preset[0] = '\0';
    add("cpu_persistent", 0, 1000, 5);
    expect_change(4, "recording");
}

/* Judges all entries, and returns the verdict on one. */
static const char *verdict_on(uint32_t at)
{
    static char text[256];
    history_judge(&history);
    history_verdict_text(&history, at, "x", "+-", text, sizeof text);
    return text;
}

Test(history, a_verdict_only_where_the_evidence_allows_one)
{
    add("cpu_graph", 1, 10000, 6);
    add("cpu_graph", 2, 5000, 3);
    cr_assert_str_eq(verdict_on(0), "", "there is nothing before it");
    assert_contains(verdict_on(1), "a verdict needs 5");
    begin("cpu_graph", 2, 5000, 6);
    history_keep(&history, &run, 1);
    const char *text = verdict_on(1);
    cr_assert(strstr(text, "faster") && strncmp(text, "x1.9", 4) * strncmp(text, "x2", 2) == 0,
              "%s", text);
    add("cpu_graph", 3, 5001, 6);
    assert_contains(verdict_on(2), "too close to call");
    settings.knobs.batch = 64;
    add("cpu_graph", 4, 90000, 6);
    cr_assert_str_eq(verdict_on(3), "different workload from 3");
    cr_assert_eq(history.entries[3].comparison.outcome, OUTCOME_UNLIKE);
}

Test(history, the_oldest_entries_are_dropped_and_the_cursor_stays)
{
    for (unsigned i = 1; i <= HISTORY_ROOM; i++)
        add("cpu_graph", i, 1000, 5);
    cr_assert_eq(history.cursor, HISTORY_ROOM - 1, "it follows from the last one");
    history.cursor = 3;
    for (unsigned i = 1; i <= 2; i++)
        cr_assert(add("cpu_graph", HISTORY_ROOM + i, 1000, 5));
    cr_assert_eq(history.count, HISTORY_ROOM);
    cr_assert_eq(history.entries[0].number, 3);
    cr_assert_eq(history.entries[history.cursor].number, 4);
    cr_assert_eq(history.entries[history.present].number, HISTORY_ROOM + 2);
    history_judge(&history);
    cr_assert_not(history.entries[0].compared, "the entry it was compared with is gone");
}
