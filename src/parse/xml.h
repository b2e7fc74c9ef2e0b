/* xml: the XML inside documents, as events, through expat.
 *
 * A document type declaration is refused where it begins, so there are no entities but the five of
 * XML, nothing external, no expansion. Depth and attributes are bounded (caps.h). Names come as
 * "prefix:local" with a prefix of ours for each namespace that a reader knows (xml_names_table.h),
 * so that a file's own prefixes do not matter; elements of other namespaces are "?:local", their
 * words are given all the same.
 *
 * expat rather than libxml2: a tenth of the code, no network, no catalogues, no files, no second
 * parser for HTML; it has the same people's care.
 */
#ifndef ZD_PARSE_XML_H
#define ZD_PARSE_XML_H

#include "base/base.h"

#define ZD_PARSE__XML_NAME_BYTES 64 /* longer names are cut: no reader knows one */

struct zd_parse__element {
    const char *name;        /* "w:p" */
    const char **attributes; /* expat's pairs; use zd_parse__xml_attribute */
    int depth;               /* the root has 1 */
};

struct zd_parse__xml_events {
    void *context;
    void (*start)(void *context, const struct zd_parse__element *element);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, struct zd_str text); /* pieces of any length; NULL: not wanted */
    /* Asked after each start; true ends the reading (its reason is the context's). NULL: never. */
    bool (*stop)(void *context);
};

/* Reads all of `xml`. A reading that `stop` ended gives ZD_OK.
 * Errors: ZD_INVALID with the line; ZD_LIMIT; ZD_NOMEM. */
enum zd_status zd_parse__xml_read(struct zd_bytes xml, const struct zd_parse__xml_events *events,
                                  struct zd_error *err) ZD_MUST_USE;

/* The value of an attribute by our name ("w:val"; without a namespace "id"), or NULL. */
const char *zd_parse__xml_attribute(const struct zd_parse__element *element, const char *name);

#endif
