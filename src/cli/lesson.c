/* lesson.c: zhidian lesson approve | correct | list | remove: what use teaches, for `train`. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/question_run.h"
#include "desk/lessons.h"
#include "ingest/office.h"
#include "store/document.h"

#define ARENA_BYTES ((size_t)128 << 20)

static enum zd_status print_one(const struct zd_lesson *lesson, bool json, struct zd_error *err)
{
    static const char *const words[] = {"认可", "更正", "未答"};

    if (json)
        return zd_print_json(zd_lesson_json(lesson), err);
    printf("%" PRId64 "  %s  %" PRIu32 " 次 times  ", lesson->key, words[lesson->kind],
           lesson->n_times);
    zd_print_text(stdout, lesson->question);
    if (lesson->document.n > 0)
        printf("  →  %.*s", ZD_ARG(lesson->document));
    putchar('\n');
    return ZD_OK;
}

struct wanted {
    bool json;
    const char *kind; /* NULL: all */
};

static enum zd_status list_lessons(struct zd_listing *listing, struct zd_error *err)
{
    const struct wanted *wanted = listing->context;
    enum zd_lesson_kind kind = ZD_N_LESSON_KINDS;
    struct zd_lesson_list list = {0};
    enum zd_status st;

    if (wanted->kind)
        kind = zd_lesson_kind_of(zd_str_c(wanted->kind));
    if (wanted->kind && kind == ZD_N_LESSON_KINDS)
        return ZD_FAIL(err, ZD_INVALID, 0, "%s: expected approved, corrected or unanswered",
                       wanted->kind);
    st = zd_lessons_read(listing->cli->data, zd_subject_owner(), kind, ZD_LESSON_MAX,
                         listing->arena, &list, err);
    for (size_t i = 0; st == ZD_OK && i < list.n; i++)
        st = print_one(&list.p[i], wanted->json, err);
    return st;
}

static int command_list(struct zd_cli *cli, int argc, char **argv)
{
    struct wanted wanted = {0};
    const struct zd_option options[] = {
        {"kind", "KIND", "approved、corrected 或 unanswered / one kind only", &wanted.kind, NULL},
        {"json", NULL, "每行一个 JSON 对象 / one JSON object a line", NULL, &wanted.json}};
    const struct zd_usage usage = {
        .command = "lesson list",
        .arguments = "",
        .summary = "列出使用中积累的问答：认可的、更正的、没有答上的，问得多的在前。\n"
                   "Lists what use has taught: answers approved, put right, and questions that "
                   "nothing answered, the most asked first.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };

    return zd_run_listing(cli, &usage, ZD_LISTING_NOTHING, list_lessons, &wanted, argc, argv);
}

/* A document of this public id must be there. */
static enum zd_status check_document(const struct zd_cli *cli, struct zd_str id,
                                     struct zd_arena *arena, struct zd_error *err)
{
    struct zd_document document = {0};
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    enum zd_status st = zd_office_open(cli->data, &office, err);

    if (st == ZD_OK)
        st = zd_view_open(office, &view, err);
    if (st == ZD_OK)
        st = zd_view_begin(view, err);
    if (st == ZD_OK)
        st = zd_document_find(zd_view_store(view), zd_subject_owner(), id, arena, &document, err);
    zd_view_close(view);
    zd_office_close(office);
    return st;
}

static int keep(struct zd_cli *cli, enum zd_lesson_kind kind, const struct zd_usage *usage,
                const char **answer, const char **region, int argc, char **argv)
{
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_lesson lesson = {.kind = kind};
    char who[ZD_USER_NAME_BYTES];
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(usage, argc, argv, &first, &exit_status)) {
        zd_arena_free(arena);
        return exit_status;
    }
    lesson.question = zd_str_c(argv[first]);
    lesson.document = zd_str_c(argv[first + 1]);
    lesson.answer = *answer ? zd_str_c(*answer) : ZD_STR("");
    lesson.region = *region ? zd_str_c(*region) : ZD_STR("");
    lesson.who = zd_str_c(zd_user_name(who));
    st = check_document(cli, lesson.document, arena, &err);
    if (st == ZD_OK)
        st = zd_lessons_keep(cli->data, zd_subject_owner(), &lesson, arena, &err);
    zd_arena_free(arena);
    if (st != ZD_OK)
        return zd_print_error(&err);
    fputs("已记下，下次 train 时学习 / kept: the next train learns from it\n", stderr);
    return ZD_EXIT_DONE;
}

static int command_keep(struct zd_cli *cli, enum zd_lesson_kind kind, const char *command,
                        const char *summary, int argc, char **argv)
{
    const char *answer = NULL, *region = NULL;
    const struct zd_option options[] = {
        {"answer", "TEXT", "文件中作答的原文 / the document's words that answer", &answer, NULL},
        {"region", "R", "提问时的地区 / the region asked for", &region, NULL}};
    const struct zd_usage usage = {
        .command = command,
        .arguments = "QUESTION DOCUMENT",
        .summary = summary,
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 2,
        .max_arguments = 2,
    };

    return keep(cli, kind, &usage, &answer, &region, argc, argv);
}

static int command_approve(struct zd_cli *cli, int argc, char **argv)
{
    return command_keep(cli, ZD_LESSON_APPROVED, "lesson approve",
                        "认可一次回答：此问由该文件作答。\n"
                        "Approves an answer: this document answers this question.",
                        argc, argv);
}

static int command_correct(struct zd_cli *cli, int argc, char **argv)
{
    return command_keep(cli, ZD_LESSON_CORRECTED, "lesson correct",
                        "更正出处：此问应由该文件作答。\n"
                        "Puts a citation right: this document is the one that answers.",
                        argc, argv);
}

static int command_remove(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "lesson remove",
        .arguments = "NUMBER",
        .summary = "删去一条 / Removes one.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = zd_lesson_db_open(cli->data, ZD_STORE_WRITE, &store, &err);
    if (st == ZD_OK)
        st = zd_lesson_remove(store, zd_subject_owner(), strtoll(argv[first], NULL, 10), &err);
    zd_store_close(store);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

int zd_command_lesson(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_action actions[] = {
        {"approve", command_approve, "认可一次回答 / an answer was right"},
        {"correct", command_correct, "更正出处 / another document answers"},
        {"list", command_list, "列出 / list"},
        {"remove", command_remove, "删去 / remove"},
    };

    return zd_run_action(cli, "lesson", actions, ZD_COUNT(actions), argc, argv);
}
