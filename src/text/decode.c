/* decode.c: bytes of unknown encoding to UTF-8, see zd_decode in text.h.
 *
 * In this order: a byte order mark decides; NUL bytes and other control characters in number are
 * binary data; what is valid UTF-8 is UTF-8, because other encodings hardly ever are by chance;
 * what is left is GB18030 or Big5. Their byte ranges overlap almost wholly, so both are tried on
 * a sample and the readings compared as text: in real Chinese nine of ten characters are among
 * the 1,500 commonest, in a wrong reading one of ten. A reading must also be plausible
 * on its own, or nothing is: a damaged UTF-8 file is refused rather than read as GB18030.
 *
 * A declared charset (HTML meta) breaks near ties, and decides about the few short texts that are
 * valid UTF-8 by accident (GBK 联通).
 *
 * Conversion is glibc's iconv, here only. Rejected: libuchardet, which sees neither what Chinese
 * reads like nor a damaged file, and is another thing to install. */
#include "text/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "text/sign_private.h"

#define SAMPLE_BYTES 65536
#define CONTROL_SHARE 64 /* one control character in so many bytes is binary data */
#define PLAUSIBLE 0.25   /* least share of common characters */
#define HINT_BONUS 0.20

/* Two forms of Big5: Microsoft's, which most files come from, and Hong Kong's, tried second. */
enum charset { CHARSET_UTF8, CHARSET_GB18030, CHARSET_BIG5, CHARSET_HKSCS, CHARSET_OTHER };

static const char *const charset_names[] = {"UTF-8", "GB18030", "Big5", "Big5", "?"};
static const char *const iconv_names[] = {"UTF-8", "GB18030", "CP950", "BIG5-HKSCS", "?"};

static enum charset charset_of_hint(struct zd_str hint)
{
    static const struct {
        const char *label;
        enum charset charset;
    } labels[] = {
        {"utf-8", CHARSET_UTF8},    {"utf8", CHARSET_UTF8},     {"gb2312", CHARSET_GB18030},
        {"gbk", CHARSET_GB18030},   {"x-gbk", CHARSET_GB18030}, {"gb18030", CHARSET_GB18030},
        {"cp936", CHARSET_GB18030}, {"big5", CHARSET_BIG5},     {"big5-hkscs", CHARSET_BIG5},
        {"cp950", CHARSET_BIG5},    {"x-x-big5", CHARSET_BIG5},
    };

    hint = zd_str_trim(hint);
    for (size_t i = 0; i < ZD_COUNT(labels); i++)
        if (hint.n == strlen(labels[i].label) && strncasecmp(hint.p, labels[i].label, hint.n) == 0)
            return labels[i].charset;
    return CHARSET_OTHER;
}

/* Converts all of raw; a cut last character is an error unless may_be_cut. Errors: ZD_INVALID at
 * the first offset that does not fit; ZD_IO where the C library lacks the converter. */
static enum zd_status convert(struct zd_bytes raw, const char *from, bool may_be_cut,
                              struct zd_buf *out, struct zd_error *err)
{
    char chunk[8192];
    char *in;
    size_t left = raw.n;
    enum zd_status st = ZD_OK;
    iconv_t cd = iconv_open("UTF-8", from);

    memcpy(&in, &raw.p, sizeof in); /* iconv's prototype lacks a const; it does not write */
    if (cd == (iconv_t)-1)          /* NOLINT(performance-no-int-to-ptr): as POSIX has it */
        return ZD_FAIL(err, ZD_IO, 0, "the C library offers no converter from %s", from);
    for (bool flushing = false;; flushing = left == 0) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t r = iconv(cd, flushing ? NULL : &in, flushing ? NULL : &left, &to, &room);

        zd_buf_add(out, chunk, sizeof chunk - room);
        if (r == (size_t)-1 && errno != E2BIG) {
            if (!(errno == EINVAL && may_be_cut))
                st = ZD_FAIL(err, ZD_INVALID, raw.n - left, "byte %zu is not %s", raw.n - left,
                             from);
            break;
        }
        if (flushing && r != (size_t)-1)
            break;
    }
    (void)iconv_close(cd);
    return st;
}

static const char *name_of_page(unsigned code_page)
{
    switch (code_page) {
    case 936:
    case 54936:
    case 20936:
        return "GB18030";
    case 950:
        return "CP950";
    default:
        return "CP1252";
    }
}

void zd_decode_page(struct zd_bytes raw, unsigned code_page, struct zd_buf *out)
{
    char chunk[4096];
    char *in;
    size_t left = raw.n;
    iconv_t cd = iconv_open("UTF-8", name_of_page(code_page));

    if (cd == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr): as POSIX has it */
        return;
    memcpy(&in, &raw.p, sizeof in); /* iconv's prototype lacks a const; it does not write */
    while (left > 0) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t r = iconv(cd, &in, &left, &to, &room);

        zd_buf_add(out, chunk, sizeof chunk - room);
        if (r == (size_t)-1 && errno != E2BIG) {
            zd_buf_code_point(out, ZD_REPLACEMENT);
            in++;
            left--;
        }
    }
    (void)iconv_close(cd);
}

void zd_decode_preload(void)
{
    static const char *const names[] = {"GB18030",  "CP950",    "BIG5-HKSCS",
                                        "UTF-16LE", "UTF-16BE", "CP1252"};
    /* open until the process ends: the library unloads what nobody holds */
    static volatile iconv_t held[ZD_COUNT(names)];
    struct zd_buf out = {.max = SAMPLE_BYTES};

    for (size_t i = 0; i < ZD_COUNT(names); i++) {
        held[i] = iconv_open("UTF-8", names[i]);
        (void)convert((struct zd_bytes){(const uint8_t *)"\xA4\xA4", 2}, names[i], true, &out,
                      NULL);
        zd_buf_clear(&out);
    }
    (void)held[0];
    zd_buf_done(&out);
}

/* What one character says for a reading, from 1 (common) to -2 (never stands in real text). */
static double weigh(const struct zd_sign_set *common, uint32_t c)
{
    if (zd_sign_set_has(common, zd_sign_fold(c)))
        return 1;
    if (c == 0x3001 || c == 0x3002 || c == 0xFF0C || (c >= 0x3008 && c <= 0x3011) ||
        (c >= 0x201C && c <= 0x201D) || (c >= 0xFF01 && c <= 0xFF1F))
        return 0.8;
    if ((c >= 0x3000 && c <= 0x3017) || (c >= 0xFF20 && c <= 0xFF5E) || c == 0xA0 || c == 0xB0 ||
        c == 0xB7 || c == 0xD7 || (c >= 0x2000 && c <= 0x22FF) || (c >= 0x2460 && c <= 0x27BF))
        return 0.3;
    if ((c >= 0xE000 && c < 0xF900) || c < 0xA0 || c == ZD_REPLACEMENT)
        return -2;
    return c >= 0x4E00 && c < 0xA000 ? 0 : -0.5;
}

/* How far a reading reads like Chinese: the mean weight of what is not ASCII. */
static double plausibility(struct zd_str text)
{
    struct zd_sign_set common;
    size_t n = 0, at = 0;
    double sum = 0;

    zd_common_signs(&common);
    while (at < text.n) {
        uint32_t c = zd_utf8_next(text, &at);

        if (c < 0x80)
            continue;
        n++;
        sum += weigh(&common, c);
    }
    return n ? sum / (double)n : 0;
}

/* Plausibility of the sample read as `charset`; -1 where it cannot be. */
static enum zd_status score(struct zd_bytes raw, enum charset charset, double *ret_score,
                            struct zd_error *err)
{
    struct zd_buf text = {.max = (size_t)8 * SAMPLE_BYTES};
    struct zd_bytes sample = {raw.p, raw.n < SAMPLE_BYTES ? raw.n : SAMPLE_BYTES};
    enum zd_status st;

    st = convert(sample, iconv_names[charset], sample.n < raw.n, &text, err);
    if (st == ZD_INVALID) {
        *ret_score = -1;
        st = ZD_OK;
        goto out;
    }
    if (st != ZD_OK)
        goto out;
    st = zd_buf_check(&text, "a sample of text", err);
    if (st == ZD_OK)
        *ret_score = plausibility(zd_buf_view(&text));
out:
    zd_buf_done(&text);
    return st;
}

static enum zd_status refuse_binary(struct zd_bytes raw, struct zd_error *err)
{
    size_t n_controls = 0, first = 0;

    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i];

        if (c == 0)
            return ZD_FAIL(err, ZD_INVALID, i, "binary data, not text: a NUL byte at byte %zu", i);
        if (c >= 0x20 ? c != 0x7F : (c >= '\t' && c <= '\r'))
            continue;
        if (n_controls++ == 0)
            first = i;
    }
    if (n_controls > 2 && n_controls > raw.n / CONTROL_SHARE)
        return ZD_FAIL(err, ZD_INVALID, first,
                       "binary data, not text: %zu control characters, the first at byte %zu",
                       n_controls, first);
    return ZD_OK;
}

/* Valid UTF-8 by accident: a declared Chinese charset, no character of three bytes, and a
 * plausible reading in that charset. */
static enum zd_status is_accident(struct zd_bytes raw, enum charset hint, bool *ret_is,
                                  struct zd_error *err)
{
    double plausible = -1;
    bool high = false;
    enum zd_status st;

    *ret_is = false;
    if (hint != CHARSET_GB18030 && hint != CHARSET_BIG5)
        return ZD_OK;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] >= 0xE0)
            return ZD_OK;
        high |= raw.p[i] >= 0x80;
    }
    if (!high)
        return ZD_OK;
    st = score(raw, hint, &plausible, err);
    *ret_is = plausible >= 0.5;
    return st;
}

static enum zd_status choose(struct zd_bytes raw, enum charset hint, enum charset *ret_charset,
                             struct zd_error *err)
{
    size_t valid = zd_utf8_valid_prefix(raw);
    enum charset best = CHARSET_OTHER;
    double best_score = PLAUSIBLE;
    bool accident = false;
    enum zd_status st;

    if (valid == raw.n) {
        st = is_accident(raw, hint, &accident, err);
        if (st == ZD_OK)
            *ret_charset = accident ? hint : CHARSET_UTF8;
        return st;
    }
    for (enum charset charset = CHARSET_GB18030; charset <= CHARSET_HKSCS; charset++) {
        double plausible = -1;

        st = score(raw, charset, &plausible, err);
        if (st != ZD_OK)
            return st;
        if (hint != CHARSET_OTHER && plausible > -1 &&
            strcmp(charset_names[hint], charset_names[charset]) == 0)
            plausible += HINT_BONUS;
        if (plausible > best_score) {
            best = charset;
            best_score = plausible;
        }
    }
    if (best == CHARSET_OTHER)
        return ZD_FAIL(err, ZD_INVALID, valid,
                       "not text in UTF-8, UTF-16, GB18030 or Big5: the bytes at %zu fit none "
                       "(save the file as UTF-8)",
                       valid);
    *ret_charset = best;
    return ZD_OK;
}

/* Appends text with every \r\n and \r as \n. */
static void add_with_line_feeds(struct zd_str text, struct zd_buf *out)
{
    size_t start = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\r')
            continue;
        zd_buf_str(out, zd_str_cut(text, start, i));
        if (i + 1 == text.n || text.p[i + 1] != '\n')
            zd_buf_byte(out, '\n');
        start = i + 1;
    }
    zd_buf_str(out, zd_str_cut(text, start, text.n));
}

static enum zd_status add_utf8(struct zd_bytes raw, struct zd_buf *out, struct zd_error *err)
{
    size_t valid = zd_utf8_valid_prefix(raw);

    if (valid != raw.n)
        return ZD_FAIL(err, ZD_INVALID, valid, "not valid UTF-8 at byte %zu", valid);
    add_with_line_feeds((struct zd_str){(const char *)raw.p, raw.n}, out);
    return zd_buf_check(out, "the decoded text", err);
}

static enum zd_status add_converted(struct zd_bytes raw, const char *from, struct zd_buf *out,
                                    struct zd_error *err)
{
    struct zd_buf text = {.max = ZD_TEXT_MAX_BYTES};
    enum zd_status st;
    size_t nul;

    st = convert(raw, from, false, &text, err);
    if (st == ZD_OK)
        st = zd_buf_check(&text, "the decoded text", err);
    if (st != ZD_OK)
        goto out;
    nul = zd_str_find(zd_buf_view(&text), (struct zd_str){"", 1}, 0);
    if (nul != SIZE_MAX) {
        st = ZD_FAIL(err, ZD_INVALID, 0, "binary data, not text: a NUL character in %s", from);
        goto out;
    }
    add_with_line_feeds(zd_buf_view(&text), out);
    st = zd_buf_check(out, "the decoded text", err);
out:
    zd_buf_done(&text);
    return st;
}

/* Whether Big5 text uses rows that only Hong Kong's form fills; the sample may not have met them. */
static bool needs_hong_kong(struct zd_bytes raw)
{
    for (size_t i = 0; i + 1 < raw.n; i++) {
        uint8_t lead = raw.p[i], trail = raw.p[i + 1];

        if (lead < 0x80)
            continue;
        if (lead <= 0xA0 || (lead == 0xC6 && trail >= 0xA1) || lead == 0xC7 || lead == 0xC8 ||
            lead >= 0xFA)
            return true;
        i++;
    }
    return false;
}

static struct zd_bytes behind(struct zd_bytes raw, size_t n)
{
    return (struct zd_bytes){raw.p + n, raw.n - n};
}

enum zd_status zd_decode(struct zd_bytes raw, struct zd_str hint, struct zd_buf *out,
                         const char **ret_name, struct zd_error *err)
{
    enum charset charset = CHARSET_UTF8;
    const char *name = NULL;
    enum zd_status st;

    if (raw.n >= 2 && raw.p[0] == 0xFF && raw.p[1] == 0xFE) {
        name = "UTF-16LE";
        st = add_converted(behind(raw, 2), name, out, err);
    } else if (raw.n >= 2 && raw.p[0] == 0xFE && raw.p[1] == 0xFF) {
        name = "UTF-16BE";
        st = add_converted(behind(raw, 2), name, out, err);
    } else {
        bool bom = raw.n >= 3 && memcmp(raw.p, "\xEF\xBB\xBF", 3) == 0;

        if (bom)
            raw = behind(raw, 3);
        st = refuse_binary(raw, err);
        if (st == ZD_OK && !bom)
            st = choose(raw, charset_of_hint(hint), &charset, err);
        if (st == ZD_OK && charset == CHARSET_BIG5 && needs_hong_kong(raw))
            charset = CHARSET_HKSCS;
        if (st == ZD_OK)
            st = charset == CHARSET_UTF8 ? add_utf8(raw, out, err)
                                         : add_converted(raw, iconv_names[charset], out, err);
        name = charset_names[charset];
    }
    if (st == ZD_OK)
        *ret_name = name;
    return st;
}
