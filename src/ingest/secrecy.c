/* secrecy: a file with a mark of state secrets is recorded and goes no further.
 *
 * Looked through are the name, the body, and what the reader set aside (page heads and feet, text
 * boxes). What marks a mark, and what merely speaks of secrets, is guard/secrecy.h's to say. The
 * record holds the mark's own words and their place, nothing else of the text. A file that a person
 * has released is let in.
 */
#include "guard/secrecy.h"
#include "base/utf8.h"
#include "ingest/ingest_private.h"
#include "store/quarantine.h"

/* A mark, and the part of the input it stands in. */
struct finding {
    struct zd_secrecy_mark mark;
    struct zd_str text;
    const char *part; /* for people */
};

static void look(struct zd_str text, bool is_recognised, const char *part, struct finding *worst)
{
    struct zd_secrecy_mark mark = zd_secrecy_find(text, is_recognised);

    if (mark.level > worst->mark.level)
        *worst = (struct finding){mark, text, part};
}

static struct zd_str file_name(struct zd_str path)
{
    size_t from = path.n;

    while (from > 0 && path.p[from - 1] != '/')
        from--;
    return zd_str_cut(path, from, path.n);
}

static uint32_t line_of(struct zd_str text, size_t at)
{
    uint32_t line = 1;

    for (size_t i = 0; i < at && i < text.n; i++)
        line += text.p[i] == '\n';
    return line;
}

/* The page of the last passage that begins before the byte. */
static uint32_t page_of(const struct zd_passages *passages, size_t at)
{
    uint32_t page = 0;

    for (size_t i = 0; i < passages->n && passages->p[i].start <= at; i++)
        page = passages->p[i].page;
    return page == 0 && passages->n > 0 ? passages->p[0].page : page;
}

static enum zd_status record(struct zd_ingest *ingest, const struct zd_ingest__input *input,
                             const struct finding *found, struct zd_error *why,
                             struct zd_error *err)
{
    const bool in_body = found->text.p == input->parsed.blocks.text.p;
    struct zd_quarantined file = {
        .name = input->name,
        .level = zd_str_c(zd_secrecy_zh(found->mark.level)),
        .mark = zd_str_cut(found->text, found->mark.start, found->mark.end),
        .who = zd_str_c(ingest->options.who),
        .page = in_body ? page_of(&input->parsed.passages, found->mark.start) : 0,
    };

    for (size_t i = 0; i < sizeof file.raw_hash; i++)
        file.raw_hash[i] = input->raw_hash[i];
    file.place = zd_arena_printf(ingest->arena, "%s第%u行", found->part,
                                 line_of(found->text, found->mark.start));
    if (!file.place.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a record");
    zd_error_set(why, ZD_DENIED, 0, "%.*s有密级标志“%.*s”，不入库 / it carries a secrecy mark",
                 (int)file.place.n, file.place.p, (int)zd_utf8_floor(file.mark, 60), file.mark.p);
    return zd_quarantine_add(ingest->store, ingest->options.subject, &file, err);
}

enum zd_status zd_ingest__look_for_secrecy(struct zd_ingest *ingest,
                                           const struct zd_ingest__input *input, bool *ret_done,
                                           struct zd_error *err)
{
    const bool from_pictures = input->parsed.blocks.reading.n_pages_recognised > 0;
    struct finding found = {0};
    struct zd_error why = {0};
    bool released = false;
    enum zd_status st;

    look(file_name(input->name), false, "文件名", &found);
    look(input->facts.title, false, "标题", &found);
    look(input->parsed.blocks.title, from_pictures, "标题", &found);
    look(input->parsed.blocks.text, from_pictures, "正文", &found);
    look(input->parsed.blocks.aside, from_pictures, "页眉页脚等处", &found);
    if (found.mark.level == ZD_SECRECY_NONE)
        return ZD_OK;
    st = zd_quarantine_is_released(ingest->store, ingest->options.subject, input->raw_hash,
                                   &released, err);
    if (st != ZD_OK || released)
        return st;
    st = record(ingest, input, &found, &why, err);
    if (st != ZD_OK)
        return st;
    ingest->batch_documents++;
    zd_ingest__report(ingest, &(struct zd_ingest_report){.name = input->name,
                                                         .outcome = ZD_INGEST_QUARANTINED,
                                                         .error = &why});
    *ret_done = true;
    return ZD_OK;
}

enum zd_status zd_ingest_release(struct zd_ingest *ingest, struct zd_str id, struct zd_error *err)
{
    enum zd_status st = zd_store_begin(ingest->store, err);

    if (st == ZD_OK)
        st = zd_quarantine_release(ingest->store, ingest->options.subject, id,
                                   zd_str_c(ingest->options.who), err);
    if (st == ZD_OK)
        return zd_store_commit(ingest->store, err);
    zd_store_abort(ingest->store);
    return st;
}
