/* table.c: what a stored sheet is to count over: which columns hold numbers of one unit, which rows
 * are totals, which column names the rows, and what the title says it lists. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "tables/tables_private.h"
#include "text/text.h"

#define FOLDED_MAX_BYTES ((size_t)1 << 16)

struct zd_str zd_tables__folded(struct zd_str s, struct zd_arena *arena)
{
    struct zd_buf out = {.max = FOLDED_MAX_BYTES};
    struct zd_str copy = {0};

    zd_text_fold(zd_str_trim(s), &out);
    if (!out.bad)
        copy = zd_arena_str(arena, zd_str_trim(zd_buf_view(&out)));
    zd_buf_done(&out);
    return copy;
}

static bool is_word(struct zd_str s, const char *const *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        if (zd_str_eq(s, zd_str_c(words[i])))
            return true;
    return false;
}

static bool holds_word(struct zd_str s, const char *const *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        if (zd_str_find(s, zd_str_c(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

/* An empty cell and its signs. */
static bool is_blank(struct zd_str folded)
{
    static const char *const blanks[] = {"", "-", "--", "—", "——", "/", "无", "暂无"};

    return is_word(folded, blanks, ZD_COUNT(blanks));
}

static bool is_total_word(struct zd_str folded)
{
    static const char *const words[] = {"合计",  "总计",  "小计",  "总和",   "累计",    "平均",
                                        "合 计", "总 计", "小 计", "平均值", "全市合计"};

    return is_word(folded, words, ZD_COUNT(words));
}

/* The last part of a path, folded, up to its first bracket; the bracket's inside is its unit. */
static bool read_header(struct zd_tables__column *column, struct zd_arena *arena)
{
    struct zd_str folded = zd_tables__folded(column->header, arena);
    size_t from = 0, at = 0, open, close;

    if (!folded.p)
        return false;
    while ((at = zd_str_find(folded, ZD_STR(" > "), at)) != SIZE_MAX)
        from = at += 3;
    folded = zd_str_cut(folded, from, folded.n);
    open = zd_str_find(folded, ZD_STR("("), 0);
    column->unit = ZD_STR("");
    if (open != SIZE_MAX) {
        close = zd_str_find(folded, ZD_STR(")"), open);
        if (close != SIZE_MAX)
            column->unit = zd_str_trim(zd_str_cut(folded, open + 1, close));
        if (zd_str_starts(column->unit, ZD_STR("单位:")))
            column->unit = zd_str_cut(column->unit, ZD_STR("单位:").n, column->unit.n);
    }
    column->core = zd_str_trim(zd_str_cut(folded, 0, open == SIZE_MAX ? folded.n : open));
    return true;
}

/* Puts a row's text of a column among those seen; false where it is there. `seen` is a table of
 * row + 1 by the hash of the text, with open addressing; it has more places than rows. */
static bool seen_add(uint32_t *seen, size_t n_seen, const struct zd_tables__table *t, uint32_t k,
                     size_t row)
{
    const struct zd_str text = t->folded[row * t->sheet->n_columns + k];
    size_t at = zd_crc32c(0, zd_str_bytes(text)) & (n_seen - 1);

    for (; seen[at] != 0; at = (at + 1) & (n_seen - 1))
        if (zd_str_eq(t->folded[(size_t)(seen[at] - 1) * t->sheet->n_columns + k], text))
            return false;
    seen[at] = (uint32_t)row + 1;
    return true;
}

/* Looks at every cell of a column. */
static void read_column(struct zd_tables__table *t, uint32_t k, uint32_t *seen, size_t n_seen)
{
    static const char *const codes[] = {"序号", "编号", "代码", "编码", "电话", "邮编", "号码",
                                        "年份", "年度", "日期", "时间", "文号", "传真"};
    struct zd_tables__column *column = &t->columns[k];
    const bool from_header = column->unit.n > 0;
    bool mixed = false;

    for (size_t i = 0; i < n_seen; i++)
        seen[i] = 0;
    column->is_ordinal = holds_word(column->core, codes, ZD_COUNT(codes));
    column->is_number = column->is_key = true;
    for (size_t r = 0; r < t->sheet->n_rows; r++) {
        const struct zd_sheet_cell *cell = zd_tables__cell(t, r, k);
        const struct zd_str folded = t->folded[r * t->sheet->n_columns + k];

        if (t->is_total[r])
            continue;
        column->has_repeats |= cell->is_repeated;
        if (is_blank(folded) || cell->is_repeated || !seen_add(seen, n_seen, t, k, r))
            column->is_key = false;
        if (is_blank(folded))
            continue;
        if (!cell->has_value) {
            column->is_number = false;
            continue;
        }
        if (cell->unit.n > 0) {
            mixed |= column->n_values > 0 && !zd_str_eq(cell->unit, column->unit);
            mixed |= from_header && !zd_str_eq(cell->unit, column->unit);
            column->unit = cell->unit;
        } else {
            mixed |= !from_header && column->unit.n > 0;
        }
        column->n_values++;
    }
    column->is_number = column->is_number && column->n_values > 0 && !mixed && !column->is_ordinal;
    if (!column->is_number && !from_header)
        column->unit = ZD_STR("");
}

/* Totals stand in the first two cells of their row. */
static void find_totals(struct zd_tables__table *t)
{
    for (size_t r = 0; r < t->sheet->n_rows; r++) {
        for (uint32_t k = 0; k < 2 && k < t->sheet->n_columns; k++)
            t->is_total[r] |= is_total_word(t->folded[r * t->sheet->n_columns + k]);
        t->n_total += t->is_total[r];
    }
}

/* The first column of names; one that is called so before others. */
static void find_key(struct zd_tables__table *t)
{
    static const char *const names[] = {"名称", "姓名", "单位", "机构", "学校", "医院", "企业",
                                        "公司", "药店", "项目", "事项", "网点", "站点", "大厅"};

    t->key = t->sheet->n_columns;
    for (int pass = 0; pass < 2 && t->key == t->sheet->n_columns; pass++)
        for (uint32_t k = 0; k < t->sheet->n_columns && t->key == t->sheet->n_columns; k++) {
            const struct zd_tables__column *column = &t->columns[k];

            if (column->is_key && !column->is_ordinal && !column->is_number &&
                (pass == 1 || holds_word(column->core, names, ZD_COUNT(names))))
                t->key = k;
        }
}

/* A file's name without ".xlsx". */
static struct zd_str without_ending(struct zd_str name)
{
    size_t n = name.n;

    while (n > 0 && name.n - n < 5 && name.p[n - 1] >= 'a' && name.p[n - 1] <= 'z')
        n--;
    return n > 1 && n < name.n && name.p[n - 1] == '.' ? zd_str_cut(name, 0, n - 1) : name;
}

/* The last of several headings. */
static struct zd_str last_of(struct zd_str path)
{
    size_t at = 0, from = 0;

    while ((at = zd_str_find(path, ZD_STR(" > "), at)) != SIZE_MAX)
        from = at += 3;
    return zd_str_cut(path, from, path.n);
}

/* A title without what only says that it is a list, and of which year: 定点药店名单(2025年度). */
static struct zd_str thing_of(struct zd_str title, struct zd_arena *arena)
{
    static const char *const lists[] = {
        "一览表", "统计表", "明细表", "情况表", "目录清单", "汇总表", "公示表", "登记表", "名单",
        "目录",   "清单",   "名录",   "台账",   "一览",     "公示",   "汇总",   "明细",   "表"};
    struct zd_str folded = without_ending(zd_tables__folded(title, arena));
    bool again = folded.p != NULL;

    while (again) {
        size_t open = SIZE_MAX, at = 0;

        again = false;
        if (zd_str_ends(folded, ZD_STR(")"))) {
            while ((at = zd_str_find(folded, ZD_STR("("), at)) != SIZE_MAX)
                open = at++;
            if (open != SIZE_MAX && open > 0) {
                folded = zd_str_trim(zd_str_cut(folded, 0, open));
                again = true;
            }
        }
        for (size_t i = 0; i < ZD_COUNT(lists) && !again; i++)
            if (folded.n > zd_str_c(lists[i]).n && zd_str_ends(folded, zd_str_c(lists[i]))) {
                folded = zd_str_trim(zd_str_cut(folded, 0, folded.n - zd_str_c(lists[i]).n));
                again = true;
            }
    }
    return folded.p ? folded : ZD_STR("");
}

enum zd_status zd_tables__prepare(struct zd_tables__table *t, struct zd_arena *arena,
                                  struct zd_error *err)
{
    const struct zd_sheet *sheet = t->sheet;
    size_t n_seen = 16;
    uint32_t *seen;
    bool ok = true;

    while (n_seen < 2 * (size_t)sheet->n_rows)
        n_seen *= 2;
    seen = zd_arena_array(arena, n_seen, sizeof *seen);

    t->columns = zd_arena_array(arena, sheet->n_columns, sizeof *t->columns);
    t->folded = zd_arena_array(arena, sheet->n_cells ? sheet->n_cells : 1, sizeof *t->folded);
    t->is_total = zd_arena_array(arena, sheet->n_rows, sizeof *t->is_total);
    t->is_chosen = zd_arena_array(arena, sheet->n_rows, sizeof *t->is_chosen);
    if (!seen || !t->columns || !t->folded || !t->is_total || !t->is_chosen)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to count over a table");
    for (size_t i = 0; ok && i < sheet->n_cells; i++) {
        t->folded[i] = zd_tables__folded(sheet->cells[i].text, arena);
        ok = t->folded[i].p != NULL;
    }
    if (ok)
        find_totals(t);
    for (uint32_t k = 0; ok && k < sheet->n_columns; k++) {
        t->columns[k].header = sheet->headers[k];
        ok = read_header(&t->columns[k], arena);
        if (ok)
            read_column(t, k, seen, n_seen);
    }
    if (!ok)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to count over a table");
    find_key(t);
    t->thing = thing_of(t->title, arena);
    if (t->thing.n == 0 || is_total_word(t->thing) || zd_str_eq(t->thing, ZD_STR("名单")))
        t->thing = thing_of(last_of(t->caption), arena);
    return ZD_OK;
}
