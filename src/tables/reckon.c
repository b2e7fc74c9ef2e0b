/* reckon.c: counts, adds and compares the chosen rows, exactly, and says from what. */
#include "base/buf.h"
#include "base/utf8.h"
#include "tables/tables_private.h"

#define TEXT_MAX_BYTES ((size_t)16384)
#define LIST_MAX_ROWS 50

struct result {
    const struct zd_tables__table *t;
    enum zd_tables__wish wish;
    uint32_t measure, column; /* of the numbers; n_columns where rows are counted */
    struct zd_buf text;
    const bool *cited; /* [n_rows] or NULL: the chosen ones */
};

/* A number without zeros at its end, and its unit. */
static void put_value(struct zd_buf *out, int64_t millionths, struct zd_str unit)
{
    int64_t whole = millionths / ZD_SHEET_MILLION, rest = millionths % ZD_SHEET_MILLION;
    int digits = 6;

    if (millionths < 0) {
        zd_buf_byte(out, '-');
        whole = -whole;
        rest = -rest;
    }
    zd_buf_printf(out, "%lld", (long long)whole);
    if (rest != 0) {
        for (; rest % 10 == 0; rest /= 10)
            digits--;
        zd_buf_printf(out, ".%0*lld", digits, (long long)rest);
    }
    zd_buf_str(out, unit);
}

/* The one column that holds what is asked for; n_columns where it is none or not clear. */
static uint32_t number_column(const struct zd_tables__table *t, uint32_t measure)
{
    uint32_t asked = t->sheet->n_columns, by_unit = asked, n_asked = 0, n_unit = 0;

    for (uint32_t k = 0; k < t->sheet->n_columns; k++) {
        const struct zd_tables__column *column = &t->columns[k];
        size_t at = 0;

        if (!column->is_number)
            continue;
        if (column->asked && (t->amount.compare == 0 || k != t->amount_column)) {
            asked = k;
            n_asked++;
        }
        if (measure != 0 && column->unit.n > 0 && zd_utf8_next(column->unit, &at) == measure &&
            at == column->unit.n) {
            by_unit = k;
            n_unit++;
        }
    }
    if (n_asked > 0)
        return n_asked == 1 ? asked : t->sheet->n_columns;
    return n_unit == 1 ? by_unit : t->sheet->n_columns;
}

static void put_filters(struct result *r)
{
    const struct zd_tables__table *t = r->t;
    const bool numbers = r->column < t->sheet->n_columns;

    if (t->n_filters == 0 && t->amount.compare == 0 && !numbers)
        return;
    zd_buf_c(&r->text, "（");
    if (numbers)
        zd_buf_str(&r->text, t->columns[r->column].header);
    for (size_t i = 0; i < t->n_filters; i++) {
        const bool again = i > 0 && t->filters[i].column == t->filters[i - 1].column;

        if (again)
            zd_buf_c(&r->text, "或");
        else
            zd_buf_c(&r->text, i > 0 || numbers ? "；" : "");
        if (!again) {
            zd_buf_str(&r->text, t->columns[t->filters[i].column].header);
            zd_buf_c(&r->text, "为");
        }
        zd_buf_str(&r->text, t->filters[i].value);
    }
    if (t->amount.compare != 0) {
        static const char *const words[] = {"低于", "不超过", "", "不低于", "超过"};

        zd_buf_c(&r->text, t->n_filters > 0 || numbers ? "；" : "");
        if (r->column != t->amount_column)
            zd_buf_str(&r->text, t->columns[t->amount_column].header);
        zd_buf_c(&r->text, words[t->amount.compare + 2]);
        put_value(&r->text, t->amount.value, t->columns[t->amount_column].unit);
    }
    zd_buf_c(&r->text, "）");
}

/* 按《…》表1的12行计算。 */
static void put_basis(struct result *r, const char *verb)
{
    const struct zd_tables__table *t = r->t;
    const size_t n = t->sheet->n_rows - t->n_total;

    zd_buf_c(&r->text, "。\n按《");
    zd_buf_str(&r->text, t->title);
    zd_buf_printf(&r->text, "》表%u的%zu行", t->sheet->ordinal, n);
    if (t->n_chosen != n)
        zd_buf_printf(&r->text, "中符合的%zu行", t->n_chosen);
    zd_buf_printf(&r->text, "%s。", verb);
}

static void put_measure(struct result *r, const char *standard)
{
    if (r->measure)
        zd_buf_code_point(&r->text, r->measure);
    else
        zd_buf_c(&r->text, standard);
}

/* True where every chosen row has a number here. */
static bool all_have_values(const struct zd_tables__table *t, uint32_t column)
{
    for (size_t r = 0; r < t->sheet->n_rows; r++)
        if (t->is_chosen[r] && !zd_tables__cell(t, r, column)->has_value)
            return false;
    return t->n_chosen > 0;
}

static bool sum_of(const struct zd_tables__table *t, uint32_t column, int64_t *ret_sum)
{
    int64_t sum = 0;

    for (size_t r = 0; r < t->sheet->n_rows; r++)
        if (t->is_chosen[r] &&
            __builtin_add_overflow(sum, zd_tables__cell(t, r, column)->value, &sum))
            return false;
    *ret_sum = sum;
    return true;
}

/* Where all rows are added up and the table has one row of totals, they must agree. */
static bool agrees_with_total(const struct zd_tables__table *t, uint32_t column, int64_t sum)
{
    if (t->n_chosen != t->sheet->n_rows - t->n_total || t->n_total != 1)
        return true;
    for (size_t r = 0; r < t->sheet->n_rows; r++)
        if (t->is_total[r] && zd_tables__cell(t, r, column)->has_value)
            return zd_tables__cell(t, r, column)->value == sum;
    return true;
}

static bool reckon_sum(struct result *r)
{
    const struct zd_tables__table *t = r->t;
    int64_t sum = 0;

    if (t->n_chosen < 2 || t->columns[r->column].has_repeats || !all_have_values(t, r->column) ||
        !sum_of(t, r->column, &sum) || !agrees_with_total(t, r->column, sum))
        return false;
    if (r->wish == WISH_MEAN) {
        const int64_t n = (int64_t)t->n_chosen, cent = ZD_SHEET_MILLION / 100;

        zd_buf_c(&r->text, "平均");
        put_value(&r->text, (sum / n + (sum < 0 ? -cent / 2 : cent / 2)) / cent * cent,
                  t->columns[r->column].unit);
        put_filters(r);
        put_basis(r, "平均");
        return true;
    }
    zd_buf_c(&r->text, "合计");
    put_value(&r->text, sum, t->columns[r->column].unit);
    put_filters(r);
    put_basis(r, "相加");
    return true;
}

static bool reckon_extreme(struct result *r, bool *cited)
{
    const struct zd_tables__table *t = r->t;
    const char *comma = "";
    int64_t best = 0;
    size_t n = 0;

    if (t->key == t->sheet->n_columns || t->n_chosen < 2 || !all_have_values(t, r->column))
        return false;
    for (size_t i = 0; i < t->sheet->n_rows; i++) {
        const int64_t value = zd_tables__cell(t, i, r->column)->value;

        if (!t->is_chosen[i])
            continue;
        if (n == 0 || (r->wish == WISH_MOST ? value > best : value < best))
            best = value;
        n++;
    }
    zd_buf_c(&r->text, r->wish == WISH_MOST ? "最高的是" : "最低的是");
    for (size_t i = 0; i < t->sheet->n_rows; i++) {
        cited[i] = t->is_chosen[i] && zd_tables__cell(t, i, r->column)->value == best;
        if (!cited[i])
            continue;
        zd_buf_c(&r->text, comma);
        zd_buf_str(&r->text, zd_tables__cell(t, i, t->key)->text);
        comma = "、";
    }
    zd_buf_c(&r->text, "：");
    put_value(&r->text, best, t->columns[r->column].unit);
    put_filters(r);
    put_basis(r, "比较");
    r->cited = cited;
    return true;
}

static bool reckon_rows(struct result *r)
{
    const struct zd_tables__table *t = r->t;
    const char *comma = "：";

    if (t->key == t->sheet->n_columns)
        return false;
    for (size_t i = 0; i < t->n_filters; i++)
        if (t->filters[i].column == t->key)
            return false; /* asks about one row, not how many */
    if (r->wish == WISH_LIST && (t->n_chosen > LIST_MAX_ROWS || t->n_chosen == 0))
        return false;
    zd_buf_printf(&r->text, "共%zu", t->n_chosen);
    put_measure(r, "项");
    put_filters(r);
    for (size_t i = 0; r->wish == WISH_LIST && i < t->sheet->n_rows; i++)
        if (t->is_chosen[i]) {
            zd_buf_c(&r->text, comma);
            zd_buf_str(&r->text, zd_tables__cell(t, i, t->key)->text);
            comma = "、";
        }
    put_basis(r, "计数");
    return true;
}

/* The passages cited: the rows that were counted, at most ZD_COUNT_MAX_CITED; where none was, the
 * first row of the table. */
static enum zd_status cite_rows(const struct result *r, struct zd_arena *arena,
                                struct zd_count *count, struct zd_error *err)
{
    const struct zd_tables__table *t = r->t;
    const bool *cited = r->cited ? r->cited : t->is_chosen;

    count->rows = zd_arena_array(arena, ZD_COUNT_MAX_CITED, sizeof *count->rows);
    if (!count->rows)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to cite rows");
    for (size_t i = 0; i < t->sheet->n_rows && count->n_rows < ZD_COUNT_MAX_CITED; i++)
        if (cited[i])
            count->rows[count->n_rows++] = zd_tables__cell(t, i, 0)->passage;
    if (count->n_rows == 0)
        count->rows[count->n_rows++] = t->sheet->first;
    return ZD_OK;
}

enum zd_status zd_tables__reckon(const struct zd_tables__table *t, enum zd_tables__wish wish,
                                 uint32_t measure, struct zd_arena *arena,
                                 struct zd_count *ret_count, struct zd_error *err)
{
    struct result r = {.t = t,
                       .wish = wish,
                       .measure = measure,
                       .column = number_column(t, measure),
                       .text = {.max = TEXT_MAX_BYTES}};
    const bool numbers = r.column < t->sheet->n_columns;
    struct zd_count count = {0};
    bool *cited = zd_arena_array(arena, t->sheet->n_rows, sizeof *cited);
    bool is = false;
    enum zd_status st = ZD_OK;

    if (!cited)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to count over a table");
    if (wish == WISH_MOST || wish == WISH_LEAST)
        is = numbers && reckon_extreme(&r, cited);
    else if (wish == WISH_MEAN ||
             ((wish == WISH_SUM || (wish == WISH_COUNT && measure != 0)) && numbers))
        is = numbers && reckon_sum(&r);
    else if (wish == WISH_LIST ? !numbers || t->amount.compare != 0 : measure != 0) {
        r.column = t->sheet->n_columns;
        is = reckon_rows(&r);
    }
    if (is && !r.text.bad) {
        count.certain = true;
        count.n_counted = t->n_chosen;
        count.text = zd_arena_str(arena, zd_buf_view(&r.text));
        if (!count.text.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the answer");
        if (st == ZD_OK)
            st = cite_rows(&r, arena, &count, err);
    }
    zd_buf_done(&r.text);
    if (st == ZD_OK)
        *ret_count = count;
    return st;
}
