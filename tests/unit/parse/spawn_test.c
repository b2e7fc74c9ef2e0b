/* Workers that misbehave in every way: each document fails with its reason within its limit and a
 * second, and the next document is read as if nothing had been. The worker is hostile_worker.c, at
 * $ZD_HOSTILE. */
#include "parse_case.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "parse/lockdown.h"
#include "parse/spawn.h"

#define SECOND_US 1000000u

static struct zd_parser *hostile_for(uint32_t wall_ms)
{
    const struct zd_parser_options options = {.program = getenv("ZD_HOSTILE"),
                                              .cpu_seconds = 1,
                                              .wall_ms = wall_ms,
                                              .memory_bytes = 64 * ZD_MiB,
                                              .answer_bytes = ZD_MiB};
    struct zd_parser *parser = NULL;
    struct zd_error err = {0};

    assert_non_null(options.program);
    if (zd_parser_open(&options, &parser, &err) != ZD_OK)
        fail_msg("%s", err.what);
    return parser;
}

/* With so much time by the clock that only the other limits are reached, on a busy machine too. */
static struct zd_parser *hostile(void)
{
    return hostile_for(60000);
}

static enum zd_status give(struct zd_parser *parser, const char *word, struct zd_error *err)
{
    struct zd_arena *arena = parse_arena();
    struct zd_parsed parsed = {0};
    struct zd_bytes raw = {(const uint8_t *)word, strlen(word)};
    enum zd_status st = zd_parser_file(parser, raw, ZD_STR("a"), arena, &parsed, err);

    if (st == ZD_OK) {
        assert_true(zd_str_eq(parsed.blocks.text, zd_str_c(word)));
        assert_int_equal(parsed.blocks.reading.n_pages, 0); /* it was not root */
    }
    zd_arena_free(arena);
    return st;
}

static void must_go_on(struct zd_parser *parser)
{
    struct zd_error err = {0};

    if (give(parser, "a good document", &err) != ZD_OK)
        fail_msg("%s", err.what);
}

static void test_every_forbidden_call_is_fatal(void **state)
{
    static const char *const calls[] = {"open",           "old open", "socket",
                                        "exec",           "fork",     "thread",
                                        "ptrace",         "kill",     "executable memory",
                                        "executable map", "unlink",   "prctl",
                                        "memory file",    "io_uring", "limits"};
    struct zd_parser *parser = hostile();

    (void)state;
    must_go_on(parser);
    for (size_t i = 0; i < ZD_COUNT(calls); i++) {
        struct zd_error err = {0};

        print_message("  %s\n", calls[i]);
        assert_int_equal(give(parser, calls[i], &err), ZD_INVALID);
        assert_non_null(strstr(err.what, "may be hostile"));
    }
    must_go_on(parser);
    zd_parser_close(parser);
}

static void test_few_calls_are_allowed(void **state)
{
    static const char *const names[] = {
#define X(name) #name,
#define Y(name, argument) #name,
#define Z(name) #name,
#include "parse/lockdown_calls_table.h"
#undef X
#undef Y
#undef Z
    };

    (void)state;
    print_message("%zu system calls allowed\n", ZD_COUNT(names));
    assert_true(ZD_COUNT(names) <= ZD_WORKER_MAX_SYSTEM_CALLS);
}

/* What sleeps costs no processor time: the mother's clock ends it, within a second of its limit. */
static void test_ends_what_hangs(void **state)
{
    struct zd_parser *parser = hostile_for(500);
    struct zd_error err = {0};
    uint64_t begun = zd_clock_mono_us(), took;

    (void)state;
    assert_int_equal(give(parser, "hang", &err), ZD_LIMIT);
    took = zd_clock_mono_us() - begun;
    assert_non_null(strstr(err.what, "longer than 1 s"));
    print_message("  ended after %u ms of 500\n", (unsigned)(took / 1000));
    assert_true(took >= SECOND_US / 2 && took < SECOND_US / 2 + SECOND_US);
    must_go_on(parser);
    zd_parser_close(parser);
}

static void test_ends_what_runs_wild(void **state)
{
    static const struct {
        const char *word;
        enum zd_status status;
        const char *says;
    } rows[] = {
        {"loop", ZD_LIMIT, "processor time"},
        {"flood", ZD_LIMIT, "more than 1 MB"},
        {"crash", ZD_INVALID, "crashed"},
        {"abort", ZD_INVALID, "crashed"},
        {"leave", ZD_INVALID, "no whole answer"},
        {"rubbish", ZD_INVALID, "broken"},
        {"half a frame", ZD_INVALID, "no whole answer"},
        {"false count", ZD_INVALID, "broken"},
        {"allocate", ZD_INVALID, "crashed"},
    };
    struct zd_parser *parser = hostile();
    size_t n = ZD_COUNT(rows);

    (void)state;
#ifdef ZD_WORKER_SANITIZED
    n--;                                                      /* memory is not limited there */
    static const char *const reworded[] = {"crash", "abort"}; /* ASan reports and exits */
#endif
    for (size_t i = 0; i < n; i++) {
        struct zd_error err = {0};
        enum zd_status st = give(parser, rows[i].word, &err);

        print_message("  %-14s %s\n", rows[i].word, err.what);
#ifdef ZD_WORKER_SANITIZED
        if (strcmp(rows[i].word, reworded[0]) == 0 || strcmp(rows[i].word, reworded[1]) == 0) {
            assert_int_not_equal(st, ZD_OK);
            continue;
        }
#endif
        assert_int_equal(st, rows[i].status);
        assert_non_null(strstr(err.what, rows[i].says));
        must_go_on(parser);
    }
#ifndef ZD_WORKER_SANITIZED
    print_message("  largest worker: %u KiB\n", zd_parser_peak_kib(parser));
    assert_true(zd_parser_peak_kib(parser) < 80 * 1024);
#endif
    zd_parser_close(parser);
}

/* Of a file's lines only the one that kills its worker fails. */
static void test_a_line_fails_alone(void **state)
{
    static const struct {
        const char *word;
        enum zd_status status;
    } rows[] = {{"one", ZD_OK},   {"two", ZD_OK},        {"exec", ZD_INVALID},
                {"three", ZD_OK}, {"leave", ZD_INVALID}, {"rubbish", ZD_INVALID},
                {"four", ZD_OK}};
    struct zd_parser *parser = hostile();
    struct zd_arena *arena = parse_arena();

    (void)state;
    zd_parser_lines_begin(parser);
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_int_equal(zd_parser_line_add(parser, zd_str_c(rows[i].word), NULL), ZD_OK);
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_parsed parsed = {0};
        struct zd_str id = {0};
        struct zd_error err = {0};

        print_message("  %s\n", rows[i].word);
        assert_int_equal(zd_parser_line_next(parser, arena, &id, &parsed, &err), rows[i].status);
        if (rows[i].status == ZD_OK)
            assert_true(zd_str_eq(parsed.blocks.text, zd_str_c(rows[i].word)));
    }
    zd_arena_free(arena);
    zd_parser_close(parser);
}

/* How many processes run this program. */
static unsigned count_running(const char *program)
{
    char want[PATH_MAX], link[64], seen[PATH_MAX];
    const struct dirent *entry;
    DIR *proc = opendir("/proc");
    unsigned n = 0;

    assert_non_null(proc);
    assert_non_null(realpath(program, want));
    while ((entry = readdir(proc)) != NULL) {
        ssize_t length;

        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        (void)snprintf(link, sizeof link, "/proc/%.20s/exe", entry->d_name);
        length = readlink(link, seen, sizeof seen - 1);
        if (length <= 0)
            continue;
        seen[length] = '\0';
        n += strcmp(seen, want) == 0;
    }
    (void)closedir(proc);
    return n;
}

/* Waits until so many run, a second at most; returns how many do. */
static unsigned await_running(const char *program, unsigned wanted)
{
    unsigned n = count_running(program);

    for (int i = 0; i < 200 && n != wanted; i++) {
        (void)usleep(5000);
        n = count_running(program);
    }
    return n;
}

/* A server that is killed takes mother and worker with it. */
static void test_nobody_outlives_the_server(void **state)
{
    const char *program = getenv("ZD_HOSTILE");
    struct zd_error err = {0};
    pid_t server;

    (void)state;
    if (geteuid() != 0)
        skip(); /* who may not look at the processes cannot count them */
    assert_int_equal(await_running(program, 0), 0); /* those of the tests before have gone */
    server = fork();
    if (server == 0) {
        (void)give(hostile(), "hang", &err);
        _exit(0);
    }
    assert_int_equal(await_running(program, 2), 2);
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
    assert_int_equal(await_running(program, 0), 0);
}

static void test_says_that_the_program_is_missing(void **state)
{
    const struct zd_parser_options options = {.program = "/nowhere/zhidian-parse"};
    struct zd_parser *parser = NULL;
    struct zd_error err = {0};

    (void)state;
    assert_int_equal(zd_parser_open(&options, &parser, &err), ZD_OK);
    assert_int_equal(give(parser, "x", &err), ZD_IO);
    assert_non_null(strstr(err.what, "/nowhere/zhidian-parse"));
    zd_parser_close(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_forbidden_call_is_fatal),
        cmocka_unit_test(test_few_calls_are_allowed),
        cmocka_unit_test(test_ends_what_hangs),
        cmocka_unit_test(test_ends_what_runs_wild),
        cmocka_unit_test(test_a_line_fails_alone),
        cmocka_unit_test(test_nobody_outlives_the_server),
        cmocka_unit_test(test_says_that_the_program_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
