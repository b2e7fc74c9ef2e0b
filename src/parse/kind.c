/* kind.c: what kind of file these bytes are, told by the bytes and never by the name.
 *
 * A format that is no text is one row of `readers` and one file; the first row that fits reads it.
 * Signatures come first: what is no text is refused by its own name, with what would help. Among
 * texts, HTML shows itself by its first element, JSON lines by two lines that are objects, and
 * the rest is Markdown where it uses Markdown's marks, else plain text. Only between the last two
 * may the name break a tie, since each reads the other's texts almost as well.
 */
#include <string.h>

#include "base/utf8.h"
#include "parse/cfb.h"
#include "parse/ocr.h"
#include "parse/readers_private.h"
#include "parse/zip.h"

#define LOOK_BYTES ((size_t)4096)

/* A ZIP of no kind above: what is wrong with it, or what it is. */
static enum zd_status refuse_zip(struct zd_bytes raw, struct zd_parse__maker *m,
                                 struct zd_error *err)
{
    struct zd_parse__zip zip = {0};
    enum zd_status st = zd_parse__zip_open(raw, m->arena, &zip, err);

    if (st != ZD_OK)
        return st;
    return ZD_FAIL(err, ZD_INVALID, 0,
                   "this is a ZIP archive of files, not one document: `zhidian add` takes it, a "
                   "document for each file inside; elsewhere unpack it and give the files");
}

/* A bitmap's head says the file's own size or a known header size. */
static bool is_bitmap(struct zd_bytes raw)
{
    return raw.n > 26 && memcmp(raw.p, "BM", 2) == 0 && memcmp(raw.p + 6, "\0\0\0\0", 4) == 0;
}

#define OLE ZD_PARSE__CFB_SIGNATURE

static const struct zd_parse__reader readers[] = {
    {"eml", 0, "", 0, zd_parse__is_eml, NULL, zd_parse__eml},
    {"mhtml", 0, "", 0, zd_parse__is_mhtml, NULL, zd_parse__mhtml},
    {"pdf", 0, "%PDF-", 5, NULL, NULL, zd_parse__pdf},
    {"doc", 0, OLE, 8, zd_parse__is_doc, NULL, zd_parse__doc_file},
    {"xls", 0, OLE, 8, zd_parse__is_xls, NULL, zd_parse__xls_file},
    {"ole", 0, OLE, 8, NULL, NULL, zd_parse__ole_refuse},
    {"rtf", 0, "{\\rtf", 5, NULL, NULL, zd_parse__rtf},
    {"png", 0, "\x89PNG\r\n\x1a\n", 8, NULL, NULL, zd_parse__picture},
    {"jpeg", 0, "\xFF\xD8\xFF", 3, NULL, NULL, zd_parse__picture},
    {"tiff", 0, "II*\0", 4, NULL, NULL, zd_parse__picture},
    {"tiff", 0, "MM\0*", 4, NULL, NULL, zd_parse__picture},
    {"gif", 0, "GIF8", 4, NULL, NULL, zd_parse__picture},
    {"bmp", 0, "BM", 2, is_bitmap, NULL, zd_parse__picture},
    {"docx", 0, "PK\3\4", 4, zd_parse__is_docx, NULL, zd_parse__docx},
    {"xlsx", 0, "PK\3\4", 4, zd_parse__is_xlsx, NULL, zd_parse__xlsx},
    {"pptx", 0, "PK\3\4", 4, zd_parse__is_pptx, NULL, zd_parse__pptx},
    {"odt", 0, "PK\3\4", 4, zd_parse__is_odt, NULL, zd_parse__odt},
    {"ods", 0, "PK\3\4", 4, zd_parse__is_ods, NULL, zd_parse__ods},
    {"epub", 0, "PK\3\4", 4, zd_parse__is_epub, NULL, zd_parse__epub},
    {"ofd", 0, "PK\3\4", 4, zd_parse__is_ofd, NULL, zd_parse__ofd},
    {"zip", 0, "PK\3\4", 4, NULL, NULL, refuse_zip},
    {.format = NULL},
};

static bool has_signature(struct zd_bytes raw, size_t at, const char *bytes, size_t n)
{
    return raw.n >= at + n && memcmp(raw.p + at, bytes, n) == 0;
}

const struct zd_parse__reader *zd_parse__reader_of(struct zd_bytes raw)
{
    for (const struct zd_parse__reader *r = readers; r->format; r++)
        if (has_signature(raw, r->at, r->signature, r->n_signature) && (!r->is || r->is(raw)))
            return r;
    return NULL;
}

enum zd_status zd_parse_prepare(struct zd_bytes raw, bool recognise, struct zd_error *err)
{
    if (recognise)
        zd_parse__ocr_load();
    for (const struct zd_parse__reader *r = readers; r->format; r++)
        if (r->prepare && has_signature(raw, r->at, r->signature, r->n_signature)) {
            enum zd_status st = r->prepare(err);

            if (st != ZD_OK)
                return st;
        }
    return ZD_OK;
}

struct signature {
    size_t at, n;
    const char *bytes;
    const char *what, *advice;
};

#define PICTURE "save it as PNG or JPEG and add that"
#define ARCHIVE "unpack it and add the files inside"

static const struct signature signatures[] = {
    {0, 4, "PK\5\6", "an empty ZIP archive", ARCHIVE},
    {8, 4, "WEBP", "a WebP picture", PICTURE},
    {0, 4, "\0\0\1\0", "an icon", PICTURE},
    {0, 2, "\x1F\x8B", "a gzip archive", ARCHIVE},
    {0, 3, "BZh", "a bzip2 archive", ARCHIVE},
    {0, 6,
     "\xFD"
     "7zXZ\0",
     "an xz archive", ARCHIVE},
    {0, 4, "\x28\xB5\x2F\xFD", "a zstd archive", ARCHIVE},
    {0, 6, "7z\xBC\xAF\x27\x1C", "a 7z archive", ARCHIVE},
    {0, 4, "Rar!", "a RAR archive", ARCHIVE},
    {257, 5, "ustar", "a tar archive", ARCHIVE},
    {0, 4,
     "\x7F"
     "ELF",
     "a program (ELF)", "only documents can be added"},
    {0, 16, "SQLite format 3", "an SQLite database", "export its texts and add those"},
    {0, 4, "OggS", "a sound or film (Ogg)", "add its transcript as text"},
    {4, 4, "ftyp", "a sound or film (MP4)", "add its transcript as text"},
    {0, 3, "ID3", "a sound (MP3)", "add its transcript as text"},
    {0, 4, "RIFF", "a sound or film (RIFF)", "add its transcript as text"},
    {0, 4, "\x1A\x45\xDF\xA3", "a film (Matroska)", "add its transcript as text"},
    {0, 4, "\xCA\xFE\xBA\xBE", "a program (Java or Mach-O)", "only documents can be added"},
    {0, 4, "wOFF", "a font", "only documents can be added"},
    {0, 4, "%!PS", "a PostScript file", "save its text as .txt and add that"},
};

/* "MZ" alone could open a text; with the PE header it cannot. */
static bool is_windows_program(struct zd_bytes raw)
{
    size_t at;

    if (raw.n < 64 || memcmp(raw.p, "MZ", 2) != 0)
        return false;
    at = raw.p[60] | (size_t)raw.p[61] << 8;
    return at + 4 <= raw.n && memcmp(raw.p + at, "PE\0\0", 4) == 0;
}

enum zd_status zd_parse__refuse_binary(struct zd_bytes raw, struct zd_error *err)
{
    for (size_t i = 0; i < ZD_COUNT(signatures); i++) {
        const struct signature *s = &signatures[i];

        if (has_signature(raw, s->at, s->bytes, s->n))
            return ZD_FAIL(err, ZD_INVALID, 0, "this is %s, which cannot be read yet: %s", s->what,
                           s->advice);
    }
    if (is_windows_program(raw))
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "this is a program (Windows), which cannot be read: only documents can be "
                       "added");
    return ZD_OK;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static bool starts_with_word(struct zd_str s, const char *word)
{
    size_t n = strlen(word);

    if (s.n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(s.p[i]) != word[i])
            return false;
    return true;
}

/* An element that only a page has, right at the start or after a comment or declaration. */
static bool is_html(struct zd_str text)
{
    static const char *const words[] = {"<!doctype html",
                                        "<html",
                                        "<head",
                                        "<body",
                                        "<meta",
                                        "<title",
                                        "<div",
                                        "<table",
                                        "<p>",
                                        "<p ",
                                        "<h1",
                                        "<h2",
                                        "<span",
                                        "<ul",
                                        "<style",
                                        "<script",
                                        "<section",
                                        "<article",
                                        "<main",
                                        "<center",
                                        "<font",
                                        "<br",
                                        "<frameset",
                                        "<form",
                                        "<b>",
                                        "<strong",
                                        "<a ",
                                        "<img",
                                        "<link",
                                        "<h3",
                                        "<dl",
                                        "<ol",
                                        "<nav",
                                        "<header"};
    struct zd_str s = zd_parse__trim(zd_str_cut(text, 0, LOOK_BYTES * 4));

    for (size_t steps = 0; steps < 16 && s.n; steps++) {
        size_t end;

        for (size_t i = 0; i < ZD_COUNT(words); i++)
            if (starts_with_word(s, words[i]))
                return true;
        if (starts_with_word(s, "<!--"))
            end = zd_str_find(s, ZD_STR("-->"), 0);
        else if (starts_with_word(s, "<?xml") || starts_with_word(s, "<!doctype"))
            end = zd_str_find(s, ZD_STR(">"), 0);
        else
            return false;
        if (end == SIZE_MAX)
            return false;
        s = zd_parse__trim(zd_str_cut(s, end + (s.p[end] == '-' ? 3 : 1), s.n));
    }
    return false;
}

/* Every one of the first two non-empty lines is an object. One line counts when it is all. */
static bool is_jsonl(struct zd_str text)
{
    struct zd_str line;
    size_t at = 0, n = 0;

    while (n < 2 && zd_parse__line_next(text, &at, &line)) {
        line = zd_parse__trim(line);
        if (line.n == 0)
            continue;
        if (!zd_str_starts(line, ZD_STR("{\"")) || !zd_str_ends(line, ZD_STR("}")))
            return false;
        n++;
    }
    return n > 0;
}

static bool has_ending(struct zd_str name, const char *ending)
{
    size_t n = strlen(ending);

    return name.n > n && starts_with_word(zd_str_cut(name, name.n - n, name.n), ending);
}

/* Counts Markdown's marks over the first lines. */
static bool is_markdown(struct zd_str text)
{
    struct zd_str line;
    size_t at = 0, n = 0;

    for (size_t i = 0; i < 400 && zd_parse__line_next(text, &at, &line); i++) {
        line = zd_parse__trim(line);
        n += zd_str_starts(line, ZD_STR("# ")) || zd_str_starts(line, ZD_STR("## ")) ||
             zd_str_starts(line, ZD_STR("### ")) || zd_str_starts(line, ZD_STR("```")) ||
             zd_str_starts(line, ZD_STR("|--")) || zd_str_starts(line, ZD_STR("| --")) ||
             zd_str_starts(line, ZD_STR("| :"));
    }
    return n > 0;
}

enum zd_parse__kind zd_parse__kind_of(struct zd_str text, struct zd_str name)
{
    if (is_html(text))
        return ZD_PARSE__HTML;
    if (is_jsonl(text))
        return ZD_PARSE__JSONL;
    if (zd_parse__csv_separator(text, has_ending(name, ".csv") || has_ending(name, ".tsv")) != 0)
        return ZD_PARSE__CSV;
    if (is_markdown(text) || has_ending(name, ".md") || has_ending(name, ".markdown"))
        return ZD_PARSE__MARKDOWN;
    return ZD_PARSE__TEXT;
}

struct zd_str zd_parse__html_charset(struct zd_bytes raw)
{
    const char *p = (const char *)raw.p;
    size_t n = raw.n < LOOK_BYTES ? raw.n : LOOK_BYTES;

    for (size_t i = 0; i + 8 < n; i++) {
        size_t from = i + 7, to;

        if (!starts_with_word((struct zd_str){p + i, n - i}, "charset"))
            continue;
        while (from < n && strchr(" =\"'", p[from]) && p[from])
            from++;
        for (to = from; to < n && to - from < 32 && p[to] && !strchr("\"'> ;/", p[to]); to++)
            ;
        return (struct zd_str){p + from, to - from};
    }
    return ZD_STR("");
}
