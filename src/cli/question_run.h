/* question_run: an office and a desk opened for commands that ask: ask, search, eval, and their
 * batch forms. */
#ifndef ZD_CLI_QUESTION_RUN_H
#define ZD_CLI_QUESTION_RUN_H

#include "cli/cli.h"
#include "desk/eval.h"

#define ZD_QUESTION_FILE_MAX_BYTES ((size_t)1 << 30)
#define ZD_QUESTION_ARENA_BYTES ((size_t)64 << 20)

/* Zero is "nothing opened"; ending that is fine. */
struct zd_question_run {
    struct zd_office *office;
    struct zd_desk *desk;
    struct zd_arena *arena;
};

/* Errors: those of zd_office_open. */
enum zd_status zd_question_run_begin(const struct zd_cli *cli, struct zd_question_run *run,
                                     struct zd_error *err) ZD_MUST_USE;
void zd_question_run_end(struct zd_question_run *run);

/* Reads questions asked before, one a line, into run's arena and names them in ask; NULL reads none.
 * Errors: those of reading; ZD_INVALID not UTF-8; ZD_NOMEM. */
enum zd_status zd_question_history(struct zd_question_run *run, const char *path,
                                   struct zd_ask *ask, struct zd_error *err) ZD_MUST_USE;

/* Prints an object as one line on standard output and ends it with json_decref. */
enum zd_status zd_print_json(json_t *object, struct zd_error *err) ZD_MUST_USE;

/* Runs the questions of a file through `options`, whose progress and cancel parts are set here.
 * Lines go to `out` (NULL: none), which is opened for the run and closed after it. */
enum zd_status zd_question_run_file(const struct zd_cli *cli, struct zd_question_run *run,
                                    const char *questions, const char *out,
                                    const struct zd_eval_options *options,
                                    struct zd_eval_figures *ret_figures,
                                    struct zd_error *err) ZD_MUST_USE;

#endif
