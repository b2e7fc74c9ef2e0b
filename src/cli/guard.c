/* guard.c: zhidian guard: tries a text against the office's rules, and keeps rules and word lists.
 *
 *     guard check [FILE]          what is found, and what would happen on the way to a model
 *     guard mask [FILE]           the text as it would leave the machine
 *     guard rules [CLASS ACTION]  shows or sets what happens to a class of data
 *     guard words                 the word lists
 *     guard load NAME FILE        puts a list in place, one word a line; # begins a comment
 *     guard remove NAME
 *     guard hits                  listed words that were met, newest first
 */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/json.h"
#include "base/mapping.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/question_run.h"
#include "guard/guard.h"
#include "text/text.h"

#define ARENA_BYTES ((size_t)1 << 30)

/* What the command line said. */
struct guard_run {
    struct zd_cli *cli;
    int n;       /* arguments behind the action */
    char **args; /* [n] */
    bool json, local, record_only;
    const char *direction, *data_class;
    struct zd_arena *arena;
};

/* ---- reading ---- */

static enum zd_status read_stdin(struct zd_buf *out, struct zd_error *err)
{
    char piece[16384];
    ssize_t n;

    while ((n = read(STDIN_FILENO, piece, sizeof piece)) > 0)
        zd_buf_add(out, piece, (size_t)n);
    if (n < 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot read standard input");
    return zd_buf_check(out, "standard input", err);
}

/* The text of a file, or of standard input for none and "-", decoded into the arena. */
static enum zd_status read_text(struct guard_run *run, const char *path, struct zd_str *ret_text,
                                struct zd_error *err)
{
    struct zd_owned_bytes file = {0};
    struct zd_buf raw = {.max = ZD_TEXT_MAX_BYTES}, text = {.max = ZD_TEXT_MAX_BYTES};
    const char *encoding;
    enum zd_status st;

    if (!path || strcmp(path, "-") == 0) {
        st = read_stdin(&raw, err);
    } else {
        st = zd_file_read(path, ZD_TEXT_MAX_BYTES, &file, err);
        if (st == ZD_OK)
            zd_buf_add(&raw, file.p, file.n);
    }
    if (st == ZD_OK && raw.n > 0)
        st = zd_decode(zd_str_bytes(zd_buf_view(&raw)), ZD_STR(""), &text, &encoding, err);
    if (st == ZD_OK)
        st = zd_buf_check(&text, "the text", err);
    if (st == ZD_OK) {
        *ret_text = zd_arena_str(run->arena, zd_buf_view(&text));
        if (!ret_text->p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the text");
    }
    zd_free(file.p);
    zd_buf_done(&raw);
    zd_buf_done(&text);
    return st;
}

/* ---- check and mask ---- */

static void print_findings(const struct zd_str *text, const struct zd_personal_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct zd_personal *found = &list->p[i];

        printf("  %s  ", zd_personal_zh(found->kind));
        zd_print_text(stdout, zd_str_cut(*text, found->start, found->end));
        putchar('\n');
    }
}

static enum zd_status findings_json(struct zd_str text, const struct zd_personal_list *list,
                                    json_t *array)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct zd_personal *found = &list->p[i];
        json_t *o = json_object();
        bool ok = zd_json_set_str(o, "kind", zd_str_c(zd_personal_word(found->kind))) &&
                  zd_json_set_count(o, "start", zd_utf8_chars(zd_str_cut(text, 0, found->start))) &&
                  zd_json_set_count(o, "end", zd_utf8_chars(zd_str_cut(text, 0, found->end))) &&
                  zd_json_set_str(o, "text", zd_str_cut(text, found->start, found->end));

        if (!ok) {
            json_decref(o);
            return ZD_NOMEM;
        }
        if (json_array_append_new(array, o) != 0)
            return ZD_NOMEM;
    }
    return ZD_OK;
}

static bool words_json(const struct zd_guard_verdict *v, json_t *array)
{
    for (size_t i = 0; i < v->n_hits; i++) {
        json_t *o = json_object();

        if (!(zd_json_set_str(o, "list", v->hits[i].list) &&
              zd_json_set_count(o, "version", (uint64_t)v->hits[i].version) &&
              zd_json_set_str(o, "word", v->hits[i].word) &&
              zd_json_set_new(o, "blocks", json_boolean(v->hits[i].blocked)))) {
            json_decref(o);
            return false;
        }
        if (json_array_append_new(array, o) != 0)
            return false;
    }
    return true;
}

static enum zd_status print_verdict_json(struct zd_str text, const struct zd_guard_verdict *v,
                                         const struct zd_personal_list *list, struct zd_error *err)
{
    json_t *o = json_object(), *found = json_array(), *words = json_array();
    bool ok = found && words && findings_json(text, list, found) == ZD_OK && words_json(v, words) &&
              zd_json_set_str(o, "class", zd_str_c(zd_data_class_word(v->data_class))) &&
              zd_json_set_str(o, "action", zd_str_c(zd_guard_action_word(v->action))) &&
              zd_json_set_str(o, "reason", v->reason) &&
              zd_json_set_str(o, "secrecy", zd_str_c(zd_secrecy_zh(v->secrecy.level))) &&
              json_object_set(o, "words", words) == 0 && json_object_set(o, "personal", found) == 0;

    json_decref(found);
    json_decref(words);
    if (!ok) {
        json_decref(o);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the findings");
    }
    return zd_print_json(o, err);
}

static void print_verdict(const struct guard_run *run, struct zd_str text,
                          const struct zd_guard_verdict *v, const struct zd_personal_list *list)
{
    printf("%s%s%s  %s %s\n", zd_bold(run->cli), zd_guard_action_zh(v->action), zd_plain(run->cli),
           zd_data_class_zh(v->data_class), zd_data_class_word(v->data_class));
    if (v->reason.n > 0)
        printf("%.*s\n", ZD_ARG(v->reason));
    if (v->secrecy.level != ZD_SECRECY_NONE) {
        fputs("  密级标志  ", stdout);
        zd_print_text(stdout, zd_str_cut(text, v->secrecy.start, v->secrecy.end));
        putchar('\n');
    }
    for (size_t i = 0; i < v->n_hits; i++) {
        printf("  词表 %.*s 第 %lld 版  ", ZD_ARG(v->hits[i].list), (long long)v->hits[i].version);
        zd_print_text(stdout, v->hits[i].word);
        putchar('\n');
    }
    print_findings(&text, list);
}

static enum zd_status examine(struct guard_run *run, struct zd_str *ret_text,
                              struct zd_guard **ret_guard, struct zd_guard_verdict *ret_verdict,
                              struct zd_error *err)
{
    enum zd_data_class at_least = ZD_DATA_PUBLIC;
    enum zd_status st;

    if (run->data_class)
        at_least = zd_data_class_of(zd_str_c(run->data_class));
    if (at_least == ZD_N_DATA_CLASSES)
        return ZD_FAIL(err, ZD_INVALID, 0, "no data class %s", run->data_class);
    st = read_text(run, run->n ? run->args[0] : NULL, ret_text, err);
    if (st == ZD_OK)
        st = zd_guard_load(run->cli->data, zd_subject_owner(), ret_guard, err);
    if (st == ZD_OK)
        st = zd_guard_outgoing(*ret_guard, ret_text, 1, at_least, run->local, run->arena,
                               ret_verdict, err);
    return st;
}

static enum zd_status run_check(struct guard_run *run, struct zd_error *err)
{
    struct zd_guard *guard = NULL;
    struct zd_guard_verdict verdict = {0};
    struct zd_personal_list list = {0};
    struct zd_str text = {0};
    enum zd_status st = examine(run, &text, &guard, &verdict, err);

    if (st == ZD_OK)
        st = zd_personal_find(text, run->arena, &list, err);
    if (st == ZD_OK && run->json)
        st = print_verdict_json(text, &verdict, &list, err);
    else if (st == ZD_OK)
        print_verdict(run, text, &verdict, &list);
    zd_guard_free(guard);
    return st;
}

static enum zd_status run_mask(struct guard_run *run, struct zd_error *err)
{
    struct zd_guard *guard = NULL;
    struct zd_guard_verdict verdict = {0};
    struct zd_str text = {0};
    enum zd_status st = examine(run, &text, &guard, &verdict, err);

    if (st == ZD_OK && verdict.action > ZD_GUARD_MASK)
        st = ZD_FAIL(err, ZD_DENIED, 0, "%.*s", ZD_ARG(verdict.reason));
    if (st == ZD_OK)
        fwrite(verdict.texts[0].p, 1, verdict.texts[0].n, stdout);
    zd_guard_free(guard);
    return st;
}

/* ---- rules ---- */

static enum zd_status print_rules(struct guard_run *run, struct zd_error *err)
{
    struct zd_guard *guard = NULL;
    enum zd_status st = zd_guard_load(run->cli->data, zd_subject_owner(), &guard, err);

    for (size_t i = 0; st == ZD_OK && i < ZD_N_DATA_CLASSES; i++) {
        const enum zd_data_class data_class = (enum zd_data_class)i;
        const enum zd_guard_action action = zd_guard_rules(guard)->action[i];

        printf("%-10s %-6s %s：%s\n", zd_data_class_word(data_class), zd_guard_action_word(action),
               zd_data_class_zh(data_class), zd_guard_action_zh(action));
    }
    if (st == ZD_OK)
        puts("密级标志一律拦截 / secrecy marks are always blocked");
    zd_guard_free(guard);
    return st;
}

static enum zd_status set_rule(struct guard_run *run, struct zd_error *err)
{
    const struct zd_str class_word = zd_str_c(run->args[0]), action_word = zd_str_c(run->args[1]);
    struct zd_store *store = NULL;
    enum zd_guard_action action;
    enum zd_status st;

    if (zd_data_class_of(class_word) == ZD_N_DATA_CLASSES)
        return ZD_FAIL(err, ZD_INVALID, 0, "no data class %s", run->args[0]);
    if (!zd_guard_action_of(action_word, &action))
        return ZD_FAIL(err, ZD_INVALID, 0, "no action %s", run->args[1]);
    st = zd_guard_db_open(run->cli->data, ZD_STORE_WRITE, &store, err);
    if (st == ZD_OK)
        st = zd_guard_rule_set(store, zd_subject_owner(), class_word, action_word, err);
    zd_store_close(store);
    return st;
}

static enum zd_status run_rules(struct guard_run *run, struct zd_error *err)
{
    return run->n == 2 ? set_rule(run, err) : print_rules(run, err);
}

/* ---- lists ---- */

static enum zd_status run_words(struct guard_run *run, struct zd_error *err)
{
    struct zd_store *store = NULL;
    struct zd_word_list *lists = NULL;
    size_t n = 0;
    enum zd_status st = zd_guard_db_open(run->cli->data, ZD_STORE_READ, &store, err);

    if (st == ZD_NOT_FOUND)
        return ZD_OK;
    if (st == ZD_OK)
        st = zd_word_lists(store, zd_subject_owner(), false, run->arena, &lists, &n, err);
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        printf("%.*s\t第 %lld 版\t%llu 词\t%s%s\t%s\n", ZD_ARG(lists[i].name),
               (long long)lists[i].version, (unsigned long long)lists[i].n_words,
               lists[i].directions & ZD_DIRECTION_IN ? "入" : "",
               lists[i].directions & ZD_DIRECTION_OUT ? "出" : "",
               lists[i].blocks ? "拦截 block" : "记录 record");
    zd_store_close(store);
    return st;
}

/* One word a line, without comments and empty lines; each is tried before anything is kept. */
static enum zd_status clean_list(struct guard_run *run, struct zd_str text,
                                 struct zd_word_list *list, struct zd_error *err)
{
    struct zd_buf lines = {.max = ZD_WORD_LIST_MAX_BYTES};
    struct zd_word *words = zd_arena_array(run->arena, ZD_WORDS_MAX, sizeof *words);
    struct zd_words *built = NULL;
    enum zd_status st = ZD_OK;
    uint32_t line = 0;

    if (!words)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the words");
    for (size_t at = 0; at < text.n && st == ZD_OK;) {
        size_t end = zd_str_find(text, ZD_STR("\n"), at);
        struct zd_str word;

        end = end == SIZE_MAX ? text.n : end;
        word = zd_str_trim(zd_str_cut(text, at, end));
        at = end + 1;
        line++;
        if (word.n == 0 || word.p[0] == '#')
            continue;
        if (list->n_words == ZD_WORDS_MAX)
            st = ZD_FAIL(err, ZD_LIMIT, line, "more than %d words", ZD_WORDS_MAX);
        else
            words[list->n_words++] = (struct zd_word){word, line};
        zd_buf_str(&lines, word);
        zd_buf_byte(&lines, '\n');
    }
    if (st == ZD_OK && list->n_words == 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "the list has no words");
    if (st == ZD_OK)
        st = zd_words_build(words, (size_t)list->n_words, &built, err);
    zd_words_free(built);
    if (st == ZD_OK)
        st = zd_buf_check(&lines, "the list", err);
    if (st == ZD_OK) {
        list->words = zd_arena_str(run->arena, zd_buf_view(&lines));
        if (!list->words.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the words");
    }
    zd_buf_done(&lines);
    return st;
}

static enum zd_status run_load(struct guard_run *run, struct zd_error *err)
{
    struct zd_word_list list = {.name = zd_str_c(run->args[0]),
                                .directions = ZD_DIRECTION_IN | ZD_DIRECTION_OUT,
                                .blocks = !run->record_only};
    struct zd_store *store = NULL;
    struct zd_str text = {0};
    int64_t version = 0;
    enum zd_status st;

    if (run->direction && strcmp(run->direction, "in") == 0)
        list.directions = ZD_DIRECTION_IN;
    else if (run->direction && strcmp(run->direction, "out") == 0)
        list.directions = ZD_DIRECTION_OUT;
    else if (run->direction && strcmp(run->direction, "both") != 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "a direction is in, out or both");
    st = read_text(run, run->args[1], &text, err);
    if (st == ZD_OK)
        st = clean_list(run, text, &list, err);
    if (st == ZD_OK)
        st = zd_guard_db_open(run->cli->data, ZD_STORE_WRITE, &store, err);
    if (st == ZD_OK)
        st = zd_word_list_put(store, zd_subject_owner(), &list, &version, err);
    zd_store_close(store);
    if (st == ZD_OK)
        fprintf(stderr, "词表 %.*s 第 %lld 版，%llu 词 / version %lld, %llu words\n",
                ZD_ARG(list.name), (long long)version, (unsigned long long)list.n_words,
                (long long)version, (unsigned long long)list.n_words);
    return st;
}

static enum zd_status run_remove(struct guard_run *run, struct zd_error *err)
{
    struct zd_store *store = NULL;
    enum zd_status st = zd_guard_db_open(run->cli->data, ZD_STORE_WRITE, &store, err);

    if (st == ZD_OK)
        st = zd_word_list_remove(store, zd_subject_owner(), zd_str_c(run->args[0]), err);
    zd_store_close(store);
    return st;
}

static enum zd_status hit_json(const struct zd_guard_hit *hit, struct zd_error *err)
{
    json_t *o = json_object();
    bool ok = zd_json_set_new(o, "at_us", json_integer((json_int_t)hit->at_us)) &&
              zd_json_set_str(o, "request", hit->request) &&
              zd_json_set_str(o, "list", hit->list) &&
              zd_json_set_count(o, "version", (uint64_t)hit->version) &&
              zd_json_set_str(o, "word", hit->word) &&
              zd_json_set_str(o, "direction",
                              hit->direction == ZD_DIRECTION_IN ? ZD_STR("in") : ZD_STR("out")) &&
              zd_json_set_new(o, "blocked", json_boolean(hit->blocked));

    if (!ok) {
        json_decref(o);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the hits");
    }
    return zd_print_json(o, err);
}

static enum zd_status run_hits(struct guard_run *run, struct zd_error *err)
{
    struct zd_store *store = NULL;
    struct zd_guard_hit *hits = NULL;
    size_t n = 0;
    enum zd_status st = zd_guard_db_open(run->cli->data, ZD_STORE_READ, &store, err);

    if (st == ZD_NOT_FOUND)
        return ZD_OK;
    if (st == ZD_OK)
        st = zd_guard_hits(store, zd_subject_owner(), ZD_TOP_MAX, run->arena, &hits, &n, err);
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        st = hit_json(&hits[i], err);
    zd_store_close(store);
    return st;
}

/* ---- dispatch ---- */

static const struct {
    const char *name;
    enum zd_status (*run)(struct guard_run *run, struct zd_error *err);
    int min, max; /* arguments */
} guard_actions[] = {
    {"check", run_check, 0, 1}, {"mask", run_mask, 0, 1}, {"rules", run_rules, 0, 2},
    {"words", run_words, 0, 0}, {"load", run_load, 2, 2}, {"remove", run_remove, 1, 1},
    {"hits", run_hits, 0, 0},
};

int zd_command_guard(struct zd_cli *cli, int argc, char **argv)
{
    struct guard_run run = {.cli = cli};
    const struct zd_option options[] = {
        {"json", NULL, "check：输出 JSON / print JSON", NULL, &run.json},
        {"local", NULL, "check、mask：交给本地模型 / for a local model", NULL, &run.local},
        {"class", "CLASS", "check、mask：已知的数据类别 / the class it is known to have",
         &run.data_class, NULL},
        {"direction", "WAY", "load：in 入、out 出、both 双向（默认）/ which way it looks",
         &run.direction, NULL},
        {"record", NULL, "load：只记录，不拦截 / record, do not block", NULL, &run.record_only},
    };
    const struct zd_usage usage = {
        .command = "guard",
        .arguments = "check [FILE] | mask [FILE] | rules [CLASS ACTION] | words | load NAME FILE | "
                     "remove NAME | hits",
        .summary =
            "数据防护：查个人信息、密级标志、词表；遮蔽；规则；命中记录。不写 FILE 则读标准输入。\n"
            "Looks for personal data, secrecy marks and listed words; masks; keeps rules,\n"
            "lists and hits. Without FILE it reads standard input.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 3,
    };
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st = ZD_OK;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    run.n = argc - first - 1;
    run.args = argv + first + 1;
    for (size_t i = 0; i < ZD_COUNT(guard_actions); i++) {
        if (strcmp(argv[first], guard_actions[i].name) != 0)
            continue;
        if (run.n < guard_actions[i].min || run.n > guard_actions[i].max ||
            (run.n == 1 && guard_actions[i].run == run_rules))
            return zd_print_misuse("guard", "%s: 参数个数不对 / wrong number of arguments",
                                   argv[first]);
        run.arena = zd_arena_new(ARENA_BYTES);
        if (!run.arena)
            st = ZD_FAIL(&err, ZD_NOMEM, 0, "out of memory");
        if (st == ZD_OK)
            st = guard_actions[i].run(&run, &err);
        zd_arena_free(run.arena);
        return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
    }
    return zd_print_misuse("guard", "没有 %s / no action %s", argv[first], argv[first]);
}
