/* html: text into pages, escaped without exception.
 *
 * A template is a constant string in which each "{}" takes the next text of an array; every text is
 * escaped for element content and for attributes in double quotes, which are the only places a
 * "{}" may stand in. There is no way to fill in markup: markup is written by the template alone.
 */
#ifndef ZD_HTTP_HTML_H
#define ZD_HTTP_HTML_H

#include "base/buf.h"

void zd_html_escape(struct zd_buf *out, struct zd_str text);

/* texts[n]; n is the number of "{}" in the template (asserted). */
void zd_html_fill(struct zd_buf *out, const char *template, const struct zd_str *texts, size_t n);

/* ZD_HTML(out, "<p class=\"{}\">{}</p>", kind, text) with each argument a struct zd_str. */
#define ZD_HTML(out, template, ...)                                                                \
    zd_html_fill((out), (template), (const struct zd_str[]){__VA_ARGS__},                          \
                 sizeof((const struct zd_str[]){__VA_ARGS__}) / sizeof(struct zd_str))

#endif
