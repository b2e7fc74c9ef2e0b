/* A process that dies at any moment of adding: what it had acknowledged is there, nothing is half
 * there, and adding again goes on where it stopped.
 *
 * The child adds 200 files in batches of sixteen with a timer set to a random microsecond; the
 * timer's signal ends it at once, as kill -9 would, between any two instructions. Before that
 * it has told through a pipe how many files were flushed. The parent then checks database and
 * index against each other and tries again, until a child gets through. The seed is fixed; what
 * the moment hits differs from run to run.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "ingest_support.h"

#define N_FILES 200
#define BATCH 16
#define N_ROUNDS 40
#define MOST_ROUNDS (20 * N_ROUNDS)

static void write_files(const struct bench *b)
{
    char path[128];

    for (int i = 0; i < N_FILES; i++) {
        FILE *file;

        snprintf(path, sizeof path, "%s/f%03d.md", b->folder, i);
        file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "# 文件%d\n\n", i);
        for (int k = 1; k <= 12; k++)
            fprintf(file, "第%d条 第%d号文件的内容，犬只应当登记，编号%d。\n\n", k, i, i * 100 + k);
        fclose(file);
    }
}

/* Adds everything, flushing as a batch is due, and tells after each flush how many files are
 * durable. Runs in the child. */
static int add_all(const struct bench *b, int tell)
{
    const struct zd_ingest_options options = {.batch_documents = 1u << 30};
    struct zd_ingest *ingest = NULL;
    char path[128];

    if (zd_ingest_open(b->office, &options, &ingest, NULL) != ZD_OK)
        return 2;
    for (int i = 0; i < N_FILES; i++) {
        uint8_t n = (uint8_t)(i + 1);

        snprintf(path, sizeof path, "%s/f%03d.md", b->folder, i);
        if (zd_ingest_file(ingest, path, NULL, NULL) != ZD_OK)
            return 3;
        if ((i + 1) % BATCH != 0 && i + 1 != N_FILES)
            continue;
        if (zd_ingest_flush(ingest, NULL) != ZD_OK)
            return 4;
        if (write(tell, &n, 1) != 1)
            return 5;
    }
    zd_ingest_close(ingest);
    return 0;
}

/* Runs one child that is cut off after `us` (0: never); gives what it acknowledged. */
static int run_child(const struct bench *b, long us, bool *ret_finished)
{
    int ends[2], status = 0, acknowledged = 0;
    uint8_t n;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct itimerval timer = {.it_value = {us / 1000000, us % 1000000}};

        close(ends[0]);
        signal(SIGALRM, SIG_DFL);
        if (us > 0)
            setitimer(ITIMER_REAL, &timer, NULL);
        _exit(add_all(b, ends[1]));
    }
    close(ends[1]);
    while (read(ends[0], &n, 1) == 1)
        acknowledged = n;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    *ret_finished = WIFEXITED(status);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    else
        assert_int_equal(WTERMSIG(status), SIGALRM);
    return acknowledged;
}

/* Opens the office as its next user would, and counts its documents. */
static size_t check_office(struct bench *b)
{
    struct zd_ingest *ingest = NULL;
    struct zd_document_list list = {0};
    struct zd_store_figures figures = {0};
    struct zd_index_figures in_index = {0};
    struct zd_error err = {0};
    struct zd_index *index = NULL;
    uint64_t generation = 0;
    char dir[128];

    snprintf(dir, sizeof dir, "%s/index", b->office);
    if (zd_ingest_open(b->office, NULL, &ingest, &err) != ZD_OK)
        fail_msg("open: %s", err.what);
    if (zd_store_check(ingest->store, &err) != ZD_OK)
        fail_msg("database: %s", err.what);
    assert_int_equal(zd_store_generation(ingest->store, &generation, NULL), ZD_OK);
    assert_int_equal(
        zd_document_page(ingest->store, zd_subject_owner(), 0, 1000, b->arena, &list, NULL), ZD_OK);
    assert_int_equal(zd_store_figures(ingest->store, zd_subject_owner(), &figures, NULL), ZD_OK);
    assert_int_equal(figures.n_versions, list.n);
    assert_int_equal(figures.n_passages, list.n * 12);
    if (generation > 0) {
        if (zd_index_check(dir, generation, &err) != ZD_OK ||
            zd_index_open(dir, generation, &index, &err) != ZD_OK)
            fail_msg("index: %s", err.what);
        zd_index_figures(index, &in_index);
        assert_int_equal(in_index.n_passages - in_index.n_deleted, figures.n_passages);
        zd_index_close(index);
    } else {
        assert_int_equal(list.n, 0);
    }
    zd_ingest_close(ingest);
    zd_arena_reset(b->arena);
    return list.n;
}

static long elapsed_us(const struct timeval *since)
{
    struct timeval now;

    gettimeofday(&now, NULL);
    return (now.tv_sec - since->tv_sec) * 1000000 + (now.tv_usec - since->tv_usec);
}

static void test_dying_at_any_moment(void **state)
{
    struct bench *b = *state;
    struct timeval begun;
    bool finished = false;
    unsigned seed = 20260301;
    size_t n_killed = 0, n_between = 0;
    long whole_us;

    write_files(b);
    gettimeofday(&begun, NULL);
    assert_int_equal(run_child(b, 0, &finished), N_FILES);
    whole_us = elapsed_us(&begun);
    assert_int_equal(check_office(b), N_FILES);
    nftw(b->office, bench_unlink, 8, FTW_DEPTH | FTW_PHYS);
    /* until enough were hit: how many a run of rounds hits depends on the machine */
    for (int round = 0;
         round < N_ROUNDS || (round < MOST_ROUNDS && (n_killed < N_ROUNDS / 4 || n_between == 0));
         round++) {
        long us = 1 + (long)((double)rand_r(&seed) / RAND_MAX * 1.1 * (double)whole_us);
        int acknowledged = run_child(b, us, &finished);
        size_t n = check_office(b);

        assert_true(n >= (size_t)acknowledged);
        assert_true(n % BATCH == 0 || n == N_FILES); /* a batch is there whole or not at all */
        n_killed += !finished;
        n_between += n > 0 && n < N_FILES;
        if (round % 3 == 2) /* every third office is begun anew, the others go on */
            nftw(b->office, bench_unlink, 8, FTW_DEPTH | FTW_PHYS);
    }
    print_message("  %zu were killed, %zu left a part\n", n_killed, n_between);
    assert_true(n_killed >= N_ROUNDS / 4);
    assert_true(n_between > 0);
    assert_int_equal(run_child(b, 0, &finished), N_FILES);
    assert_int_equal(check_office(b), N_FILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dying_at_any_moment, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
