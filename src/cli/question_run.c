/* question_run.c: see question_run.h. */
#include "cli/question_run.h"

#include "base/json.h"
#include "base/mapping.h"
#include "cli/output.h"

#define LINE_MAX_BYTES ((size_t)64 << 20)

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
