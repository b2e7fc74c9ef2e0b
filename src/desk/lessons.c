/* lessons.c: see lessons.h. */
#include "desk/lessons.h"

#include <stdio.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/json.h"
#include "guard/mask.h"

#define ARENA_BYTES (128 * ZD_MiB)
#define PATH_MAX_BYTES 4096

enum zd_status zd_lessons_keep(const char *office_dir, const struct zd_subject *subject,
                               const struct zd_lesson *lesson, struct zd_arena *arena,
                               struct zd_error *err)
{
    const struct zd_str question = zd_str_trim(lesson->question);
    struct zd_lesson masked = *lesson;
    struct zd_store *store = NULL;
    struct zd_mask *mask = NULL;
    enum zd_status st =
        zd_mask_texts(&question, 1, ZD_MASK_DEFAULT, arena, &masked.question, &mask, err);

    if (st == ZD_OK)
        st = zd_lesson_db_open(office_dir, ZD_STORE_WRITE, &store, err);
    if (st == ZD_OK)
        st = zd_lesson_put(store, subject, &masked, err);
    zd_store_close(store);
    return st;
}

static bool has_lessons(const char *office_dir)
{
    struct zd_buf path = {.max = PATH_MAX_BYTES};
    bool has;

    zd_buf_printf(&path, "%s/lessons.db", office_dir);
    has = zd_buf_check(&path, "the path of the office", NULL) == ZD_OK &&
          access(zd_buf_cstr(&path), F_OK) == 0;
    zd_buf_done(&path);
    return has;
}

enum zd_status zd_lessons_read(const char *office_dir, const struct zd_subject *subject,
                               enum zd_lesson_kind kind, size_t top, struct zd_arena *arena,
                               struct zd_lesson_list *ret_list, struct zd_error *err)
{
    struct zd_store *store = NULL;
    enum zd_status st;

    *ret_list = (struct zd_lesson_list){0};
    if (!has_lessons(office_dir))
        return ZD_OK;
    st = zd_lesson_db_open(office_dir, ZD_STORE_READ, &store, err);
    if (st == ZD_OK)
        st = zd_lesson_page(store, subject, kind, top, arena, ret_list, err);
    zd_store_close(store);
    return st;
}

/* One line of a question file. */
static bool add_question(const struct zd_lesson *lesson, struct zd_buf *out)
{
    char id[32];
    json_t *o = json_object(), *relevant = json_array();
    bool ok = true;

    (void)snprintf(id, sizeof id, "lesson-%lld", (long long)lesson->key);
    if (lesson->document.n > 0)
        ok = json_array_append_new(relevant,
                                   json_stringn(lesson->document.p, lesson->document.n)) == 0;
    ok = zd_json_set_new(o, "relevant", relevant) && ok && zd_json_set_str(o, "id", zd_str_c(id)) &&
         zd_json_set_str(o, "query", lesson->question);
    if (ok && lesson->region.n > 0)
        ok = zd_json_set_str(o, "region", lesson->region);
    if (ok && lesson->answer.n > 0)
        ok = zd_json_set_str(o, "answer", lesson->answer);
    ok = ok && zd_json_write(o, out, NULL) == ZD_OK;
    zd_buf_printf(out, "\n");
    json_decref(o);
    return ok;
}

enum zd_status zd_lessons_questions(const char *office_dir, struct zd_buf *out,
                                    struct zd_error *err)
{
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_lesson_list list = {0};
    enum zd_status st;

    if (!arena)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the lessons");
    st = zd_lessons_read(office_dir, zd_subject_owner(), ZD_N_LESSON_KINDS, ZD_LESSON_MAX, arena,
                         &list, err);
    for (size_t i = 0; st == ZD_OK && i < list.n; i++)
        if (!add_question(&list.p[i], out))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the lessons");
    zd_arena_free(arena);
    return st == ZD_OK ? zd_buf_check(out, "the questions from use", err) : st;
}

json_t *zd_lesson_json(const struct zd_lesson *lesson)
{
    json_t *o = json_object();
    bool ok = zd_json_set_count(o, "lesson", (uint64_t)lesson->key) &&
              zd_json_set_str(o, "kind", zd_str_c(zd_lesson_kind_word(lesson->kind))) &&
              zd_json_set_str(o, "question", lesson->question) &&
              zd_json_set_str(o, "region", lesson->region) &&
              zd_json_set_str(o, "document", lesson->document) &&
              zd_json_set_str(o, "answer", lesson->answer) &&
              zd_json_set_str(o, "who", lesson->who) &&
              zd_json_set_count(o, "times", lesson->n_times) &&
              zd_json_set_count(o, "first", (uint64_t)lesson->first_us) &&
              zd_json_set_count(o, "last", (uint64_t)lesson->last_us);

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}
