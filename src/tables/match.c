/* match.c: whether a table is what the question is about, and which of its rows.
 *
 * Each character of the question must be explained by the table (zd_tables__rest_is_empty asks for
 * the rest), and each word of the table's title and headings must stand in the question, or it says
 * no more than a place, a year or "list": a list of private homes does not answer how many homes
 * there are.
 */
#include "base/utf8.h"
#include "tables/tables_private.h"

#define FILTER_MAX_CHARS 30

/* ---- values of cells ---- */

static bool has_filter(const struct zd_tables__table *t, uint32_t column, struct zd_str value)
{
    for (size_t i = 0; i < t->n_filters; i++)
        if (t->filters[i].column == column && zd_str_eq(t->filters[i].value, value))
            return true;
    return false;
}

/* The longest value of a cell that stands uncovered in the question; false where none does. */
static bool longest_value(const struct zd_tables__table *t, const struct zd_tables__asked *asked,
                          uint32_t *ret_column, struct zd_str *ret_value)
{
    size_t best = 1;

    for (uint32_t k = 0; k < t->sheet->n_columns; k++) {
        if (t->columns[k].is_number || t->columns[k].is_ordinal)
            continue;
        for (size_t r = 0; r < t->sheet->n_rows; r++) {
            const struct zd_str value = t->folded[r * t->sheet->n_columns + k];
            const size_t n = zd_utf8_chars(value);

            if (n > best && n <= FILTER_MAX_CHARS && !t->is_total[r] &&
                zd_tables__find(asked, value, 0) != SIZE_MAX) {
                best = n;
                *ret_column = k;
                *ret_value = value;
            }
        }
    }
    return best > 1;
}

/* False where the value stands in another column as well, or inside another value of its own: it is
 * not clear then which rows are meant. */
static bool is_clear(const struct zd_tables__table *t, uint32_t column, struct zd_str value)
{
    for (size_t i = 0; i < t->sheet->n_cells; i++) {
        const bool same = zd_str_eq(t->folded[i], value);

        if (t->sheet->cells[i].column == column
                ? !same && zd_str_find(t->folded[i], value, 0) != SIZE_MAX
                : same)
            return false;
    }
    return true;
}

static bool take_filters(struct zd_tables__table *t, struct zd_tables__asked *asked)
{
    struct zd_str value;
    uint32_t column = 0;

    while (longest_value(t, asked, &column, &value)) {
        const size_t at = zd_tables__find(asked, value, 0);

        if (!is_clear(t, column, value) || t->n_filters == ZD_TABLES__MAX_FILTERS)
            return false;
        zd_tables__cover_at(asked, at, zd_utf8_chars(value), COVER_FILTER);
        if (!has_filter(t, column, value))
            t->filters[t->n_filters++] = (struct zd_tables__filter){column, value};
    }
    return true;
}

/* ---- headers ---- */

/* 床位数 without 数; what is shorter than two characters is not looked for. */
static struct zd_str stem_of(struct zd_str core)
{
    static const char *const ends[] = {"数量", "总数", "数", "量", "额"};

    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(core, zd_str_c(ends[i])))
            return zd_str_cut(core, 0, core.n - zd_str_c(ends[i]).n);
    return core;
}

static bool take_header(struct zd_tables__table *t, struct zd_tables__asked *asked, uint32_t k,
                        struct zd_str word)
{
    bool found = false;

    for (size_t at = 0;
         zd_utf8_chars(word) >= 2 && (at = zd_tables__find(asked, word, at)) != SIZE_MAX;) {
        zd_tables__cover_at(asked, at, zd_utf8_chars(word), COVER_HEADER);
        found = true;
    }
    t->columns[k].asked |= found;
    return found;
}

/* The longest headers first. False where one that is named belongs to two columns. */
static bool take_headers(struct zd_tables__table *t, struct zd_tables__asked *asked)
{
    for (size_t n = 20; n >= 2; n--)
        for (uint32_t k = 0; k < t->sheet->n_columns; k++)
            if (zd_utf8_chars(t->columns[k].core) == n)
                (void)take_header(t, asked, k, t->columns[k].core);
    for (uint32_t k = 0; k < t->sheet->n_columns; k++)
        if (!t->columns[k].asked && t->columns[k].is_number)
            (void)take_header(t, asked, k, stem_of(t->columns[k].core));
    for (uint32_t k = 0; k < t->sheet->n_columns; k++)
        for (uint32_t i = 0; t->columns[k].asked && i < t->sheet->n_columns; i++)
            if (i != k && zd_str_eq(t->columns[i].core, t->columns[k].core))
                return false;
    return true;
}

/* ---- names ---- */

/* True where a place lies between two digits: 2026 in a title explains no 20 of 200. */
static bool cuts_number(const struct zd_tables__asked *asked, size_t at)
{
    return at > 0 && at < asked->n && asked->c[at] - '0' < 10 && asked->c[at - 1] - '0' < 10;
}

/* Covers the longest strings, two characters at least, that the question shares with a name. */
static void take_name(struct zd_tables__table *t, struct zd_tables__asked *asked,
                      struct zd_str name)
{
    const size_t n_chars = zd_utf8_chars(name);

    for (size_t n = n_chars < asked->n ? n_chars : asked->n; n >= 2; n--)
        for (size_t from = 0; from + n <= n_chars; from++) {
            const struct zd_str part =
                zd_str_cut(name, zd_utf8_byte_of(name, from), zd_utf8_byte_of(name, from + n));
            const size_t at = zd_tables__find(asked, part, 0);

            if (at == SIZE_MAX || cuts_number(asked, at) || cuts_number(asked, at + n))
                continue;
            zd_tables__cover_at(asked, at, n, COVER_NAME);
            t->name_run = n > t->name_run ? n : t->name_run;
        }
}

/* ---- what the title says besides ---- */

/* Characters that the words at `at` take which restrict nothing: places, years, numbering; 0 none. */
static size_t neutral_at(struct zd_str s, size_t at)
{
    static const char *const words[] = {
        "基本医疗保险", "医疗保险", "医保", "全市", "全区", "全县", "附件", "附表", "一览", "名单",
        "目录",         "清单",     "年度", "年",   "月",   "第",   "表",   "的",   "各",   "及"};

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (zd_str_starts(zd_str_cut(s, at, s.n), zd_str_c(words[i])))
            return zd_str_c(words[i]).n;
    return 0;
}

static bool is_sign(uint32_t c)
{
    return !zd_is_han(c) && !(c >= 'a' && c <= 'z');
}

/* A place at the start: up to 市, 县, 区 or 省 within five characters. Bytes. */
static size_t place_at(struct zd_str s)
{
    static const char *const ends[] = {"市", "县", "区", "省", "州"};
    size_t n = 0;

    for (size_t k = 0; k < 5 && n < s.n; k++) {
        size_t next = n;

        (void)zd_utf8_next(s, &next);
        for (size_t i = 0; i < ZD_COUNT(ends) && k > 0; i++)
            if (zd_str_eq(zd_str_cut(s, n, next), zd_str_c(ends[i])))
                return next;
        n = next;
    }
    return 0;
}

/* Whether the question says the characters of `s` at `at`, two at least; bytes that it says. */
static size_t said_at(const struct zd_tables__asked *asked, struct zd_str s, size_t at)
{
    size_t best = 0;

    for (size_t from = 0; from < asked->n; from++) {
        size_t n = 0, i = at;

        while (i < s.n && from + n < asked->n) {
            size_t next = i;

            if (zd_utf8_next(s, &next) != asked->c[from + n] ||
                (asked->cover[from + n] != COVER_NAME && asked->cover[from + n] != COVER_HEADER &&
                 asked->cover[from + n] != COVER_FILTER))
                break;
            i = next;
            n++;
        }
        if (n >= 2 && i - at > best)
            best = i - at;
    }
    return best;
}

/* True where all of a folded name is said by the question or restricts nothing. */
static bool is_said(const struct zd_tables__asked *asked, struct zd_str name)
{
    for (size_t at = place_at(name); at < name.n;) {
        size_t next = at, n;

        if (is_sign(zd_utf8_next(name, &next))) {
            at = next;
            continue;
        }
        n = said_at(asked, name, at);
        if (n == 0)
            n = neutral_at(name, at);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

/* Every heading over the table, without its numbering. */
static bool captions_are_said(const struct zd_tables__table *t,
                              const struct zd_tables__asked *asked)
{
    struct zd_str rest = t->caption;

    while (rest.n > 0) {
        size_t end = zd_str_find(rest, ZD_STR(" > "), 0);
        struct zd_str one = zd_str_cut(rest, 0, end);
        const size_t dun = zd_str_find(one, ZD_STR("、"), 0);

        if (dun != SIZE_MAX && dun <= 9)
            one = zd_str_cut(one, dun + 3, one.n);
        else if (zd_str_starts(one, ZD_STR("表")) && one.n > 6)
            one = zd_str_cut(one, 6, one.n);
        if (!is_said(asked, one) && zd_str_find(one, t->thing, 0) == SIZE_MAX)
            return false;
        rest = zd_str_cut(rest, end == SIZE_MAX ? rest.n : end + 3, rest.n);
    }
    return true;
}

/* ---- rows ---- */

static bool passes(const struct zd_tables__table *t, size_t row)
{
    for (size_t i = 0; i < t->n_filters; i++) {
        bool any = false;

        for (size_t k = 0; k < t->n_filters; k++)
            any |= t->filters[k].column == t->filters[i].column &&
                   zd_str_eq(t->filters[k].value,
                             t->folded[row * t->sheet->n_columns + t->filters[k].column]);
        if (!any)
            return false;
    }
    return true;
}

static bool compares(int64_t value, const struct zd_tables__amount *amount)
{
    switch (amount->compare) {
    case -2:
        return value < amount->value;
    case -1:
        return value <= amount->value;
    case 1:
        return value >= amount->value;
    default:
        return value > amount->value;
    }
}

static bool unit_is(struct zd_str unit, const uint32_t *c)
{
    size_t at = 0, n = 0;

    while (at < unit.n && n < 4)
        if (zd_utf8_next(unit, &at) != c[n++])
            return false;
    return at == unit.n && (n == 4 || c[n] == 0);
}

/* The column that 超过100张 speaks of: named, or the only one of this unit. */
static bool find_amount_column(struct zd_tables__table *t)
{
    size_t n = 0;

    for (uint32_t k = 0; k < t->sheet->n_columns; k++) {
        const struct zd_tables__column *column = &t->columns[k];
        const bool same = t->amount.unit[0] != 0 && unit_is(column->unit, t->amount.unit);

        if (!column->is_number || (!column->asked && !same))
            continue;
        if (column->unit.n > 0 && t->amount.unit[0] != 0 && !same)
            return false; /* 100万元 in a column of 元 is for a person to see */
        t->amount_column = k;
        n++;
    }
    return n == 1;
}

static bool choose_rows(struct zd_tables__table *t)
{
    if (t->amount.compare != 0 && !find_amount_column(t))
        return false;
    for (size_t r = 0; r < t->sheet->n_rows; r++) {
        const struct zd_sheet_cell *cell;

        if (t->is_total[r] || !passes(t, r))
            continue;
        cell = zd_tables__cell(t, r, t->amount.compare ? t->amount_column : 0);
        if (t->amount.compare != 0 && !cell->has_value)
            return false;
        t->is_chosen[r] = t->amount.compare == 0 || compares(cell->value, &t->amount);
        t->n_chosen += t->is_chosen[r];
    }
    return true;
}

/* True where every column of words that is named also chooses rows, or names them: 有星级的 says
 * something of the column that no value of it says. */
static bool headers_are_used(const struct zd_tables__table *t)
{
    for (uint32_t k = 0; k < t->sheet->n_columns; k++) {
        bool used = t->columns[k].is_number || k == t->key || !t->columns[k].asked;

        for (size_t i = 0; i < t->n_filters; i++)
            used |= t->filters[i].column == k;
        if (!used)
            return false;
    }
    return true;
}

bool zd_tables__match(struct zd_tables__table *t, struct zd_tables__asked *asked,
                      struct zd_str region)
{
    if (!take_filters(t, asked) || !take_headers(t, asked))
        return false;
    take_name(t, asked, t->thing);
    take_name(t, asked, t->caption);
    take_name(t, asked, t->title);
    take_name(t, asked, region);
    return headers_are_used(t) && t->thing.n > 0 && is_said(asked, t->thing) &&
           captions_are_said(t, asked) && zd_tables__amount_of(asked, &t->amount) && choose_rows(t);
}
