/* xml.c: see xml.h. */
#include "parse/xml.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "base/caps.h"

#define FEED_BYTES ((size_t)1 << 20)
#define SEPARATOR ' ' /* between namespace and name; stands in neither */

struct reading {
    const struct zd_parse__xml_events *events;
    XML_Parser parser;
    int depth;
    bool stopped;        /* by us: `why` says so, or the reader had enough */
    struct zd_error why; /* ZD_OK: the reader had enough */
};

static const struct {
    const char *uri, *prefix;
} namespaces[] = {
#define X(uri, prefix) {uri, prefix},
#include "parse/xml_names_table.h"
#undef X
};

static const char *prefix_of(const char *uri, size_t n)
{
    for (size_t i = 0; i < ZD_COUNT(namespaces); i++)
        if (strncmp(namespaces[i].uri, uri, n) == 0 && namespaces[i].uri[n] == '\0')
            return namespaces[i].prefix;
    return "?";
}

/* expat's "uri local" as "prefix:local". */
static const char *our_name(const char *name, char out[ZD_PARSE__XML_NAME_BYTES])
{
    const char *local = strchr(name, SEPARATOR);

    if (!local)
        (void)snprintf(out, ZD_PARSE__XML_NAME_BYTES, "%s", name);
    else
        (void)snprintf(out, ZD_PARSE__XML_NAME_BYTES, "%s:%s",
                       prefix_of(name, (size_t)(local - name)), local + 1);
    return out;
}

static void stop(struct reading *r)
{
    r->stopped = true;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = context;
    char ours[ZD_PARSE__XML_NAME_BYTES];
    struct zd_parse__element element = {our_name(name, ours), attributes, ++r->depth};
    size_t n = 0;

    while (attributes[n])
        n += 2;
    if (r->depth > ZD_XML_MAX_DEPTH) {
        zd_error_set(&r->why, ZD_LIMIT, 0, "XML inside the file nests deeper than %d",
                     ZD_XML_MAX_DEPTH);
        stop(r);
    } else if (n / 2 > ZD_XML_MAX_ATTRIBUTES) {
        zd_error_set(&r->why, ZD_LIMIT, 0,
                     "XML inside the file has more than %d attributes on one element",
                     ZD_XML_MAX_ATTRIBUTES);
        stop(r);
    } else {
        r->events->start(r->events->context, &element);
        if (r->events->stop && r->events->stop(r->events->context))
            stop(r);
    }
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct reading *r = context;
    char ours[ZD_PARSE__XML_NAME_BYTES];

    r->depth--;
    if (!r->stopped) /* expat ends an empty element that was stopped at */
        r->events->end(r->events->context, our_name(name, ours));
}

static void XMLCALL on_text(void *context, const XML_Char *text, int n)
{
    struct reading *r = context;

    if (!r->stopped)
        r->events->text(r->events->context, (struct zd_str){text, (size_t)n});
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_internal_subset)
{
    struct reading *r = context;

    (void)name;
    (void)system;
    (void)public;
    (void)has_internal_subset;
    zd_error_set(&r->why, ZD_INVALID, 0,
                 "XML inside the file declares a document type (DTD), which is refused");
    stop(r);
}

static enum zd_status feed(struct reading *r, struct zd_bytes xml, struct zd_error *err)
{
    enum XML_Status got = XML_STATUS_OK;

    do {
        size_t n = xml.n < FEED_BYTES ? xml.n : FEED_BYTES;

        got = XML_Parse(r->parser, (const char *)xml.p, (int)n, n == xml.n);
        xml.p += n;
        xml.n -= n;
    } while (got == XML_STATUS_OK && xml.n > 0);
    if (r->stopped && r->why.status == ZD_OK)
        return ZD_OK;
    if (r->stopped)
        return ZD_FAIL(err, r->why.status, 0, "%s", r->why.what);
    if (got == XML_STATUS_OK)
        return ZD_OK;
    if (XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading XML");
    return ZD_FAIL(err, ZD_INVALID, 0, "XML inside the file is damaged: %s (line %lu)",
                   XML_ErrorString(XML_GetErrorCode(r->parser)),
                   (unsigned long)XML_GetCurrentLineNumber(r->parser));
}

enum zd_status zd_parse__xml_read(struct zd_bytes xml, const struct zd_parse__xml_events *events,
                                  struct zd_error *err)
{
    static const XML_Memory_Handling_Suite memory = {zd_alloc, zd_realloc, zd_free};
    static const XML_Char separator[] = {SEPARATOR, '\0'};
    struct reading r = {.events = events};
    enum zd_status st;

    r.parser = XML_ParserCreate_MM(NULL, &memory, separator);
    if (!r.parser)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading XML");
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    if (events->text)
        XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    st = feed(&r, xml, err);
    XML_ParserFree(r.parser);
    return st;
}

const char *zd_parse__xml_attribute(const struct zd_parse__element *element, const char *name)
{
    char ours[ZD_PARSE__XML_NAME_BYTES];

    for (const char **a = element->attributes; *a; a += 2)
        if (strcmp(our_name(a[0], ours), name) == 0)
            return a[1];
    return NULL;
}
