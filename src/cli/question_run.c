/* question_run.c: see question_run.h. */
#include "cli/question_run.h"

#include "base/json.h"
#include "base/mapping.h"
#include "base/utf8.h"
#include "cli/output.h"

#define LINE_MAX_BYTES ((size_t)64 << 20)
#define HISTORY_MAX_BYTES ((size_t)1 << 20)

enum zd_status zd_question_run_begin(const struct zd_cli *cli, struct zd_question_run *run,
                                     struct zd_error *err)
{
    enum zd_status st = zd_office_open(cli->data, &run->office, err);

    if (st == ZD_OK)
        st = zd_desk_open(run->office, &run->desk, err);
    if (st != ZD_OK)
        return st;
    run->arena = zd_arena_new(ZD_QUESTION_ARENA_BYTES);
    return run->arena ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "out of memory");
}

void zd_question_run_end(struct zd_question_run *run)
{
    zd_arena_free(run->arena);
    zd_desk_close(run->desk);
    zd_office_close(run->office);
    *run = (struct zd_question_run){0};
}

enum zd_status zd_question_history(struct zd_question_run *run, const char *path,
                                   struct zd_ask *ask, struct zd_error *err)
{
    struct zd_owned_bytes file = {0};
    struct zd_str *history, text;
    size_t n = 0;
    enum zd_status st;

    if (!path)
        return ZD_OK;
    st = zd_file_read(path, HISTORY_MAX_BYTES, &file, err);
    if (st != ZD_OK)
        return st;
    if (zd_utf8_valid_prefix((struct zd_bytes){file.p, file.n}) != file.n)
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s is not valid UTF-8", path);
    text = zd_arena_str(run->arena, (struct zd_str){(const char *)file.p, file.n});
    history = zd_arena_array(run->arena, file.n / 2 + 1, sizeof *history);
    zd_free(file.p);
    if (st == ZD_OK && (!text.p || !history))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the questions before");
    for (size_t at = 0; st == ZD_OK && at < text.n;) {
        size_t end = zd_str_find(text, ZD_STR("\n"), at);
        struct zd_str line;

        end = end == SIZE_MAX ? text.n : end;
        line = zd_str_trim(zd_str_cut(text, at, end));
        at = end + 1;
        if (line.n > 0)
            history[n++] = line;
    }
    if (st == ZD_OK) {
        ask->history = history;
        ask->n_history = n;
    }
    return st;
}

enum zd_status zd_print_json(json_t *object, struct zd_error *err)
{
    struct zd_buf line = {.max = LINE_MAX_BYTES};
    enum zd_status st = zd_json_write(object, &line, err);

    if (st == ZD_OK)
        printf("%.*s\n", ZD_ARG(zd_buf_view(&line)));
    zd_buf_done(&line);
    json_decref(object);
    return st;
}

static void on_progress(void *context, uint64_t done, uint64_t total)
{
    struct zd_progress *progress = context;

    progress->total = total;
    zd_progress_step(progress, done);
}

enum zd_status zd_question_run_file(const struct zd_cli *cli, struct zd_question_run *run,
                                    const char *questions, const char *out,
                                    const struct zd_eval_options *options,
                                    struct zd_eval_figures *ret_figures, struct zd_error *err)
{
    struct zd_owned_bytes text = {0};
    struct zd_progress progress = zd_progress_begin(cli, questions, 0);
    struct zd_eval_options with = *options;
    FILE *file = NULL;
    enum zd_status st = zd_file_read(questions, ZD_QUESTION_FILE_MAX_BYTES, &text, err);

    if (st == ZD_OK && out)
        st = zd_output_open(out, &file, err);
    if (st == ZD_OK) {
        with.line_context = file;
        with.on_progress = on_progress;
        with.progress_context = &progress;
        with.cancel = cli->cancel;
        st = zd_eval_run(run->desk, zd_subject_owner(),
                         (struct zd_str){(const char *)text.p, text.n}, &with, ret_figures, err);
    }
    zd_progress_end(&progress);
    if (st == ZD_OK)
        st = zd_output_close(file, out, err);
    else if (file)
        (void)!zd_output_close(file, out, NULL);
    zd_free(text.p);
    return st;
}
