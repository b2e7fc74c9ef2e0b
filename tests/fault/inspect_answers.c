/* inspect_answers: what a person gets from an office: a search and an ask for each line of a file of
 * questions. Says for each search and each ask a hash of all that came back (hits, scores, texts; the
 * answer and its confidence; no ids, no clocks) and whether it was marked partial:
 *
 *     "ok HASH:PARTIAL HASH:PARTIAL …", or "no WHAT" where office or question gave an error
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/hash.h"
#include "desk/desk.h"

#include "inspect.h"

#define ARENA_BYTES (256 * ZD_MiB)

static void print_search(const struct zd_search *search, struct zd_buf *out)
{
    for (size_t i = 0; i < search->n; i++)
        zd_buf_printf(out, "%" PRId64 " %.9g %.*s\n", search->p[i].ranked.passage,
                      (double)search->p[i].ranked.score, (int)search->p[i].citation.text.n,
                      search->p[i].citation.text.p);
}

/* One search and one ask, each with its hash and its mark. */
static enum zd_status ask(struct zd_desk *desk, struct zd_str question, struct zd_arena *arena,
                          struct zd_buf *said, struct zd_error *err)
{
    struct zd_ask what = {.question = question, .as_of = 20261101};
    struct zd_buf out = {.max = 64 * ZD_MiB};
    struct zd_search search = {0};
    struct zd_answer answer = {0};
    enum zd_status st;

    zd_arena_reset(arena);
    st = zd_desk_search(desk, zd_subject_owner(), &what, 50, arena, &search, err);
    if (st == ZD_OK) {
        print_search(&search, &out);
        zd_buf_printf(said, "%016" PRIx64 ":%d ", zd_hash64(zd_str_bytes(zd_buf_view(&out)), 0),
                      search.partial);
        zd_buf_clear(&out);
        st = zd_desk_ask(desk, zd_subject_owner(), &what, arena, &answer, err);
    }
    if (st == ZD_OK) {
        zd_buf_printf(&out, "%d %.9g %.*s\n", answer.refused, answer.confidence,
                      (int)answer.answer.n, answer.answer.p);
        zd_buf_printf(said, "%016" PRIx64 ":%d ", zd_hash64(zd_str_bytes(zd_buf_view(&out)), 0),
                      answer.partial);
    }
    zd_buf_done(&out);
    return st;
}

/* Cuts a file to half, as another program might while we have it mapped. */
static void shrink(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0 || truncate(path, info.st_size / 2) != 0)
        fault_finish("bad", "cannot cut the file");
}

_Noreturn void fault_answers(const char *dir, const char *questions, const char *cut)
{
    struct zd_office *office = NULL;
    struct zd_desk *desk = NULL;
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_error err = {0};
    struct zd_buf said = {.max = 65536};
    char line[4096];
    FILE *file = fopen(questions, "r");
    enum zd_status st = zd_office_open(dir, &office, &err);

    if (!file || !arena)
        fault_finish("bad", "no questions, or no memory");
    if (st == ZD_OK)
        st = zd_desk_open(office, &desk, &err);
    while (st == ZD_OK && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        st = ask(desk, zd_str_c(line), arena, &said, &err);
        if (cut)
            shrink(cut);
        cut = NULL;
    }
    if (st != ZD_OK)
        fault_finish("no", err.what[0] ? err.what : "without a word");
    fault_finish("ok", zd_buf_cstr(&said));
}
