/* usage.c: zhidian usage: what was used by whom, and the record of what class of data went where. */
#include "base/caps.h"
#include "base/date.h"
#include "base/json.h"
#include "cli/cli.h"
#include "model/model.h"

#define MOST_RECORDS 100000
#define DAY_US INT64_C(86400000000)

static void print_line(json_t *o, bool ok)
{
    struct zd_buf line = {.max = ZD_MiB};

    if (ok && zd_json_write(o, &line, NULL) == ZD_OK)
        printf("%.*s\n", (int)line.n, (const char *)line.p);
    zd_buf_done(&line);
    json_decref(o);
}

static void print_sum(const struct zd_usage_sum *s, bool as_json)
{
    char day[ZD_DATE_TEXT_BYTES];
    json_t *o;

    if (!as_json) {
        printf("%s\t%.*s\t%s\t%llu\t%llu\t%llu\t%.6f\n", zd_quota_kind_word(s->kind),
               ZD_ARG(s->name), s->day ? zd_date_text(s->day, day) : "-",
               (unsigned long long)s->n_requests, (unsigned long long)s->tokens_in,
               (unsigned long long)s->tokens_out, (double)s->money / 1e6);
        return;
    }
    o = json_object();
    print_line(o, zd_json_set_str(o, "kind", zd_str_c(zd_quota_kind_word(s->kind))) &&
                      zd_json_set_str(o, "name", s->name) && zd_json_set_date(o, "day", s->day) &&
                      zd_json_set_count(o, "requests", s->n_requests) &&
                      zd_json_set_count(o, "tokens_in", s->tokens_in) &&
                      zd_json_set_count(o, "tokens_out", s->tokens_out) &&
                      zd_json_set_new(o, "money", json_real((double)s->money / 1e6)));
}

static void print_record(const struct zd_usage_row *u)
{
    json_t *o = json_object();

    print_line(
        o, zd_json_set_str(o, "id", u->id) &&
               zd_json_set_new(o, "begun", json_real((double)u->begun / 1e6)) &&
               zd_json_set_new(o, "ended", json_real((double)u->ended / 1e6)) &&
               zd_json_set_str(o, "key", u->api_key) &&
               zd_json_set_str(o, "department", u->department) &&
               zd_json_set_str(o, "desk", u->desk) && zd_json_set_str(o, "model", u->model) &&
               zd_json_set_str(o, "backend", u->backend) && zd_json_set_str(o, "host", u->host) &&
               zd_json_set_str(o, "place", zd_str_c(zd_place_word((enum zd_place)u->place))) &&
               zd_json_set_str(o, "class",
                               zd_str_c(zd_data_class_word((enum zd_data_class)u->data_class))) &&
               zd_json_set_count(o, "bytes", u->n_bytes) &&
               zd_json_set_count(o, "estimate_in", u->estimate_in) &&
               zd_json_set_count(o, "estimate_out", u->estimate_out) &&
               zd_json_set_new(o, "provider_in", json_integer(u->provider_in)) &&
               zd_json_set_new(o, "provider_out", json_integer(u->provider_out)) &&
               zd_json_set_count(o, "charged_in", u->charged_in) &&
               zd_json_set_count(o, "charged_out", u->charged_out) &&
               zd_json_set_new(o, "money", json_real((double)u->money / 1e6)) &&
               zd_json_set_str(o, "outcome", zd_str_c(zd_outcome_word(u->outcome))));
}

struct wanted {
    int32_t from, to;
    bool by_day, records, as_json;
};

static enum zd_status report(struct zd_store *store, const struct wanted *wanted,
                             struct zd_arena *arena, struct zd_error *err)
{
    struct zd_usage_list list = {0};
    struct zd_usage_sums sums = {0};
    enum zd_status st;

    if (wanted->records) {
        int64_t from = zd_date_moment(wanted->from), to = zd_date_moment(wanted->to) + DAY_US;

        st = zd_usage_list(store, zd_subject_owner(), from, to, MOST_RECORDS, arena, &list, err);
        for (size_t i = 0; st == ZD_OK && i < list.n; i++)
            print_record(&list.p[i]);
        return st;
    }
    st = zd_usage_sums(store, zd_subject_owner(), wanted->from, wanted->to, wanted->by_day, arena,
                       &sums, err);
    if (st == ZD_OK && !wanted->as_json)
        puts("对象 kind\t名称 name\t日期 day\t次数 requests\t输入 in\t输出 out\t金额（元）money");
    for (size_t i = 0; st == ZD_OK && i < sums.n; i++)
        print_sum(&sums.p[i], wanted->as_json);
    return st;
}

int zd_command_usage(struct zd_cli *cli, int argc, char **argv)
{
    const char *from = NULL, *to = NULL;
    struct wanted wanted = {0};
    const struct zd_option options[] = {
        {"from", "DATE", "自，默认本月一日 / first day", &from, NULL},
        {"to", "DATE", "至，默认今天 / last day", &to, NULL},
        {"daily", NULL, "按日分列 / day by day", NULL, &wanted.by_day},
        {"records", NULL, "逐次记录：何类数据送往何处，保存三年 / each request: what went where",
         NULL, &wanted.records},
        {"json", NULL, "每行一个 JSON / one JSON a line", NULL, &wanted.as_json},
    };
    const struct zd_usage usage = {
        .command = "usage",
        .arguments = "",
        .summary = "用量：按密钥、部门、窗口汇总；--records 列出逐次记录。\n"
                   "What was used by key, department and desk; --records lists each request.",
        .options = options,
        .n_options = ZD_COUNT(options),
    };
    struct zd_arena *arena;
    struct zd_store *store = NULL;
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!zd_read_date("usage", "from", from, &wanted.from) ||
        !zd_read_date("usage", "to", to, &wanted.to))
        return ZD_EXIT_MISUSED;
    if (wanted.to == 0)
        wanted.to = zd_date_today();
    if (wanted.from == 0)
        wanted.from = wanted.to / 100 * 100 + 1;
    arena = zd_arena_new(512 * ZD_MiB);
    st = zd_gateway_store(cli->data, ZD_STORE_READ, &store, &err);
    if (st == ZD_OK)
        st = report(store, &wanted, arena, &err);
    zd_store_close(store);
    zd_arena_free(arena);
    return st == ZD_OK || st == ZD_NOT_FOUND ? ZD_EXIT_DONE : zd_print_error(&err);
}
